import SimKernel
import Testing

@testable import Timeline

/// Rates of a link, averaged over windows of 1 us, in Mb/s.
@Suite struct BandwidthMeterTests {
  struct Packet: Sendable {
    let start: Picoseconds
    let end: Picoseconds
    let bytes: UInt64
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let packets: [Packet]
    /// Window in microseconds, and its rate.
    let expected: [[UInt64]]
  }

  private static let us: Picoseconds = 1_000_000

  static let cases = [
    Case(testDescription: "nothing", packets: [], expected: []),
    Case(
      testDescription: "one packet, then silence", packets: [Packet(start: 3 * us, end: 3 * us + 10, bytes: 100)],
      expected: [[3, 800], [4, 0]]),
    Case(
      testDescription: "two packets of one window",
      packets: [
        Packet(start: 5, end: 10, bytes: 1), Packet(start: 999_999, end: us, bytes: 2),
      ], expected: [[0, 24], [1, 0]]),
    Case(
      testDescription: "a packet over a border is shared by time",
      packets: [Packet(start: 750_000, end: us + 250_000, bytes: 10)],
      expected: [[0, 40], [2, 0]]),
    Case(
      testDescription: "no bit gets lost in a long packet",
      packets: [Packet(start: 500_000, end: 3 * us + 500_000, bytes: 1_000)],
      expected: [[0, 1_333], [1, 2_667], [2, 2_666], [3, 1_334], [4, 0]]),
    Case(
      testDescription: "a packet without length", packets: [Packet(start: 7, end: 7, bytes: 4)],
      expected: [[0, 32], [1, 0]]),
    Case(
      testDescription: "a packet behind the end counts in its window",
      packets: [Packet(start: 11 * us, end: 11 * us + 1, bytes: 1)], expected: [[11, 8]]),
  ]

  @Test(arguments: cases) func ratesAreThoseOfTheWindows(example: Case) {
    var meter = BandwidthMeter(), found: [[UInt64]] = []
    func tell(_ time: Picoseconds, _ rate: UInt64) { found.append([time / BandwidthMeterTests.us, rate]) }
    for packet in example.packets { meter.add(from: packet.start, to: packet.end, bytes: packet.bytes, tell) }
    meter.finish(at: 10 * BandwidthMeterTests.us, tell)
    #expect(found == example.expected)
  }
}
