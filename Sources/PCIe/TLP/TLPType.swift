/// The kind of a transaction layer packet (PCI Express Base Specification 2.2.1, table of Fmt and Type encodings).
///
/// The raw value is `fmt << 5 | type` as in byte 0 of the header, in its canonical form: a request that has both a
/// 3 DW and a 4 DW header is named by the 3 DW one, and a message by routing 0.
public enum TLPType: UInt8, CaseIterable, Hashable, Sendable {
  case memoryRead = 0x00
  case memoryReadLocked = 0x01
  case ioRead = 0x02
  case configRead0 = 0x04
  case configRead1 = 0x05
  case completion = 0x0a
  case completionLocked = 0x0b
  case message = 0x30
  case memoryWrite = 0x40
  case ioWrite = 0x42
  case configWrite0 = 0x44
  case configWrite1 = 0x45
  case completionData = 0x4a
  case completionDataLocked = 0x4b
  case fetchAdd = 0x4c
  case swap = 0x4d
  case compareAndSwap = 0x4e
  case messageData = 0x70

  /// The type of byte 0 of a header, or nil for a reserved encoding and for TLP prefixes (Fmt 100b).
  @inlinable
  public init?(byte0: UInt8) {
    let format = byte0 >> 5
    let type = byte0 & 0x1f
    if type & 0x18 == 0x10 {
      // Only the 4 DW formats exist for messages; the three low bits are the routing.
      guard format & 0x5 == 1 else { return nil }
      self = format == 1 ? .message : .messageData
      return
    }
    guard let candidate = TLPType(rawValue: byte0 & 0xdf) else { return nil }
    guard byte0 & 0x20 == 0 || candidate.hasLongForm else { return nil }
    self = candidate
  }

  /// Whether a 4 DW form with a 64-bit address exists beside the 3 DW form.
  @inlinable
  public var hasLongForm: Bool {
    switch self {
    case .memoryRead, .memoryReadLocked, .memoryWrite, .fetchAdd, .swap, .compareAndSwap: true
    default: false
    }
  }

  /// Whether payload follows the header: bit 1 of Fmt.
  @inlinable
  public var carriesData: Bool { rawValue & 0x40 != 0 }

  /// Whether this answers a request.
  @inlinable
  public var isCompletion: Bool { rawValue & 0xbe == 0x0a }

  /// Whether this is a configuration request of type 0 or 1.
  @inlinable
  public var isConfig: Bool { rawValue & 0xbe == 0x04 }

  /// Whether this is an I/O request.
  @inlinable
  public var isIO: Bool { rawValue & 0xbf == 0x02 }

  /// Whether this is a message, with or without data.
  @inlinable
  public var isMessage: Bool { rawValue & 0xbf == 0x30 }

  /// Whether this is FetchAdd, Swap or CAS (2.2.7, 6.15).
  @inlinable
  public var isAtomic: Bool { self == .fetchAdd || self == .swap || self == .compareAndSwap }

  /// Whether this is a read of memory space, locked or not.
  @inlinable
  public var isMemoryRead: Bool { rawValue & 0xfe == 0 }

  /// Whether the Length field has a meaning; it is reserved in packets that neither carry nor ask for data (2.2.1).
  @inlinable
  public var hasLength: Bool { self != .completion && self != .completionLocked && self != .message }

  /// The flow-control class whose credits this packet takes (2.6.1).
  @inlinable
  public var flowClass: FlowClass {
    if isCompletion { return .completion }
    return self == .memoryWrite || isMessage ? .posted : .nonPosted
  }
}

/// The flow-control and ordering class of a TLP (PCI Express Base Specification 2.4.1, 2.6.1).
public enum FlowClass: UInt8, CaseIterable, Hashable, Sendable {
  case posted = 0
  case nonPosted = 1
  case completion = 2
}
