/// The condition of every JMP and JMP32 instruction as a pure function (RFC 9669 section 4.3).
public enum Branch {
  /// Whether the jump is taken. JA and JA32 always are; opcodes outside the two classes never are.
  /// - Parameters:
  ///   - a: the destination register
  ///   - b: the second operand, already selected: source register or sign-extended immediate
  @inlinable @inline(__always) public static func isTaken(opcode: UInt8, _ a: UInt64, _ b: UInt64) -> Bool {
    switch opcode {
    case 0x05, 0x06: true
    case 0x15, 0x1d: a == b
    case 0x25, 0x2d: a > b
    case 0x35, 0x3d: a >= b
    case 0x45, 0x4d: a & b != 0
    case 0x55, 0x5d: a != b
    case 0x65, 0x6d: a.signed > b.signed
    case 0x75, 0x7d: a.signed >= b.signed
    case 0xa5, 0xad: a < b
    case 0xb5, 0xbd: a <= b
    case 0xc5, 0xcd: a.signed < b.signed
    case 0xd5, 0xdd: a.signed <= b.signed

    case 0x16, 0x1e: low(a) == low(b)
    case 0x26, 0x2e: low(a) > low(b)
    case 0x36, 0x3e: low(a) >= low(b)
    case 0x46, 0x4e: low(a) & low(b) != 0
    case 0x56, 0x5e: low(a) != low(b)
    case 0x66, 0x6e: lowSigned(a) > lowSigned(b)
    case 0x76, 0x7e: lowSigned(a) >= lowSigned(b)
    case 0xa6, 0xae: low(a) < low(b)
    case 0xb6, 0xbe: low(a) <= low(b)
    case 0xc6, 0xce: lowSigned(a) < lowSigned(b)
    case 0xd6, 0xde: lowSigned(a) <= lowSigned(b)
    default: false
    }
  }

  @inlinable static func low(_ x: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: x) }
  @inlinable static func lowSigned(_ x: UInt64) -> Int32 { Int32(truncatingIfNeeded: x) }
}
