/// Attr[2:0] of a header (PCI Express Base Specification 2.2.6.3).
public struct TLPAttributes: OptionSet, Hashable, Sendable {
  public var rawValue: UInt8

  @inlinable
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Attr[0]: the host need not snoop its caches for this access.
  public static let noSnoop = TLPAttributes(rawValue: 1)
  /// Attr[1]: the packet may pass earlier posted ones (2.4.1).
  public static let relaxedOrdering = TLPAttributes(rawValue: 2)
  /// Attr[2]: the packet may pass packets of other requesters (2.4.1).
  public static let idBasedOrdering = TLPAttributes(rawValue: 4)
}

/// AT[1:0] of a memory or atomic request (PCI Express Base Specification 2.2.4.1, 10.2.1).
public enum AddressType: UInt8, CaseIterable, Hashable, Sendable {
  case untranslated = 0
  case translationRequest = 1
  case translated = 2
  case reserved = 3
}

/// Completion Status, 3 bits (PCI Express Base Specification 2.2.9).
public enum CompletionStatus: UInt8, CaseIterable, Hashable, Sendable {
  case successful = 0
  case unsupportedRequest = 1
  case configurationRetry = 2
  case completerAbort = 4

  /// The status of the three field bits; a reserved value is handled as Unsupported Request (2.3.2).
  @inlinable
  public init(field: UInt8) {
    self = CompletionStatus(rawValue: field & 0x7) ?? .unsupportedRequest
  }
}

/// How a message finds its receiver: the low three bits of Type (PCI Express Base Specification 2.2.8).
public enum MessageRouting: UInt8, CaseIterable, Hashable, Sendable {
  case toRootComplex = 0
  case byAddress = 1
  case byID = 2
  case broadcastFromRoot = 3
  case local = 4
  case gatheredToRoot = 5

  /// The routing of the three field bits; the reserved values 6 and 7 end at the receiver, as `local` does.
  @inlinable
  public init(field: UInt8) {
    self = MessageRouting(rawValue: field & 0x7) ?? .local
  }
}
