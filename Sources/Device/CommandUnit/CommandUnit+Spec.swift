import SimKernel

/// What OFFSET means to MOVE_P2P_TEXT and MOVE_P2P_DATA.
public enum P2POffset: String, CaseIterable, Sendable {
  /// Where to write in the segment; the window is read from its start.
  case destination
  /// Where to read in the window; the segment is written from its start (the QEMU model).
  case source
}

/// The command unit: its queue, and options where the published sources disagree.
public struct CommandUnitSpec: ComponentSpec {
  /// Commands that wait for those before them; one more is refused with BUSY.
  public var queueDepth: Int = 1
  /// Raise MSI when the device becomes idle and when a command fails.
  public var msi = false
  public var p2pOffset: P2POffset = .destination
  /// Store 8 bytes of r0 at RET, then one byte 1 over READY (the QEMU model).
  public var ret64 = false

  public init() {}

  public static let fields: [SpecField<CommandUnitSpec>] = [
    .count("queue_depth", \.queueDepth, of: "commands", 1...64, "that wait for those before them"),
    .flag("msi", \.msi, "MSI when the device becomes idle and when a command fails"),
    .choice("p2p_offset", \.p2pOffset, "what OFFSET means to MOVE_P2P_*"),
    .flag("ret64", \.ret64, "RET takes all 8 bytes of r0 and READY only its low byte"),
  ]
}
