/// Cuts a transfer into the requests that may carry it: none above the limit (MRRS for reads, MPS for writes), none
/// across a 4 KiB boundary, and all but the first at multiples of the limit (PCI Express Base Specification 2.2.7).
public struct RequestSplitter: Sequence, IteratorProtocol, Hashable, Sendable {
  /// One request: the address of its first byte, and its bytes.
  public struct Request: Hashable, Sendable {
    public var address: UInt64
    public var length: Int

    @inlinable
    public init(address: UInt64, length: Int) {
      self.address = address
      self.length = length
    }
  }

  /// Address of the next byte.
  public var address: UInt64
  /// Bytes not yet given out.
  public var remaining: Int
  /// MRRS or MPS in bytes, a power of two in 128...4096.
  public var limit: Int

  /// A transfer of `length` bytes at `address`; `limit` is a power of two in 128...4096.
  @inlinable
  public init(address: UInt64, length: Int, limit: Int) {
    self.address = address
    remaining = length
    self.limit = limit
  }

  @inlinable
  public mutating func next() -> Request? {
    guard remaining > 0 else { return nil }
    let length = Self.nextRequestLength(address: address, remaining: remaining, limit: limit)
    let request = Request(address: address, length: length)
    address &+= UInt64(length)
    remaining -= length
    return request
  }

  /// Bytes of the next request: all of `remaining` when one request may carry them, else up to the next multiple of
  /// `limit`, so that those after it are aligned. At least 1 when `remaining` is.
  @inlinable
  public static func nextRequestLength(address: UInt64, remaining: Int, limit: Int) -> Int {
    let fitsInRequest = Int(address & 3) + remaining <= limit
    let fitsInPage = Int(address & 0xfff) + remaining <= 4096
    if fitsInRequest && fitsInPage { return remaining }
    return Swift.min(remaining, limit - Int(address & UInt64(limit - 1)))
  }
}
