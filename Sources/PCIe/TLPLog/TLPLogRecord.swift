import CZlib
import SimKernel

/// A TLP on a link: what it is first, then when it was there.
///
/// It is what TLP logs hold (specs/tlp-log.md) and what a design is compared with.
public struct TLPLogRecord: Equatable, Sendable {
  /// The header, as far as it can be told.
  public enum Packet: Equatable, Sendable {
    /// Reserved bits are not kept. `TLPHeader.digest` says whether there is an ECRC.
    /// - `headerDW`: 3 or 4
    case wellFormed(TLPHeader, headerDW: Int)
    /// - `reason`: the name of the `MalformedTLP`
    case malformed(RawHeader, reason: String)
  }

  /// The ECRC of a well-formed packet (2.7.1).
  enum ECRC: CaseIterable { case absent, right, wrong }

  /// What follows the header, without ECRC.
  public struct Payload: Equatable, Sendable {
    public var bytes: Int
    /// CRC-32 as in zlib and Ethernet, over the bytes in wire order.
    public var crc: UInt32
    /// The payload itself as a big-endian number, where it has at most 8 bytes.
    public var data: UInt64?

    public init(bytes: Int, crc: UInt32, data: UInt64?) {
      self.bytes = bytes
      self.crc = crc
      self.data = data
    }
  }

  /// The name of the link.
  public var link: String
  public var direction: LinkDirection
  public var packet: Packet
  /// Prefix dwords in wire order, the first byte on the wire in bits 31:24 (2.2.10).
  public var prefixes: [UInt32]
  /// Whether the ECRC of a well-formed packet is not that of what it holds.
  public var hasWrongECRC: Bool
  /// Nil when there is none.
  public var payload: Payload?
  public var isReplay: Bool
  public var fate: LinkFate
  /// TLP Sequence Number, 12 bits.
  public var sequence: UInt16
  /// Bytes on the wire with framing, sequence number and LCRC.
  public var wireBytes: Int
  /// When the first byte is on the wire.
  public var start: Picoseconds
  /// When the last byte has left the sender.
  public var end: Picoseconds
  /// When the last byte is at the receiver's data link layer.
  public var arrival: Picoseconds

  public init(
    link: String, direction: LinkDirection, packet: Packet, prefixes: [UInt32] = [], hasWrongECRC: Bool = false,
    payload: Payload? = nil, isReplay: Bool = false, fate: LinkFate = .delivered, sequence: UInt16 = 0,
    wireBytes: Int = 0, start: Picoseconds = 0, end: Picoseconds = 0, arrival: Picoseconds = 0
  ) {
    self.link = link
    self.direction = direction
    self.packet = packet
    self.prefixes = prefixes
    self.hasWrongECRC = hasWrongECRC
    self.payload = payload
    self.isReplay = isReplay
    self.fate = fate
    self.sequence = sequence
    self.wireBytes = wireBytes
    self.start = start
    self.end = end
    self.arrival = arrival
  }
}

extension TLPLogRecord {
  /// - Parameter link: its name
  public init(_ transmission: LinkTransmission, link: String) {
    self.init(transmission.tlp, link: link, direction: transmission.direction, start: transmission.start)
    isReplay = transmission.isReplay
    fate = transmission.fate
    sequence = transmission.sequence
    wireBytes = transmission.wireBytes
    end = transmission.end
    arrival = transmission.arrival
  }

  /// A packet that somebody saw on a link.
  public init(_ tlp: TLP, link: String, direction: LinkDirection, start: Picoseconds) {
    let packet = Packet(tlp)
    self.init(
      link: link, direction: direction, packet: packet, prefixes: tlp.extras?.prefixes ?? [],
      hasWrongECRC: packet.hasECRC && !tlp.hasValidECRC, payload: Payload(tlp.payload), start: start)
  }
}

extension TLPLogRecord.Packet {
  /// Well-formed when it keeps all rules that can be checked without knowing the receiver.
  public init(_ tlp: TLP) {
    do throws(MalformedTLP) {
      self = .wellFormed(try tlp.decoded(), headerDW: tlp.header.dwordCount)
    } catch {
      self = .malformed(tlp.header, reason: error.name)
    }
  }

  /// Posted for a reserved type.
  public var flowClass: FlowClass {
    switch self {
    case .wellFormed(let header, _): header.type.flowClass
    case .malformed(let header, _): header.flowClass
    }
  }

  /// Whether it is well-formed and has TD set.
  var hasECRC: Bool {
    guard case .wellFormed(let header, _) = self else { return false }
    return header.digest
  }
}

extension TLPLogRecord.Payload {
  /// Nil for no bytes.
  public init?(_ payload: [UInt8]) {
    if payload.isEmpty { return nil }
    bytes = payload.count
    crc = payload.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32(0, $0.baseAddress, UInt32($0.count))) }
    data = payload.count <= 8 ? payload.reduce(0) { $0 << 8 | UInt64($1) } : nil
  }
}
