/// A signal inside a word, ready for use.
struct PlacedField {
  let signal: Int
  /// Its bits in the word.
  let mask: UInt64
  let shift: UInt64
  let substitute: WordField.Substitute?

  init(_ field: WordField, width: Int) {
    precondition(field.shift >= 0 && field.shift < 64, "a field lies within 64 bits")
    signal = field.signal.index
    shift = UInt64(field.shift)
    mask = bitMask(width: width) << shift
    substitute = field.substitute
  }

  /// The whole word of a signal of its own.
  init(signal: Int, mask: UInt64) {
    self.signal = signal
    self.mask = mask
    shift = 0
    substitute = nil
  }

  /// The signal's value in `word`.
  @inline(__always)
  func value(in word: UInt64) -> UInt64 {
    let bits = (word & mask) &>> shift
    return substitute?.value(of: word, bits: bits) ?? bits
  }
}
