import PCIe
import SimKernel

/// A transfer for the DMA engine.
public struct DMACommand: Sendable {
  public enum Kind: Sendable {
    /// Host memory to device RAM.
    case hostToRAM
    /// p2pdma window to device RAM.
    case windowToRAM
    /// Stop all transfers after what is outstanding.
    case abort
  }
  public let kind: Kind
  /// Bus address, or offset in the window.
  public var source: UInt64 = 0
  /// Offset in BAR4.
  public var destination: UInt32 = 0
  public var length: UInt32 = 0
}

/// The end of a transfer; one for each command but `abort`, in their order.
public struct DMAResult: Sendable {
  public let error: DeviceError
}

/// What a report says of one transfer.
public struct DMARecord: Sendable {
  /// The command at the engine, the first data at the engine, the last byte in RAM.
  public let start: Picoseconds
  public let firstData: Picoseconds
  public let end: Picoseconds
  public let bytes: Int
  /// Of them, those of the first completion, which had come by `firstData`.
  public let firstBytes: Int
  /// The channel that did it.
  public let channel: Int
  public let error: DeviceError
}
