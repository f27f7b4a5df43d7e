/// A data link layer packet (PCI Express Base Specification 3.5).
public enum DLLP: Hashable, Sendable {
  /// All TLPs up to this sequence number have come.
  case ack(sequence: UInt16)
  /// All TLPs up to this sequence number have come; what follows is to be sent again.
  case nak(sequence: UInt16)
  case initFC1(FlowClass, header: UInt8, data: UInt16)
  case initFC2(FlowClass, header: UInt8, data: UInt16)
  case updateFC(FlowClass, header: UInt8, data: UInt16)
}
