import SimKernel

/// What the CPU asks of the root complex.
public struct HostRequest: Sendable {
  public enum Kind: Sendable {
    /// Bus address; 1 to 8 bytes.
    case memoryRead(address: UInt64, size: Int)
    /// The value is little-endian.
    case memoryWrite(address: UInt64, size: Int, value: UInt64)
    /// A dword of configuration space.
    case configRead(target: DeviceID, register: Int)
    /// The bytes of a dword that `byteEnable` (4 bits) selects.
    case configWrite(target: DeviceID, register: Int, value: UInt32, byteEnable: UInt8)
    /// Sends a packet as it is through a root port, legal or not. A non-posted one that a function can understand is waited
    /// for.
    case packet(TLP, port: Int)
    /// Answers the next reads of host memory wrongly.
    case inject(MemoryFault)
  }
  public let kind: Kind

  public init(_ kind: Kind) { self.kind = kind }
}

/// The answer to a read, or to a configuration write.
public struct HostResponse: Sendable {
  /// All ones when the access failed, as a CPU sees it (PCI Express Base Specification 2.3.2).
  public let value: UInt64
  public let status: CompletionStatus

  public init(value: UInt64, status: CompletionStatus) {
    self.value = value
    self.status = status
  }
}

/// A message-signalled interrupt: the data of a memory write to the interrupt range.
public struct Interrupt: Sendable {
  public let vector: UInt32
}

/// How the next reads of host memory are answered.
public struct MemoryFault: Equatable, Sendable {
  public enum Kind: UInt8, TracedEnum {
    case none
    /// Unsupported Request.
    case unsupportedRequest
    /// Completer Abort.
    case completerAbort
    /// The data comes with EP set (PCI Express Base Specification 2.7.2).
    case poison
    /// No completion at all.
    case silence
    /// The data comes later.
    case delay
    /// A completion that nobody waits for comes before the right one.
    case unexpected
    /// The payload is shorter than Length says.
    case malformed
  }
  public let kind: Kind
  public let count: UInt32
  /// Of `delay`: how much later.
  public let delay: Picoseconds

  public init(_ kind: Kind, count: UInt32, delay: Picoseconds = 0) {
    self.kind = kind
    self.count = count
    self.delay = delay
  }
}
