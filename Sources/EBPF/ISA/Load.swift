/// Widening of loaded bytes to a register (RFC 9669 sections 5.1 and 5.2).
public enum Load {
  /// The register value of a load whose little-endian bytes are the low bits of `raw`: zero-extended for LDX,
  /// sign-extended for LDXSX. Bits of `raw` beyond the access size are ignored.
  @inlinable public static func extended(opcode: UInt8, raw: UInt64) -> UInt64 {
    switch opcode {
    case 0x61: UInt64(UInt32(truncatingIfNeeded: raw))
    case 0x69: UInt64(UInt16(truncatingIfNeeded: raw))
    case 0x71: UInt64(UInt8(truncatingIfNeeded: raw))
    case 0x81: UInt64(truncatingIfNeeded: Int32(truncatingIfNeeded: raw))
    case 0x89: UInt64(truncatingIfNeeded: Int16(truncatingIfNeeded: raw))
    case 0x91: UInt64(truncatingIfNeeded: Int8(truncatingIfNeeded: raw))
    default: raw
    }
  }
}
