/// A memory request that hit the BAR, on its way to the BAR decoder.
public struct TargetRequest: Sendable {
  public let header: TLPHeader
  /// Offset of the first dword in the BAR.
  public let offset: UInt32
  /// Whole dwords in wire order; empty for a read.
  public let payload: [UInt8]
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

/// A read of host memory that the function wants done: at most MRRS bytes, within one 4 KiB page.
public struct ReadRequest: Sendable {
  public let address: UInt64
  public let length: Int
  public let tag: UInt16

  public init(address: UInt64, length: Int, tag: UInt16) {
    self.address = address
    self.length = length
    self.tag = tag
  }
}

/// How a read of host memory went.
public enum ReadStatus: UInt8, Sendable {
  case successful
  case unsupportedRequest
  case completerAbort
  case poisoned
  /// Bus mastering is disabled: the request was not sent.
  case disabled
}

/// A completion for the function: part of the data of one tag, or its failure.
public struct ReadData: Sendable {
  public let tag: UInt16
  public let status: ReadStatus
  /// Bytes still to come of the request, these included.
  public let byteCount: Int
  /// Low 7 bits of the address of the first byte.
  public let lowerAddress: UInt8
  /// Whole dwords; the data begins at `skip`.
  public let payload: [UInt8]

  public init(tag: UInt16, status: ReadStatus, byteCount: Int = 0, lowerAddress: UInt8 = 0, payload: [UInt8] = []) {
    self.tag = tag
    self.status = status
    self.byteCount = byteCount
    self.lowerAddress = lowerAddress
    self.payload = payload
  }

  /// Bytes before the first one asked for, 0 to 3.
  public var skip: Int { Int(lowerAddress & 3) }

  /// Bytes of data.
  public var count: Int {
    payload.isEmpty
      ? 0
      : CompletionMatcher.dataBytes(byteCount: byteCount, lengthDW: payload.count / 4, lowerAddress: lowerAddress)
  }
}
