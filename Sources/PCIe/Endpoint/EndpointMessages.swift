import SimKernel

/// A memory request that hit the BAR, on its way to the BAR decoder.
public struct TargetRequest: Sendable {
  public let header: TLPHeader
  /// Offset of the first dword in the BAR.
  public let offset: UInt32
  /// Whole dwords in wire order; empty for a read.
  public let payload: [UInt8]
  /// Its place among all requests of the function, writes and reads, which travel on different ports; it wraps.
  public let order: UInt32

  public init(header: TLPHeader, offset: UInt32, payload: [UInt8], order: UInt32) {
    self.header = header
    self.offset = offset
    self.payload = payload
    self.order = order
  }
}

/// The answer to a read of the BAR.
public struct TargetCompletion: Sendable {
  /// The request that is answered.
  public let request: TLPHeader
  /// Whole dwords, from the first dword of the request on.
  public let payload: [UInt8]

  public init(request: TLPHeader, payload: [UInt8]) {
    self.request = request
    self.payload = payload
  }
}

/// A read that a client of the endpoint wants done: at most MRRS bytes, within one 4 KiB page (Base Specification 2.2.7).
public struct ReadRequest: Sendable {
  /// Bus address of the first byte.
  public let address: UInt64
  /// Bytes; 0 for a zero-length read, which only pushes writes ahead of it (Base Specification 2.2.5).
  public let length: Int
  /// The client's slot, below its number of tags; free again with the last ``ReadData``.
  public let tag: UInt16
  /// Picoseconds until the request has failed unless all of its data is there (Base Specification 2.8).
  public let timeout: Picoseconds

  public init(address: UInt64, length: Int, tag: UInt16, timeout: Picoseconds) {
    self.address = address
    self.length = length
    self.tag = tag
    self.timeout = timeout
  }
}

/// A posted write that a client of the endpoint wants done, in the order of the port: an interrupt stays behind the data
/// sent before it (Base Specification 2.4.1, 6.1.4).
public struct WriteRequest: Sendable {
  public enum Kind: Sendable {
    /// At most MPS bytes, within one 4 KiB page (Base Specification 2.2.7).
    case data(address: UInt64, bytes: [UInt8])
    /// MSI with this vector, counted from 0.
    case interrupt(vector: UInt8)
  }
  public let kind: Kind

  public init(_ kind: Kind) { self.kind = kind }
}

/// How a read went.
public enum ReadStatus: UInt8, Sendable {
  case successful
  case unsupportedRequest
  case completerAbort
  case poisoned
  /// Bus mastering is disabled: the request was not sent (Base Specification 7.5.1.1.3).
  case disabled
  /// Some of the data did not come in time (Base Specification 2.8).
  case timeout
}

/// Data of one read, or its failure. The pieces of one tag come in the order of their addresses, and the endpoint has
/// checked that they continue the request (Base Specification 2.3.2). A status other than `successful` ends the tag.
public struct ReadData: Sendable {
  public let tag: UInt16
  public let status: ReadStatus
  /// Whole dwords in wire order; empty for a failure.
  public let payload: [UInt8]
  /// Bytes of the payload before the first one asked for, 0 to 3.
  public let skip: Int
  /// Bytes asked for, from `skip` on.
  public let count: Int
  /// Nothing of this tag follows.
  public let isLast: Bool

  public init(tag: UInt16, status: ReadStatus, payload: [UInt8], skip: Int, count: Int, isLast: Bool) {
    self.tag = tag
    self.status = status
    self.payload = payload
    self.skip = skip
    self.count = count
    self.isLast = isLast
  }

  /// The end of a read that failed.
  public init(tag: UInt16, failure: ReadStatus) {
    self.init(tag: tag, status: failure, payload: [], skip: 0, count: 0, isLast: true)
  }
}

/// What the configuration of the function means to the clients of its endpoint; sent when any of it changes.
public struct FunctionControl: Equatable, Sendable {
  /// MPS in bytes (Base Specification 7.5.3.4).
  public let maxPayload: Int
  /// MRRS in bytes (Base Specification 7.5.3.4).
  public let maxReadRequest: Int
  /// Read requests of the client that may be outstanding (Base Specification 2.2.6.2).
  public let tagLimit: Int
  /// Bus Master Enable (Base Specification 7.5.1.1.3).
  public let busMaster: Bool
  public let msiEnabled: Bool
  /// Function-level reset or link down (Base Specification 6.6.2): drop everything. What was outstanding is not answered.
  public let reset: Bool

  public init(
    maxPayload: Int, maxReadRequest: Int, tagLimit: Int, busMaster: Bool, msiEnabled: Bool, reset: Bool
  ) {
    self.maxPayload = maxPayload
    self.maxReadRequest = maxReadRequest
    self.tagLimit = tagLimit
    self.busMaster = busMaster
    self.msiEnabled = msiEnabled
    self.reset = reset
  }
}

/// Makes a function answer wrongly, for tests of the other side.
public struct FunctionFault: Equatable, Sendable {
  public enum Kind: UInt8, TracedEnum {
    case none
    /// Configuration requests are answered with Configuration Request Retry Status (Base Specification 2.3.1).
    case configurationRetry
    /// Reads of the BAR are answered with Unsupported Request.
    case unsupportedRequest
    /// Reads of the BAR are answered with Completer Abort.
    case completerAbort
    /// The data of reads of the BAR is poisoned (Base Specification 2.7.2).
    case poison
  }
  public let kind: Kind
  /// How many answers.
  public let count: UInt32

  public init(_ kind: Kind, count: UInt32) {
    self.kind = kind
    self.count = count
  }
}
