import SimKernel
import Testing

/// Quantities with units, as scenarios write them.
struct UnitsTests {
  struct Example: CustomTestStringConvertible, Sendable {
    let quantity: Quantity
    let text: String
    let value: UInt64?
    var testDescription: String { "\(quantity) \(text)" }

    init(_ quantity: Quantity, _ text: String, _ value: UInt64?) {
      self.quantity = quantity
      self.text = text
      self.value = value
    }
  }

  @Test(arguments: [
    Example(.duration, "0ps", 0), Example(.duration, "1ps", 1), Example(.duration, "400ns", 400_000),
    Example(.duration, "2.5us", 2_500_000), Example(.duration, "3 ms", 3_000_000_000),
    Example(.duration, "1s", 1_000_000_000_000), Example(.duration, "0.001ns", 1),
    Example(.frequency, "250MHz", 250_000_000), Example(.frequency, "0.5GHz", 500_000_000),
    Example(.frequency, "32kHz", 32_000), Example(.frequency, "7Hz", 7),
    Example(.transferRate, "2.5GT/s", 2_500_000_000), Example(.transferRate, "8GT/s", 8_000_000_000),
    Example(.transferRate, "5000MT/s", 5_000_000_000),
    Example(.size, "64B", 64), Example(.size, "64KiB", 65_536), Example(.size, "1.5MiB", 1_572_864),
    Example(.size, "1GiB", 1 << 30), Example(.size, "1kB", 1_000), Example(.size, "2MB", 2_000_000),
  ])
  func parses(example: Example) {
    #expect(example.quantity.parse(example.text) == example.value)
  }

  @Test(arguments: [
    // No unit, no number, or the unit of something else.
    Example(.duration, "", nil), Example(.duration, "400", nil), Example(.duration, "ns", nil),
    Example(.duration, "400MHz", nil), Example(.duration, "400 NS", nil), Example(.frequency, "1mhz", nil),
    Example(.size, "1KB", nil), Example(.size, "1k", nil), Example(.transferRate, "8G", nil),
    // No decimal number.
    Example(.duration, "-1ns", nil), Example(.duration, "+1ns", nil), Example(.duration, "1e3ns", nil),
    Example(.duration, ".5ns", nil), Example(.duration, "5.ns", nil), Example(.duration, "1.2.3ns", nil),
    Example(.duration, "0x10ns", nil), Example(.duration, " 1ns", nil), Example(.duration, "1ns ", nil),
    Example(.duration, "１ns", nil),
    // Not whole.
    Example(.duration, "0.5ps", nil), Example(.duration, "1.0005ns", nil), Example(.size, "0.3KiB", nil),
  ])
  func refuses(example: Example) {
    #expect(example.quantity.parse(example.text) == nil)
  }

  @Test func resultsStayBelowTheSixtyFourthBit() {
    #expect(Quantity.duration.parse("9223372036854775807ps") == UInt64.max >> 1)
    #expect(Quantity.duration.parse("9223372036854775808ps") == nil)
    #expect(Quantity.duration.parse("18446744073709551616ps") == nil)
    #expect(Quantity.duration.parse("9223372s") == 9_223_372_000_000_000_000)
    #expect(Quantity.duration.parse("9223373s") == nil)
    #expect(Quantity.duration.parse("99999999999999999999s") == nil)
    #expect(Quantity.size.parse("8589934591GiB") == 8_589_934_591 << 30)
    #expect(Quantity.size.parse("8589934592GiB") == nil)
    #expect(Quantity.duration.parse("1234567890123.1234567890s") == nil)
  }

  @Test(arguments: [
    Example(.duration, "0ps", 0), Example(.duration, "1ps", 1), Example(.duration, "1500ps", 1_500),
    Example(.duration, "1us", 1_000_000), Example(.duration, "60s", 60_000_000_000_000),
    Example(.frequency, "250MHz", 250_000_000), Example(.frequency, "1500kHz", 1_500_000),
    Example(.transferRate, "2.5GT/s", 2_500_000_000), Example(.transferRate, "32GT/s", 32_000_000_000),
    Example(.transferRate, "2550MT/s", 2_550_000_000),
    Example(.size, "4KiB", 4_096), Example(.size, "1000B", 1_000), Example(.size, "16MiB", 16 << 20),
  ])
  func formatsInTheLargestUnitThatDivides(example: Example) {
    #expect(example.quantity.format(example.value!) == example.text)
  }

  @Test(arguments: [Quantity.duration, .frequency, .size])
  func whatIsFormattedIsParsedBack(quantity: Quantity) {
    var random = RandomStream(seed: 1, name: "units")
    for _ in 0..<10_000 {
      var value = random.next() >> (1 + random.next(below: 63))
      // Half of them with a scale that divides, so that the large units occur.
      if random.next(below: 2) == 0 {
        let scale = quantity.units[Int(random.next(below: UInt64(quantity.units.count)))].scale
        value = value / scale * scale
      }
      #expect(quantity.parse(quantity.format(value)) == value)
    }
    for value in [0, 1, UInt64.max >> 1] { #expect(quantity.parse(quantity.format(value)) == value) }
  }

  @Test func wholeMegatransfersAreParsedBack() {
    var random = RandomStream(seed: 2, name: "rates")
    for _ in 0..<10_000 {
      let rate = random.next(below: 1 << 40) * 1_000_000
      #expect(rate >= 1 << 63 || Quantity.transferRate.parse(Quantity.transferRate.format(rate)) == rate)
    }
  }

  @Test func expectationsNameEveryUnit() {
    for quantity in [Quantity.duration, .frequency, .transferRate, .size] {
      for unit in quantity.units { #expect(quantity.expectation.contains(unit.name)) }
    }
  }

  @Test(
    arguments: [
      (0, "0 ps"), (999, "999 ps"), (1_000, "1.000 ns"), (547_200, "547.2 ns"), (547_249, "547.2 ns"),
      (547_250, "547.3 ns"), (1_000_000, "1.000 us"), (12_345_678_901, "12.35 ms"), (5_000_000_000_000, "5.000 s"),
    ] as [(Picoseconds, String)])
  func timesForPeople(time: Picoseconds, text: String) {
    #expect(time.readable == text)
  }

  @Test func lengthsOfTime() {
    #expect(Picoseconds.nanoseconds(3) == 3_000)
    #expect(Picoseconds.microseconds(3) == 3_000_000)
    #expect(Picoseconds.milliseconds(3) == 3_000_000_000)
  }
}
