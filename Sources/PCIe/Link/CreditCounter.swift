import SimKernel

/// The credits of one flow-control class at the sender: what the receiver allows and what was used, modulo 2^8 headers
/// and 2^12 units of 16 bytes (PCI Express Base Specification 2.6.1.2).
public struct CreditCounter: TracedState, Hashable, Sendable {
  /// CREDIT_LIMIT.
  public var headerLimit: UInt8 = 0
  /// CREDITS_CONSUMED.
  public var headersUsed: UInt8 = 0
  public var dataLimit: UInt16 = 0
  public var dataUsed: UInt16 = 0
  /// The receiver advertised 0 in InitFC: no check.
  public var infiniteHeaders = false
  public var infiniteData = false

  public static var signals: [SignalDeclaration<CreditCounter>] {
    [
      .counter("headerLimit", \.headerLimit), .counter("headersUsed", \.headersUsed),
      .counter("dataLimit", \.dataLimit, width: 12), .counter("dataUsed", \.dataUsed, width: 12),
      .flag("infiniteHeaders", \.infiniteHeaders), .flag("infiniteData", \.infiniteData),
    ]
  }

  /// What InitFC1 or InitFC2 says.
  public mutating func initialise(header: UInt8, data: UInt16) {
    self = CreditCounter()
    (headerLimit, dataLimit) = (header, data & 0xfff)
    (infiniteHeaders, infiniteData) = (header == 0, data == 0)
  }

  /// What UpdateFC says; a field that was infinite is ignored.
  public mutating func update(header: UInt8, data: UInt16) {
    (headerLimit, dataLimit) = (header, data & 0xfff)
  }

  /// Whether a packet with `data` units may go: (limit - (used + needed)) mod 2^n is at most half of 2^n.
  @inlinable
  public func allows(data: UInt16) -> Bool {
    let headersAfter = headerLimit &- headersUsed &- 1
    let dataAfter = (dataLimit &- dataUsed &- data) & 0xfff
    return (infiniteHeaders || headersAfter <= 128) && (infiniteData || dataAfter <= 2_048)
  }

  /// Uses the credits of one packet.
  @inlinable
  public mutating func use(data: UInt16) {
    headersUsed &+= 1
    dataUsed = (dataUsed &+ data) & 0xfff
  }
}

/// The credits of one class at the receiver (2.6.1.2).
public struct CreditAllocation: TracedState, Sendable {
  /// CREDITS_ALLOCATED: initial credits and all that were freed.
  public var headers: UInt8 = 0
  public var data: UInt16 = 0
  /// Picoseconds: when an UpdateFC is due, but for starvation.
  public var dueAt: Picoseconds = .max
  /// Picoseconds: until then nothing is freed.
  public var starvedUntil: Picoseconds = 0
  /// Messages that the receiver had taken out of the buffer when it was looked at last.
  public var taken: UInt32 = 0
  /// Neither headers nor data are limited: no UpdateFC.
  public var isInfinite = false

  /// Picoseconds: when an UpdateFC may go.
  var updateAt: Picoseconds { max(dueAt, starvedUntil) }

  public static var signals: [SignalDeclaration<CreditAllocation>] {
    [
      .counter("headers", \.headers), .counter("data", \.data, width: 12), .counter("dueAt", \.dueAt),
      .counter("starvedUntil", \.starvedUntil), .counter("taken", \.taken), .flag("isInfinite", \.isInfinite),
    ]
  }
}
