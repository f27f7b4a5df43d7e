/// Why a completion does not continue an outstanding request (PCI Express Base Specification 2.3.2).
public enum CompletionMismatch: Error, Hashable, Sendable {
  /// No such request: requester ID or tag differ. An Unexpected Completion.
  case notExpected(requesterID: DeviceID, tag: UInt16)
  /// Byte Count is not what is still to come.
  case byteCount(found: Int, expected: Int)
  /// Lower Address is not that of the next byte.
  case lowerAddress(found: UInt8, expected: UInt8)
  /// A part that is not the last ends off the read completion boundary.
  case boundary(end: UInt64, rcb: Int)
  /// Success without data where a read expects some, or the reverse.
  case data(found: TLPType)
}

/// The rules by which a requester matches completions to its requests (PCI Express Base Specification 2.2.9, 2.3.1.1,
/// 2.3.2), as functions of the packet and of what is still to come.
public enum CompletionMatcher {
  /// Bytes that a completion carries of those still to come.
  @inlinable
  public static func dataBytes(byteCount: Int, lengthDW: Int, lowerAddress: UInt8) -> Int {
    min(byteCount, 4 * lengthDW - Int(lowerAddress & 3))
  }

  /// Whether a successful completion is the last of its request.
  @inlinable
  public static func isLast(byteCount: Int, lengthDW: Int, lowerAddress: UInt8) -> Bool {
    byteCount <= 4 * lengthDW - Int(lowerAddress & 3)
  }

  /// Whether `completion` ends its request: it is the last one with data, has none, or reports a failure.
  @inlinable
  public static func isFinal(_ completion: TLPHeader) -> Bool {
    completion.status != .successful || !completion.type.carriesData
      || isLast(
        byteCount: completion.byteCount, lengthDW: completion.lengthDW, lowerAddress: completion.lowerAddress)
  }

  /// Lower Address that the completion starting at `address` must show.
  @inlinable
  public static func expectedLowerAddress(_ address: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: address) & 0x7f }

  /// Checks `completion` against `request`, of which `received` bytes came already.
  /// - Parameter rcb: the smallest read completion boundary that the completer may use, in bytes.
  /// - Returns: nil when it is the one to come next. A failed completion needs to match in ID and tag only.
  public static func mismatch(
    of completion: TLPHeader, request: TLPHeader, received: Int = 0, rcb: Int = 64
  ) -> CompletionMismatch? {
    guard completion.requesterID == request.requesterID, completion.tag == request.tag else {
      return .notExpected(requesterID: completion.requesterID, tag: completion.tag)
    }
    guard completion.status == .successful else { return nil }
    guard completion.type.carriesData == request.expectsData else { return .data(found: completion.type) }
    // Byte Count and Lower Address are only sure to be kept by completers of memory reads (2.2.9).
    guard request.type.isMemoryRead else { return nil }
    let expected = request.completionByteCount - received
    guard completion.byteCount == expected else {
      return .byteCount(found: completion.byteCount, expected: expected)
    }
    let address = request.firstByteAddress &+ UInt64(received)
    let lowerAddress = expectedLowerAddress(address)
    guard completion.lowerAddress == lowerAddress else {
      return .lowerAddress(found: completion.lowerAddress, expected: lowerAddress)
    }
    let bytes = dataBytes(byteCount: expected, lengthDW: completion.lengthDW, lowerAddress: lowerAddress)
    let end = address &+ UInt64(bytes)
    guard bytes == expected || end & UInt64(rcb - 1) == 0 else { return .boundary(end: end, rcb: rcb) }
    return nil
  }
}

extension TLPHeader {
  /// Whether success is answered with data: reads of any space, and atomics.
  @inlinable
  public var expectsData: Bool {
    type.isMemoryRead || type.isAtomic || type == .ioRead || type == .configRead0 || type == .configRead1
  }
}
