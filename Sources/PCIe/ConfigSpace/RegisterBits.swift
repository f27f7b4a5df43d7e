/// How software writes change a register field.
extension FixedWidthInteger {
  /// Takes the bits of `mask` from `value`.
  mutating func merge(_ value: UInt32, _ mask: UInt32) {
    self = self & ~Self(truncatingIfNeeded: mask) | Self(truncatingIfNeeded: value & mask)
  }

  /// Clears the bits that are one in `ones` (write-one-to-clear).
  mutating func clear(_ ones: UInt32) { self &= ~Self(truncatingIfNeeded: ones) }
}

/// The bits of a dword that the byte enables select; bit 0 of `byteEnable` is for bits 7:0.
func laneMask(_ byteEnable: UInt8) -> UInt32 {
  (byteEnable & 1 != 0 ? 0xff : 0) | (byteEnable & 2 != 0 ? 0xff00 : 0)
    | (byteEnable & 4 != 0 ? 0xff_0000 : 0) | (byteEnable & 8 != 0 ? 0xff00_0000 : 0)
}
