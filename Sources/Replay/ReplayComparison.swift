import PCIe
import SimKernel

/// What a device sends in a replay, beside what it sent in the recording.
public struct ReplayComparison: Sendable {
  /// A packet at its place among all packets of its class, counted from 0.
  public struct Difference: Sendable {
    public let flowClass: FlowClass
    public let position: Int
    public let recorded: (edge: Cycle, tlp: TLP)
    /// Nil when there are fewer in the replay.
    public let replayed: (edge: Cycle, tlp: TLP)?
  }

  /// The first packet that is another one in the replay.
  public private(set) var different: Difference?
  /// The first packet that is the same in another cycle, and how many these are, up to one that differs.
  public private(set) var shifted: Difference?
  public private(set) var shiftedCount = 0

  /// A replay goes on after its recording has ended, so it may have packets behind those of the recording.
  public init(_ recording: DeviceRecording, _ record: ReplayRecord) {
    for flowClass in FlowClass.allCases {
      let replayed = record.sent.filter { $0.tlp.header.flowClass == flowClass }
      let recorded = recording.sent.filter { $0.tlp.header.flowClass == flowClass }
      for (position, packet) in recorded.enumerated() {
        let other = position < replayed.count ? replayed[position] : nil
        if let other, other == packet { continue }
        let difference = Difference(flowClass: flowClass, position: position, recorded: packet, replayed: other)
        guard other?.tlp == packet.tlp else {
          if difference.isBefore(different) { different = difference }
          break
        }
        if difference.isBefore(shifted) { shifted = difference }
        shiftedCount += 1
      }
    }
  }

  /// One line.
  public var text: String {
    if let different { return "the device sends other packets than in the scenario: \(different)" }
    guard let shifted else { return "the device sends what it sends in the scenario, in the same cycles" }
    return "the device sends what it sends in the scenario, \(shiftedCount) packets in other cycles: \(shifted)"
  }
}

extension ReplayComparison.Difference: CustomStringConvertible {
  fileprivate func isBefore(_ other: Self?) -> Bool { other.map { recorded.edge < $0.recorded.edge } ?? true }

  public var description: String {
    let there = "\(Self.name(recorded.tlp)) in cycle \(recorded.edge)"
    guard let replayed else { return "\(there) is missing" }
    let here = replayed.tlp == recorded.tlp ? "" : "\(Self.name(replayed.tlp)) in "
    return "\(there) is \(here)cycle \(replayed.edge)"
  }

  private static func name(_ tlp: TLP) -> String {
    "\(tlp.header.type.map { "\($0.mnemonic)" } ?? "packet") \(tlp.header)"
  }
}
