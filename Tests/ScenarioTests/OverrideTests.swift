import PCIe
import SimKernel
import Testing

@testable import Scenario

@Suite("Presets and overrides")
struct OverrideTests {
  @Test("each preset sets rate and lanes, as a string or in an object", arguments: DevicePreset.all.map(\.name))
  func presets(_ name: String) throws {
    let preset = try #require(DevicePreset.all.first { $0.name == name })
    for device in ["\"\(name)\"", "{\"preset\": \"\(name)\"}"] {
      let spec = try read("{\"device\": \(device), \"steps\": []}").spec
      var expected = SystemSpec()
      (expected.device.link.rate, expected.device.link.lanes) = (preset.rate, preset.lanes)
      expected.peers[0].link = expected.device.link
      #expect(spec == expected)
    }
  }

  @Test("there are 25 presets, and the standard one is the default")
  func standard() throws {
    #expect(DevicePreset.all.count == 25)
    let spec = try read("{\"steps\": []}").spec
    #expect(try read("{\"device\": \"\(DevicePreset.standard)\", \"steps\": []}").spec == spec)
    #expect(spec == SystemSpec())
    #expect(spec.device.link.rate == 8_000_000_000 && spec.device.link.lanes == 8)
  }

  @Test("overrides win over the preset wherever they stand")
  func order() throws {
    let spec = try read(#"{"device": {"link": {"lanes": 2}, "preset": "gen5x16"}, "steps": []}"#).spec
    #expect(spec.device.link.rate == 32_000_000_000 && spec.device.link.lanes == 2)
  }

  @Test(
    "a host's preset sets defaults, and overrides win over it wherever they stand",
    arguments: HostPreset.all.map(\.name))
  func hostPresets(_ name: String) throws {
    let preset = try #require(HostPreset.all.first { $0.name == name })
    #expect(try read("{\"host\": {\"preset\": \"\(name)\"}, \"steps\": []}").spec.host == preset.spec)
    let changed = try read(
      "{\"host\": {\"outstanding_reads\": 3, \"preset\": \"\(name)\", \"remote_latency\": \"1ns\"}, \"steps\": []}"
    )
    var expected = preset.spec
    expected.outstandingReads = 3
    expected.memoryPath.remoteLatency = 1_000
    #expect(changed.spec.host == expected)
  }

  @Test("a host without a preset is the generic one")
  func genericHost() throws {
    #expect(try read("{\"host\": {}, \"steps\": []}").spec.host == HostSpec())
    #expect(try read("{\"host\": {\"preset\": \"generic\"}, \"steps\": []}").spec == SystemSpec())
  }

  /// One variant of a part, as a scenario writes it.
  struct Shape: Sendable, CustomTestStringConvertible {
    let part: SystemPart
    let variant: PartVariant
    let inDevice: Bool
    var testDescription: String { [part.name, variant.preset].compactMap { $0 }.joined(separator: " ") }

    /// The scenario that says `members` of the part.
    func spec(_ members: String) throws(ScenarioError) -> SystemSpec {
      let preset = variant.preset.map { "\"preset\": \"\($0)\"" }
      let object = "{" + [preset, members.isEmpty ? nil : members].compactMap { $0 }.joined(separator: ", ") + "}"
      let parts = "{\"\(part.name)\": \(object)}"
      // A driver may wait for interrupts only of devices that send them, and queue what they take.
      let beside =
        "{\"device\": {\"commands\": {\"msi\": true, \"queue_depth\": 64}}, \(parts.dropFirst().dropLast()), \"steps\": []}"
      let text = inDevice ? "{\"device\": \(parts), \"steps\": []}" : beside
      return try read(text).spec
    }
  }

  static let shapes = parts.flatMap { part, inDevice in
    part.variants.map { Shape(part: part, variant: $0, inDevice: inDevice) }
  }
  private static let parts = SystemPart.device.map { ($0, true) } + SystemPart.surroundings.map { ($0, false) }

  @Test("the default of every field, printed, reads back as itself", arguments: shapes)
  func defaults(_ shape: Shape) throws {
    let plain = try shape.spec("")
    for field in shape.variant.fields {
      let spec = try shape.spec("\"\(field.name)\": \(field.written(field.value))")
      #expect(spec == plain, "\(shape.testDescription).\(field.name)")
    }
  }

  @Test("every field takes another value, and takes it to the right place", arguments: shapes)
  func others(_ shape: Shape) throws {
    for field in shape.variant.fields {
      let other = field.other
      let spec = try shape.spec("\"\(field.name)\": \(field.written(other))")
      let changed = zip(shape.variant.values(in: spec), shape.variant.fields).filter { $0.value != $1.value }.map(\.0)
      #expect(changed.map(\.name) == [field.name], "\(shape.testDescription).\(field.name)")
      #expect(changed.map(\.value) == [other])
    }
  }

  @Test("a number below or above its range is refused", arguments: shapes)
  func ranges(_ shape: Shape) {
    for field in shape.variant.fields {
      for value in field.outside {
        #expect(throws: ScenarioError.self, "\(shape.testDescription).\(field.name)") {
          try shape.spec("\"\(field.name)\": \(field.written(.number(value)))")
        }
      }
    }
  }

  @Test("latencies in all their forms")
  func latencies() throws {
    func latency(_ text: String) throws -> LatencyDistribution {
      try read("{\"host\": {\"read_latency\": \(text)}, \"steps\": []}").spec.host.readLatency
    }
    #expect(try latency("\"400ns\"") == .fixed(400_000))
    #expect(try latency(#"{"min": "1ns", "max": "1ns"}"#) == .fixed(1_000))
    let range = try LatencyDistribution(corners: [.init(permille: 0, delay: 1), .init(permille: 1_000, delay: 5)])
    #expect(try latency(#"{"max": "5ps", "min": "1ps"}"#) == range)
    #expect(try latency(#"{"quantiles": [[0, "1ps"], [1000, "5ps"]]}"#) == range)
  }

  @Test("numbers in all their forms")
  func numbers() throws {
    for text in ["4096", "\"0x1000\"", "\"4KiB\"", "\"4096B\"", "\"${4 * 1024}\""] {
      #expect(
        try read("{\"device\": {\"core\": {\"stack_size\": \(text)}}, \"steps\": []}").spec.device.core.machine
          .stackSize
          == 4096)
    }
    let top = "18446744073709551615"
    #expect(try read("{\"seed\": \(top), \"steps\": []}").seed == .max)
    #expect(try read("{\"seed\": \"0xffffffffffffffff\", \"steps\": []}").seed == .max)
  }

  @Test("name, description and seed")
  func top() throws {
    let plain = try read("{\"steps\": []}")
    #expect(plain.name == "s" && plain.summary == "" && plain.seed == 1 && plain.steps.isEmpty)
    let full = try read(#"{"name": "n", "description": "d", "seed": "0x2", "steps": []}"#)
    #expect(full.name == "n" && full.summary == "d" && full.seed == 2)
  }
}

extension PartTable.Field {
  /// `value` as JSON.
  func written(_ value: SpecValue) -> String {
    switch (kind, value) {
    case (.count, .number(let number)): "\(number)"
    case (.oneOf(_, of: let unit), .number(let number)) where unit != "transfers/s":
      "\"0x\(String(number, radix: 16))\""
    case (.flag, _): kind.format(value)
    case (_, .latency(let latency)): written(latency)
    default: "\"\(kind.format(value))\""
    }
  }

  private func written(_ latency: LatencyDistribution) -> String {
    guard latency.corners.count > 1 else { return "\"\(latency)\"" }
    let corners = latency.corners.map { "[\($0.permille), \"\($0.delay)ps\"]" }
    return "{\"quantiles\": [\(corners.joined(separator: ", "))]}"
  }

  /// A legal value that is not the default.
  var other: SpecValue {
    switch (kind, value) {
    case (.quantity(let quantity, _), .number(let number)):
      // Addresses and memory sizes keep to the rules between fields; a 32-bit BAR stays below 4 GiB.
      if case .size = quantity {
        .number(number >= 1 << 31 ? number / 2 : number >= 1 << 26 ? number * 2 : number + 8)
      } else {
        .number(number + 1_000)
      }
    case (.count(_, let range), .number(let number)): .number(number < range.upperBound ? number + 1 : number - 1)
    case (.oneOf(let values, _), .number(let number)): .number(values.first { $0 != number }!)
    case (.choice(let names), .text(let text)): .text(names.first { $0 != text }!)
    case (.flag, .flag(let flag)): .flag(!flag)
    default: .latency(.fixed(1))
    }
  }

  /// Numbers just outside the range.
  var outside: [UInt64] {
    switch kind {
    case .quantity(_, let range), .count(_, let range):
      [range.lowerBound &- 1, range.upperBound + 1].filter { !range.contains($0) && $0 < 1 << 63 }
    case .oneOf(let values, let unit):
      // Rates are written in whole MT/s.
      unit == "transfers/s"
        ? [values.min()! - 1_000_000, values.max()! + 1_000_000]
        : [values.min()! &- 1, values.max()! + 1].filter { $0 < 1 << 63 }
    case .choice, .flag, .latency: []
    }
  }
}
