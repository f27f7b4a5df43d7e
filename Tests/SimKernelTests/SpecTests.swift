import SimKernel
import Testing

/// The table of a Spec: named fields that are read, set, and refused with a reason.
struct SpecTests {
  enum Habit: String, CaseIterable, Sendable {
    case eager
    case lazy
  }

  struct EngineSpec: ComponentSpec {
    var timeout: Picoseconds = 50_000_000
    var clock: UInt64 = 250_000_000
    var rate: UInt64 = 8_000_000_000
    var buffer: Int = 4_096
    var tags: UInt8 = 32
    var width: Int = 32
    var habit = Habit.eager
    var strict = false
    var latency = LatencyDistribution.fixed(400_000)

    static let fields: [SpecField<EngineSpec>] = [
      .duration("timeout", \.timeout, 1_000...1_000_000_000, "request to failure"),
      .frequency("clock", \.clock, 1_000_000...1_000_000_000, "clock of the engine"),
      .transferRates("rate", \.rate, [2_500_000_000, 8_000_000_000], "rate of a lane"),
      .size("buffer", \.buffer, 64...65_536, "bytes of buffer"),
      .count("tags", \.tags, of: "tags", 1...1_000, "requests outstanding"),
      .oneOf("width", \.width, [8, 16, 32], of: "bytes", "data path"),
      .choice("habit", \.habit, "how it works"),
      .flag("strict", \.strict, "whether it is strict"),
      .latency("latency", \.latency, "how long it takes"),
    ]

    func validate() throws(SpecError) {
      guard buffer % width == 0 else {
        throw SpecError(field: "buffer", found: "\(buffer)", expected: "a multiple of the width")
      }
    }
  }

  /// A legal value of each field that is not its default.
  static let legal: [(name: String, value: SpecValue)] = [
    ("timeout", .number(1_000)), ("clock", .number(1_000_000_000)), ("rate", .number(2_500_000_000)),
    ("buffer", .number(64)), ("tags", .number(255)), ("width", .number(8)), ("habit", .text("lazy")),
    ("strict", .flag(true)), ("latency", .latency(.fixed(1))),
  ]

  @Test func everyFieldIsReadBackAsItWasSet() throws {
    var spec = EngineSpec()
    for (name, value) in Self.legal {
      #expect(spec.values.first { $0.name == name }?.value != value)
      try spec.set(name, to: value)
    }
    #expect(spec.values.map(\.name) == Self.legal.map(\.name), "in the order of the table")
    #expect(spec.values.map(\.value) == Self.legal.map(\.value))
    #expect(spec.timeout == 1_000)
    #expect(spec.habit == .lazy)
    #expect(spec.tags == 255)
  }

  struct Refusal: CustomTestStringConvertible, Sendable {
    let name: String
    let value: SpecValue
    let message: String
    var testDescription: String { message }

    init(_ name: String, _ value: SpecValue, _ message: String) {
      self.name = name
      self.value = value
      self.message = message
    }
  }

  @Test(arguments: [
    Refusal(
      "timeout", .number(999),
      "timeout: found 999, expected a duration such as \"400ns\" (ps, ns, us, ms, s) from 1ns to 1ms"),
    Refusal(
      "timeout", .number(1_000_000_001),
      "timeout: found 1000000001, expected a duration such as \"400ns\" (ps, ns, us, ms, s) from 1ns to 1ms"),
    Refusal(
      "clock", .text("fast"),
      "clock: found \"fast\", expected a frequency such as \"250MHz\" (Hz, kHz, MHz, GHz) from 1MHz to 1GHz"),
    Refusal("rate", .number(5_000_000_000), "rate: found 5000000000, expected one of \"2.5GT/s\", \"8GT/s\""),
    Refusal(
      "buffer", .number(63),
      "buffer: found 63, expected a size such as \"64KiB\" (B, KiB, MiB, GiB, kB, MB) from 64B to 64KiB"),
    Refusal("tags", .number(0), "tags: found 0, expected a whole number of tags from 1 to 1000"),
    Refusal("tags", .flag(true), "tags: found true, expected a whole number of tags from 1 to 1000"),
    // In range, but not of the field's type.
    Refusal("tags", .number(256), "tags: found 256, expected a whole number of tags from 1 to 1000"),
    Refusal("width", .number(64), "width: found 64, expected one of 8, 16, 32 bytes"),
    Refusal("habit", .text("asleep"), "habit: found \"asleep\", expected one of \"eager\", \"lazy\""),
    Refusal("strict", .number(1), "strict: found 1, expected true or false"),
    Refusal(
      "latency", .number(1),
      "latency: found 1, expected a duration such as \"400ns\", {\"min\": …, \"max\": …} or "
        + "{\"quantiles\": [[0, \"520ns\"], [500, …], [1000, …]]}"),
    Refusal(
      "tag", .number(1),
      "tag: found an unknown key, expected one of timeout, clock, rate, buffer, tags, width, habit, strict, latency"),
  ])
  func whatIsNotLegalIsRefusedAndLeavesTheSpecAlone(refusal: Refusal) {
    var spec = EngineSpec()
    let error = #expect(throws: SpecError.self) { try spec.set(refusal.name, to: refusal.value) }
    #expect(error?.description == refusal.message)
    #expect(spec == EngineSpec())
  }

  @Test func boundsAreInclusive() throws {
    var spec = EngineSpec()
    for time in [1_000, 1_000_000_000] as [UInt64] { try spec.set("timeout", to: .number(time)) }
    for size in [64, 65_536] as [UInt64] { try spec.set("buffer", to: .number(size)) }
  }

  @Test func rulesBetweenFieldsAreChecked() throws {
    var spec = EngineSpec()
    try spec.validate()
    try spec.set("buffer", to: .number(100))
    #expect(throws: SpecError(field: "buffer", found: "100", expected: "a multiple of the width")) {
      try spec.validate()
    }
  }
}
