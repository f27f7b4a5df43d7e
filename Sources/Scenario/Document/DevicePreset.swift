import PCIe

/// A named starting point of "device": generation and width of its link.
struct DevicePreset: Sendable {
  let name: String
  let rate: UInt64
  let lanes: UInt64

  /// gen1x1 to gen5x16; the rates are those of the Base Specification's generations.
  static let all: [DevicePreset] = {
    let rates: [UInt64] = [2_500_000_000, 5_000_000_000, 8_000_000_000, 16_000_000_000, 32_000_000_000]
    return rates.enumerated().flatMap { generation, rate in
      [1, 2, 4, 8, 16].map { DevicePreset(name: "gen\(generation + 1)x\($0)", rate: rate, lanes: $0) }
    }
  }()

  /// The preset of a scenario that names none.
  static let standard = "gen3x8"

  /// Reads a preset's name and applies it.
  static func apply(_ value: JSONValue, to link: inout LinkSpec) throws(ScenarioError) {
    let expected = "gen1x1 to gen5x16 (generation 1 to 5; 1, 2, 4, 8 or 16 lanes)"
    let name = try value.text(expected)
    guard let preset = all.first(where: { $0.name == name }) else {
      throw value.mismatch(expected)
    }
    link.rate = preset.rate
    link.lanes = preset.lanes
  }
}
