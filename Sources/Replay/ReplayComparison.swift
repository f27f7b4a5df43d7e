import PCIe
import SimKernel

/// Where the packets of a replay and those of the recording behind it part.
public struct ReplayComparison: Sendable {
  /// Counted from 0; nil when they are the same, in the same edges.
  public let position: Int?
  private let recorded: (edge: Cycle, tlp: TLP)?
  private let replayed: (edge: Cycle, tlp: TLP)?

  /// The replay goes on after the recording has ended, so it may have packets behind those of the recording.
  public init(_ recording: DeviceRecording, _ record: ReplayRecord) {
    let all = recording.sent, replay = record.sent
    position = all.indices.first { $0 >= replay.count || replay[$0] != all[$0] }
    recorded = position.map { all[$0] }
    replayed = position.flatMap { $0 < replay.count ? replay[$0] : nil }
  }

  /// One line about the difference; nil without one.
  public var text: String? {
    guard let position, let recorded else { return nil }
    func name(_ packet: (edge: Cycle, tlp: TLP)) -> String {
      "\(packet.tlp.header.type.map { "\($0.mnemonic)" } ?? "a packet") \(packet.tlp.header) in cycle \(packet.edge)"
    }
    return "packet \(position) of the device is \(name(recorded)) in the scenario, and "
      + (replayed.map(name) ?? "missing") + " in the replay"
  }
}
