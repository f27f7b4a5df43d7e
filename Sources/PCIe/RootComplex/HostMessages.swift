import SimKernel

/// What the CPU asks of the root complex.
public struct HostRequest: Sendable {
  public enum Kind: Sendable {
    case memoryRead, memoryWrite, configRead, configWrite
    /// Answer the next host memory reads of the device with a fault.
    case inject(FaultKind)
  }
  public let kind: Kind
  /// Bus address of a memory access; dword number of a configuration access.
  public var address: UInt64 = 0
  /// Bytes, 1 to 8; 4 for configuration.
  public var size: Int = 4
  /// Little-endian value of a write; the number of reads of `inject`.
  public var value: UInt64 = 0

  public init(_ kind: Kind, address: UInt64 = 0, size: Int = 4, value: UInt64 = 0) {
    self.kind = kind
    self.address = address
    self.size = size
    self.value = value
  }
}

/// The answer to a read, or to a configuration write.
public struct HostResponse: Sendable {
  /// All ones when the access failed, as a CPU sees it.
  public let value: UInt64
  public let status: CompletionStatus
}

/// A message-signalled interrupt: the data of a memory write to the interrupt range.
public struct Interrupt: Sendable {
  public let vector: UInt32
}

/// How the root complex can be told to answer a memory read wrongly.
public enum FaultKind: String, TracedEnum {
  case none
  /// Unsupported Request.
  case ur
  /// Completer Abort.
  case ca
  /// The data comes with EP set.
  case poison
  /// No completion at all.
  case drop
}
