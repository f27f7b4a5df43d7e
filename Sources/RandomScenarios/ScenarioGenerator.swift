import Stimulus

/// Random scenarios that are legal by construction and say what must come out: each has to pass.
///
/// The same options give the same text, on every machine.
public struct ScenarioGenerator: Sendable {
  /// What may be in a scenario.
  public enum Profile: String, CaseIterable, Sendable {
    /// One device directly below a root port.
    case device
    /// The device of Tests/RTL: with the parameters that it has unless told otherwise, and with programs that its loader, which
    /// checks nothing, takes as the model's does; they call no helper functions.
    case reference
    /// Hierarchies with several devices, peers and switches, other links and cores, faults, resets, interrupts.
    case system
  }

  /// How many things a scenario does.
  public enum Length: String, CaseIterable, Sendable {
    case short, long

    var actions: ClosedRange<Int> { self == .short ? 5...10 : 40...80 }
  }

  public let seed: UInt64
  public let profile: Profile
  public let length: Length
  /// The link of the first device, as in `gen3x8`; nil for a random one in `system`, else `gen3x8`.
  public let preset: String?
  /// The core of all devices, as in `classic5`; nil for random ones in `system`, else `classic5`.
  public let core: String?

  /// - Parameters:
  ///   - preset: the name of a device preset
  ///   - core: the name of a core preset
  public init(
    seed: UInt64, profile: Profile = .device, length: Length = .short, preset: String? = nil, core: String? = nil
  ) {
    self.seed = seed
    self.profile = profile
    self.length = length
    self.preset = preset
    self.core = core
  }

  /// The names that `preset` may have.
  public static let presets = (1...5).flatMap { rate in [1, 2, 4, 8, 16].map { "gen\(rate)x\($0)" } }

  /// The name of scenario `number`, which is also a good one for its file.
  public func name(_ number: Int) -> String { "\(profile.rawValue)-\(seed)-\(number)" }

  /// The text of scenario `number`.
  public func scenario(_ number: Int) -> String {
    // One step of the generator apart, neighbouring seeds would give almost the same numbers.
    var start = SeededRandom(state: seed)
    var random = SeededRandom(state: start.next() ^ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
    let platform = Platform(random: &random, self)
    var builder = ScenarioBuilder(platform, random: random)
    for _ in 0..<builder.number(length.actions) { builder.act() }
    return builder.text(name: name(number), seed: random.next() >> 12)
  }
}
