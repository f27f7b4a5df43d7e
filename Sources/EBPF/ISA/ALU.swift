/// The arithmetic unit: every ALU32 and ALU64 instruction as a pure function (RFC 9669 section 4.1 and 4.2).
///
/// Total: no input traps. Opcodes outside the two classes, and widths or offsets that the verifier refuses, return
/// the destination unchanged.
public enum ALU {
  /// The new value of the destination register.
  /// - Parameters:
  ///   - offset: selects SDIV and SMOD (1) and the width of MOVSX (8, 16, 32)
  ///   - immediate: the width of LE, BE and BSWAP
  ///   - a: the destination register
  ///   - b: the second operand, already selected: source register or sign-extended immediate
  @inlinable @inline(__always) public static func result(
    opcode: UInt8, offset: Int16, immediate: Int32, destination a: UInt64, operand b: UInt64
  ) -> UInt64 {
    switch opcode {
    case 0x07, 0x0f: add(a, b)
    case 0x17, 0x1f: subtract(a, b)
    case 0x27, 0x2f: multiply(a, b)
    case 0x37, 0x3f: offset == 0 ? divide(a, b) : divideSigned(a, b)
    case 0x47, 0x4f: or(a, b)
    case 0x57, 0x5f: and(a, b)
    case 0x67, 0x6f: shiftLeft(a, b)
    case 0x77, 0x7f: shiftRight(a, b)
    case 0x87: negate(a)
    case 0x97, 0x9f: offset == 0 ? modulo(a, b) : moduloSigned(a, b)
    case 0xa7, 0xaf: xor(a, b)
    case 0xb7: b
    case 0xbf: signExtend(b, width: offset)
    case 0xc7, 0xcf: shiftRightSigned(a, b)
    case 0xd7: swapBytes(a, width: immediate)

    case 0x04, 0x0c: wide(add(low(a), low(b)))
    case 0x14, 0x1c: wide(subtract(low(a), low(b)))
    case 0x24, 0x2c: wide(multiply(low(a), low(b)))
    case 0x34, 0x3c: offset == 0 ? wide(divide(low(a), low(b))) : wide(divideSigned(low(a), low(b)))
    case 0x44, 0x4c: wide(or(low(a), low(b)))
    case 0x54, 0x5c: wide(and(low(a), low(b)))
    case 0x64, 0x6c: wide(shiftLeft(low(a), low(b)))
    case 0x74, 0x7c: wide(shiftRight(low(a), low(b)))
    case 0x84: wide(negate(low(a)))
    case 0x94, 0x9c: offset == 0 ? wide(modulo(low(a), low(b))) : wide(moduloSigned(low(a), low(b)))
    case 0xa4, 0xac: wide(xor(low(a), low(b)))
    case 0xb4: wide(low(b))
    case 0xbc: wide(low(signExtend(b, width: offset)))
    case 0xc4, 0xcc: wide(shiftRightSigned(low(a), low(b)))
    case 0xd4: truncate(a, width: immediate)
    case 0xdc: swapBytes(a, width: immediate)
    default: a
    }
  }

  @inlinable static func add<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a &+ b }
  @inlinable static func subtract<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a &- b }
  @inlinable static func multiply<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a &* b }
  @inlinable static func negate<T: FixedWidthInteger & UnsignedInteger>(_ a: T) -> T { 0 &- a }
  @inlinable static func or<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a | b }
  @inlinable static func and<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a & b }
  @inlinable static func xor<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a ^ b }

  /// Shifts mask their distance to the width of the operation (section 4.1).
  @inlinable static func shiftLeft<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a &<< b }
  @inlinable static func shiftRight<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T { a &>> b }

  @inlinable static func shiftRightSigned(_ a: UInt64, _ b: UInt64) -> UInt64 {
    UInt64(bitPattern: a.signed &>> b.signed)
  }

  @inlinable static func shiftRightSigned(_ a: UInt32, _ b: UInt32) -> UInt32 {
    UInt32(bitPattern: Int32(bitPattern: a) &>> Int32(bitPattern: b))
  }

  /// The operands and the result of a 32-bit instruction: the upper half is ignored, and cleared.
  @inlinable static func low(_ x: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: x) }
  @inlinable static func wide(_ x: UInt32) -> UInt64 { UInt64(x) }

  /// Division by zero yields zero (section 4.1).
  @inlinable static func divide<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T {
    b == 0 ? 0 : a / b
  }

  /// Modulo by zero yields the dividend.
  @inlinable static func modulo<T: FixedWidthInteger & UnsignedInteger>(_ a: T, _ b: T) -> T {
    b == 0 ? a : a % b
  }

  /// Rounds toward zero. The divisor -1 is a negation, which keeps the most negative dividend where a division
  /// would overflow.
  @inlinable static func divideSigned(_ a: UInt64, _ b: UInt64) -> UInt64 {
    if b == 0 { return 0 }
    return b == .max ? 0 &- a : UInt64(bitPattern: a.signed / b.signed)
  }

  @inlinable static func divideSigned(_ a: UInt32, _ b: UInt32) -> UInt32 {
    if b == 0 { return 0 }
    return b == .max ? 0 &- a : UInt32(bitPattern: Int32(bitPattern: a) / Int32(bitPattern: b))
  }

  /// The result has the sign of the dividend.
  @inlinable static func moduloSigned(_ a: UInt64, _ b: UInt64) -> UInt64 {
    if b == 0 { return a }
    return b == .max ? 0 : UInt64(bitPattern: a.signed % b.signed)
  }

  @inlinable static func moduloSigned(_ a: UInt32, _ b: UInt32) -> UInt32 {
    if b == 0 { return a }
    return b == .max ? 0 : UInt32(bitPattern: Int32(bitPattern: a) % Int32(bitPattern: b))
  }

  /// MOV and MOVSX: the offset field is 0 or the width to extend from.
  @inlinable static func signExtend(_ x: UInt64, width: Int16) -> UInt64 {
    switch width {
    case 8: UInt64(truncatingIfNeeded: Int8(truncatingIfNeeded: x))
    case 16: UInt64(truncatingIfNeeded: Int16(truncatingIfNeeded: x))
    case 32: UInt64(truncatingIfNeeded: Int32(truncatingIfNeeded: x))
    default: x
    }
  }

  /// To little endian: on a little-endian machine only the truncation remains (section 4.2).
  @inlinable static func truncate(_ x: UInt64, width: Int32) -> UInt64 {
    switch width {
    case 16: UInt64(UInt16(truncatingIfNeeded: x))
    case 32: UInt64(UInt32(truncatingIfNeeded: x))
    default: x
    }
  }

  /// To big endian and BSWAP: reverse the low bytes, clear the rest.
  @inlinable static func swapBytes(_ x: UInt64, width: Int32) -> UInt64 {
    switch width {
    case 16: UInt64(UInt16(truncatingIfNeeded: x).byteSwapped)
    case 32: UInt64(UInt32(truncatingIfNeeded: x).byteSwapped)
    case 64: x.byteSwapped
    default: x
    }
  }
}
