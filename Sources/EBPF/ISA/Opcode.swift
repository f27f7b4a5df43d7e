/// The opcodes that control logic names one by one. The regular groups (ALU, conditional jumps, loads and stores)
/// are described by ``OpcodeTraits``.
///
/// Computed, not stored, so that they are literals in the switches of other modules.
public enum Opcode {
  /// 64-bit immediate, two slots (RFC 9669 section 5.4).
  @inlinable public static var lddw: UInt8 { 0x18 }
  /// Jump by `offset`.
  @inlinable public static var ja: UInt8 { 0x05 }
  /// Jump by `immediate`.
  @inlinable public static var ja32: UInt8 { 0x06 }
  /// Call: source 0 a helper by number, source 1 a local function, source 2 a helper by BTF id (section 4.3.1).
  @inlinable public static var call: UInt8 { 0x85 }
  /// Call of what the destination register holds, a ``CodeAddress`` or the number of a helper: emitted by compilers,
  /// not part of RFC 9669.
  @inlinable public static var callx: UInt8 { 0x8d }
  @inlinable public static var exit: UInt8 { 0x95 }
  /// Read-modify-write of 4 bytes; the immediate selects the operation (section 5.3).
  @inlinable public static var atomic32: UInt8 { 0xc3 }
  /// Read-modify-write of 8 bytes.
  @inlinable public static var atomic64: UInt8 { 0xdb }
  /// Set in an ALU or jump opcode when the second operand is the source register (section 4, field `s`).
  @inlinable public static var sourceBit: UInt8 { 0x08 }
}
