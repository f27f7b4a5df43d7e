/// A set of flow-control classes.
public struct FlowClassSet: OptionSet, Hashable, Sendable {
  public var rawValue: UInt8

  @inlinable
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The set of one class.
  @inlinable
  public init(_ flowClass: FlowClass) { rawValue = 1 << flowClass.rawValue }

  public static let posted = FlowClassSet(.posted)
  public static let nonPosted = FlowClassSet(.nonPosted)
  public static let completion = FlowClassSet(.completion)
}

/// The ordering table (PCI Express Base Specification 2.4.1), as a function of two headers.
public enum OrderingRules {
  /// What the table says of one packet and another that was sent before it.
  public enum Passing: Hashable, Sendable {
    /// The later packet must stay behind.
    case forbidden
    /// It may pass, or stay behind.
    case allowed
    /// It must be able to pass when the earlier one is stuck, or the hierarchy could lock up.
    case required
  }

  /// Whether `later` may pass `earlier`, both in one traffic class.
  public static func passing(_ later: RawHeader, _ earlier: RawHeader) -> Passing {
    switch (later.flowClass, earlier.flowClass) {
    case (_, .posted): return mayPassPosted(later, earlier) ? .allowed : .forbidden
    // A3, A4, D3: posted requests and completions pass what may be waiting for them.
    case (.posted, .nonPosted), (.completion, .nonPosted): return .required
    // D5: the completions of one request stay in order; those of different ones need not.
    case (.completion, .completion):
      return later.transaction == earlier.transaction ? .forbidden : .allowed
    case (.posted, .completion), (.nonPosted, .nonPosted), (.nonPosted, .completion): return .allowed
    }
  }

  /// Column 2 of the table: nothing passes a posted request, but for Relaxed Ordering (A2b, C2b, D2b), ID-based Ordering
  /// between different functions (A2b, B2b, C2b, D2b). Completions of I/O and configuration writes, which may pass too,
  /// stay behind: a completion without data does not say what it completes.
  @inlinable
  public static func mayPassPosted(_ later: RawHeader, _ posted: RawHeader) -> Bool {
    let attributes = later.attributes
    // A completion shows here who completes: the function that is to differ from the writer.
    if attributes.contains(.idBasedOrdering) && later.sender != posted.sender { return true }
    guard attributes.contains(.relaxedOrdering) else { return false }
    return later.flowClass != .nonPosted || later.hasPayload
  }
}

extension RawHeader {
  /// The class of the packet; that of a reserved type is posted, so that nothing passes it on its way to be refused.
  @inlinable
  public var flowClass: FlowClass {
    // Fmt and Type, of requests with an address also in the 4 DW form.
    switch byte0 {
    case 0x00, 0x20, 0x01, 0x21, 0x02, 0x04, 0x05, 0x42, 0x44, 0x45, 0x4c, 0x6c, 0x4d, 0x6d, 0x4e, 0x6e: .nonPosted
    case 0x0a, 0x0b, 0x4a, 0x4b: .completion
    default: .posted
    }
  }

  /// Bit 1 of Fmt.
  @inlinable
  public var hasPayload: Bool { dwords.x & 0x4000_0000 != 0 }

  /// The function that sent the packet: Requester ID of a request, Completer ID of a completion (2.2.6.2, 2.2.9).
  @inlinable
  public var sender: UInt16 { UInt16(truncatingIfNeeded: dwords.y >> 16) }

  /// Of a completion: the transaction that it belongs to, Requester ID and Tag (2.2.6.2).
  @inlinable
  public var transaction: UInt32 {
    dwords.z & 0xffff_0000 | dwords.z >> 8 & 0xff | dwords.x >> 14 & 0x200 | dwords.x >> 11 & 0x100
  }
}
