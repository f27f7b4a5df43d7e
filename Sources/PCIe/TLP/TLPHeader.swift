/// A decoded TLP header (PCI Express Base Specification 2.2). Fields that a type does not have stay at their defaults.
public struct TLPHeader: Hashable, Sendable {
  // Common to all types (2.2.1).

  public var type: TLPType
  /// TC, 3 bits.
  public var trafficClass: UInt8 = 0
  /// No Snoop, Relaxed Ordering, ID-based Ordering.
  public var attributes: TLPAttributes = []
  /// TD: an ECRC follows.
  public var digest = false
  /// EP: the payload is poisoned.
  public var poisoned = false
  /// Length in dwords, 1...1024; 0 in types without a length (Cpl, CplLk, Msg), where the field is reserved.
  public var lengthDW = 0
  /// Who asked: sender of a request, receiver of a completion.
  public var requesterID = DeviceID(rawValue: 0)
  /// 10 bits: T9, T8 and the Tag byte (2.2.6.2).
  public var tag: UInt16 = 0

  // Requests (2.2.4.1, 2.2.5, 2.2.7).

  /// First DW BE, 4 bits; bit 0 is the lowest byte address.
  public var firstBE: UInt8 = 0
  /// Last DW BE, 4 bits; zero in a request of one dword.
  public var lastBE: UInt8 = 0
  /// Byte address of the first dword (bits 1:0 are zero); also the route of a message by address.
  public var address: UInt64 = 0
  /// AT, in memory and atomic requests.
  public var addressType: AddressType = .untranslated
  /// TH: `processingHint` and `steeringTag` are present (2.2.7.1).
  public var hasProcessingHint = false
  /// PH, 2 bits, in the low bits of the address dword.
  public var processingHint: UInt8 = 0
  /// ST, 8 bits; takes the place of the byte enables in a read, and of the tag in a write.
  public var steeringTag: UInt8 = 0

  // Configuration requests (2.2.7), and messages routed by ID.

  /// The function addressed.
  public var target = DeviceID(rawValue: 0)
  /// Dword number in configuration space, 0...1023.
  public var register: UInt16 = 0

  // Messages (2.2.8).

  public var messageRouting: MessageRouting = .toRootComplex
  public var messageCode = MessageCode(rawValue: 0)
  /// Header bytes 8..15 as a big-endian number, less what `address` (by address: all) or `target` (by ID: the upper
  /// 16 bits) holds.
  public var messageFields: UInt64 = 0

  // Completions (2.2.9).

  /// Who answers.
  public var completerID = DeviceID(rawValue: 0)
  public var status: CompletionStatus = .successful
  /// BCM: only ever set by PCI-X completers.
  public var byteCountModified = false
  /// Bytes still to come, this packet included, 1...4096.
  public var byteCount = 0
  /// Low 7 bits of the address of the first byte that this packet carries.
  public var lowerAddress: UInt8 = 0

  /// A header of `type` with everything else at its default.
  @inlinable
  public init(_ type: TLPType) { self.type = type }
}

extension TLPHeader {
  /// Bytes that a request spans, first enabled to last enabled; 1 for a zero-length request (2.3.1.1).
  @inlinable
  public var requestedByteCount: Int {
    ByteEnables.byteCount(fromFirst: firstBE, last: lastBE, lengthDW: lengthDW)
  }

  /// Address of the first enabled byte of a request.
  @inlinable
  public var firstByteAddress: UInt64 { address | UInt64(ByteEnables.firstByteOffset(fromFirst: firstBE)) }

  /// Size of the operand of an atomic request in bytes: half the payload for CAS (2.2.7).
  @inlinable
  public var atomicOperandBytes: Int { type == .compareAndSwap ? lengthDW * 2 : lengthDW * 4 }

  /// Byte Count of the first completion that answers this request: what was asked for in a memory read, the operand
  /// of an atomic, and 4 for everything else (2.2.9).
  @inlinable
  public var completionByteCount: Int {
    if type.isMemoryRead { return requestedByteCount }
    return type.isAtomic ? atomicOperandBytes : 4
  }

  /// Lower Address of the first completion that answers this request; zero except for memory reads (2.2.9).
  @inlinable
  public var completionLowerAddress: UInt8 {
    type.isMemoryRead ? UInt8(truncatingIfNeeded: firstByteAddress) & 0x7f : 0
  }
}
