/// Why a received packet is malformed (PCI Express Base Specification 2.3, 6.2). Carries what was found.
public enum MalformedTLP: Error, Hashable, Sendable, CustomStringConvertible {
  /// The packet ends within its header (2.2.1).
  case headerTooShort(bytes: Int, expected: Int)
  /// The packet ends within a prefix, which has four bytes (2.2.10).
  case prefixTooShort(bytes: Int)
  /// No header follows the prefixes (2.2.10).
  case prefixWithoutHeader(prefixes: Int)
  /// The type of a prefix (byte 0) is reserved (2.2.10).
  case reservedPrefix(byte0: UInt8)
  /// A local prefix (byte 0) follows an end-end one (2.2.10).
  case prefixOrder(byte0: UInt8)
  /// More than four end-end prefixes (2.2.10.2).
  case tooManyPrefixes(endToEnd: Int)
  /// TD is set, but only `bytes` bytes of an ECRC follow the payload (2.2.3).
  case missingECRC(bytes: Int)
  /// Fmt and Type (byte 0) are reserved, or a TLP prefix (2.2.1).
  case reservedType(byte0: UInt8)
  /// The payload is not 4 x Length bytes (2.2.2).
  case payloadMismatch(lengthDW: Int, payloadBytes: Int)
  /// A type without data came with a payload (2.2.2).
  case unexpectedPayload(payloadBytes: Int)
  /// The payload exceeds Max_Payload_Size of the receiver (2.2.2).
  case payloadTooLarge(payloadBytes: Int, maxPayload: Int)
  /// Address and Length leave the 4 KiB page (2.2.7).
  case crosses4KiB(address: UInt64, lengthDW: Int)
  /// The byte enables break 2.2.5.
  case byteEnables(first: UInt8, last: UInt8, lengthDW: Int)
  /// Length is not 1 in an I/O or configuration request, or no operand size in an atomic one (2.2.7).
  case length(lengthDW: Int)
  /// An I/O or configuration request, or a message that has to use TC0, with another traffic class (2.2.7, 2.2.8).
  case trafficClass(UInt8)
  /// An I/O or configuration request with No Snoop or Relaxed Ordering (2.2.7).
  case attributes(TLPAttributes)
  /// An atomic request that is not aligned to its operand (2.2.7).
  case misalignedAtomic(address: UInt64, operandBytes: Int)
  /// A message on a route that is not the one of its code (2.2.8.6).
  case messageRouting(MessageCode, routing: MessageRouting)
  /// A message whose payload is not the one of its code (2.2.8.6). Length is 0 in a message without data.
  case messagePayload(MessageCode, lengthDW: Int)
  /// A completion that carries more dwords than its byte count covers (2.2.9).
  case completionByteCount(byteCount: Int, lengthDW: Int, lowerAddress: UInt8)

  public var description: String {
    switch self {
    case .headerTooShort(let bytes, let expected):
      "header of \(bytes) bytes, expected \(expected)"
    case .prefixTooShort(let bytes):
      "prefix of \(bytes) bytes, expected 4"
    case .prefixWithoutHeader(let prefixes):
      "no header after \(prefixes) prefixes"
    case .reservedPrefix(let byte0):
      "reserved prefix type 0x\(String(byte0, radix: 16))"
    case .prefixOrder(let byte0):
      "local prefix 0x\(String(byte0, radix: 16)) after an end-end one, expected before all of them"
    case .tooManyPrefixes(let endToEnd):
      "\(endToEnd) end-end prefixes, expected at most 4"
    case .missingECRC(let bytes):
      "ECRC of \(bytes) bytes, expected 4 as TD is set"
    case .reservedType(let byte0):
      "reserved Fmt and Type 0x\(String(byte0, radix: 16))"
    case .payloadMismatch(let lengthDW, let payloadBytes):
      "payload of \(payloadBytes) bytes, expected \(lengthDW * 4) by Length"
    case .unexpectedPayload(let payloadBytes):
      "payload of \(payloadBytes) bytes, expected none for this type"
    case .payloadTooLarge(let payloadBytes, let maxPayload):
      "payload of \(payloadBytes) bytes, expected at most \(maxPayload)"
    case .crosses4KiB(let address, let lengthDW):
      "\(lengthDW) dwords at 0x\(String(address, radix: 16)) cross a 4 KiB boundary"
    case .byteEnables(let first, let last, let lengthDW):
      "byte enables first 0x\(String(first, radix: 16)), last 0x\(String(last, radix: 16)) with \(lengthDW) dwords"
    case .length(let lengthDW):
      "Length \(lengthDW) is not allowed for this type"
    case .trafficClass(let value):
      "traffic class \(value), expected 0"
    case .attributes(let value):
      "Attr \(value.rawValue), expected no No Snoop and no Relaxed Ordering"
    case .misalignedAtomic(let address, let operandBytes):
      "atomic operand of \(operandBytes) bytes at 0x\(String(address, radix: 16)) is not aligned"
    case .messageRouting(let code, let routing):
      "message 0x\(String(code.rawValue, radix: 16)) with routing \(routing.rawValue), expected that of its subtype"
    case .messagePayload(let code, let lengthDW):
      "message 0x\(String(code.rawValue, radix: 16)) with \(lengthDW) dwords, expected the payload of its subtype"
    case .completionByteCount(let byteCount, let lengthDW, let lowerAddress):
      "\(lengthDW) dwords from lower address 0x\(String(lowerAddress, radix: 16)), byte count only \(byteCount)"
    }
  }
}
