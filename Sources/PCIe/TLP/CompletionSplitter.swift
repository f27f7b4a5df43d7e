/// One of the completions that answer a memory read (PCI Express Base Specification 2.2.9, 2.3.1.1).
public struct CompletionPart: Hashable, Sendable {
  /// Address of the first byte carried.
  public var address: UInt64
  /// Bytes carried, without the padding to dwords.
  public var length: Int
  /// Byte Count: bytes still to come, this part included.
  public var byteCount: Int

  @inlinable
  public init(address: UInt64, length: Int, byteCount: Int) {
    self.address = address
    self.length = length
    self.byteCount = byteCount
  }

  /// Lower Address: the low 7 bits of `address`.
  @inlinable
  public var lowerAddress: UInt8 { UInt8(truncatingIfNeeded: address) & 0x7f }

  /// Length: dwords that the bytes touch.
  @inlinable
  public var lengthDW: Int { ByteEnables.lengthDW(address: address, length: length) }

  /// Whether no other part follows.
  @inlinable
  public var isLast: Bool { length == byteCount }
}

/// Cuts the answer to a memory read into completions: none above Max_Payload_Size, and all but the last ending at a
/// multiple of the read completion boundary, RCB (PCI Express Base Specification 2.3.1.1).
public struct CompletionSplitter: Sequence, IteratorProtocol, Hashable, Sendable {
  /// Address of the next byte.
  public var address: UInt64
  /// Bytes not yet given out.
  public var remaining: Int
  /// Read completion boundary in bytes: 64 or 128 at a root complex, 128 at an endpoint.
  public var rcb: Int
  /// Max_Payload_Size in bytes, a power of two in 128...4096.
  public var maxPayload: Int
  /// Whether to end at every boundary, as some root complexes do, rather than fill the payload.
  public var cutAtEveryRCB: Bool

  /// The answer to the memory read `request`; a zero-length read is answered with one dword and byte count 1.
  @inlinable
  public init(request: TLPHeader, rcb: Int, maxPayload: Int, cutAtEveryRCB: Bool = false) {
    address = request.firstByteAddress
    remaining = request.requestedByteCount
    self.rcb = rcb
    self.maxPayload = maxPayload
    self.cutAtEveryRCB = cutAtEveryRCB
  }

  @inlinable
  public mutating func next() -> CompletionPart? {
    guard remaining > 0 else { return nil }
    let length = Self.nextCompletionLength(
      address: address, remaining: remaining, rcb: rcb, maxPayload: maxPayload, cutAtEveryRCB: cutAtEveryRCB)
    let part = CompletionPart(address: address, length: length, byteCount: remaining)
    address &+= UInt64(length)
    remaining -= length
    return part
  }

  /// Bytes of the next completion. `rcb` and `maxPayload` are powers of two with `rcb` <= `maxPayload`.
  @inlinable
  public static func nextCompletionLength(
    address: UInt64, remaining: Int, rcb: Int, maxPayload: Int, cutAtEveryRCB: Bool
  ) -> Int {
    let toBoundary = rcb - Int(address & UInt64(rcb - 1))
    if cutAtEveryRCB { return Swift.min(remaining, toBoundary) }
    // Payload is counted in dwords: unused bytes before the first one take room too.
    let room = maxPayload - Int(address & 3)
    if remaining <= room { return remaining }
    return toBoundary + (room - toBoundary) / rcb * rcb
  }
}
