import SimKernel

/// What became of a packet on the wire.
public enum LinkFate: UInt8, CaseIterable, Hashable, Sendable {
  /// It arrives as it was sent. A receiver still discards it when its sequence number is not the next one (3.6.3.1).
  case delivered
  /// It arrives with a wrong LCRC (3.6.3.1).
  case corrupted
  /// It does not arrive.
  case dropped
}

extension LinkFate {
  /// What an injected fault makes of a TLP.
  init(_ fault: WireFault) {
    switch fault {
    case .dropTLP: self = .dropped
    case .corruptTLP: self = .corrupted
    case .none, .dropDLLP, .corruptDLLP: self = .delivered
    }
  }
}

/// A TLP that a link transmits, for the first time or again.
public struct LinkTransmission: Sendable {
  /// Index of the link in the system.
  public var link: Int
  public var direction: LinkDirection
  /// When its first byte is on the wire.
  public var start: Picoseconds
  /// When its last byte has left the sender.
  public var end: Picoseconds
  /// When its last byte is at the receiver's data link layer.
  public var arrival: Picoseconds
  /// TLP Sequence Number, 12 bits (3.6.2.1).
  public var sequence: UInt16
  /// Whether it comes from the retry buffer after a NAK or a timeout (3.6.2.1).
  public var isReplay: Bool
  public var fate: LinkFate
  /// Bytes on the wire with framing, sequence number and LCRC.
  public var wireBytes: Int
  public var tlp: TLP

  public init(
    link: Int, direction: LinkDirection, start: Picoseconds, end: Picoseconds, arrival: Picoseconds, sequence: UInt16,
    isReplay: Bool = false, fate: LinkFate = .delivered, wireBytes: Int, tlp: TLP
  ) {
    self.link = link
    self.direction = direction
    self.start = start
    self.end = end
    self.arrival = arrival
    self.sequence = sequence
    self.isReplay = isReplay
    self.fate = fate
    self.wireBytes = wireBytes
    self.tlp = tlp
  }
}

/// Hears of each TLP that links transmit, and of what decides when the next one may go. It cannot change timing: a link
/// tells it what is decided already.
open class LinkObserver {
  public init() {}

  /// Called once for each transmission, when the link decides that it starts.
  /// - Parameter now: the edge at which it decides; `start` is not before it
  open func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {}

  /// The sender of one direction has heard a DLLP: TLPs may have been acknowledged, and credits been freed.
  /// - Parameters:
  ///   - link: index of the link in the system
  ///   - now: the edge at which it happens
  open func senderInformed(link: Int, _ direction: LinkDirection, now: Picoseconds) {}

  /// The physical layer of a link is in another phase from `now` on.
  open func entered(_ phase: LinkPhase, link: Int, now: Picoseconds) {}
}

/// Passes on what links tell, so that they have one listener.
public final class LinkObserverGroup: LinkObserver {
  private let members: [LinkObserver]

  public init(_ members: [LinkObserver]) { self.members = members }

  public override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    for member in members { member.transmitted(transmission, now: now) }
  }

  public override func senderInformed(link: Int, _ direction: LinkDirection, now: Picoseconds) {
    for member in members { member.senderInformed(link: link, direction, now: now) }
  }

  public override func entered(_ phase: LinkPhase, link: Int, now: Picoseconds) {
    for member in members { member.entered(phase, link: link, now: now) }
  }
}
