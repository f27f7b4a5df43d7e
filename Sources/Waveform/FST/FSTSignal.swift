/// What encoding needs to know about a signal.
struct FSTSignal {
  enum Encoding: UInt8 {
    case bit, word, wide, real, text, event
  }

  let encoding: Encoding
  /// Bits of a vector; 0 for the others.
  let width: Int
  /// Whether bits may be something else than 0 and 1.
  let isLogic: Bool
  /// Where its value begins in a frame.
  let frameOffset: Int

  init(_ type: SignalType, frameOffset: Int) {
    width = type.width
    self.frameOffset = frameOffset
    switch type {
    case .bits(let width), .logic(let width): encoding = width == 1 ? .bit : width <= 64 ? .word : .wide
    case .real: encoding = .real
    case .text: encoding = .text
    case .event: encoding = .event
    }
    if case .logic = type { isLogic = true } else { isLogic = false }
  }

  /// Bytes in a frame: a character for each bit. Text has no place in it.
  var frameBytes: Int { encoding == .real ? 8 : width }

  /// Bytes of a value whose bits are 0 and 1.
  var valueBytes: Int { encoding == .real ? 8 : (width + 7) / 8 }

  /// The width as the GEOM block gives it.
  var geometry: UInt64 {
    switch encoding {
    case .bit, .word, .wide, .event: UInt64(width)
    case .real: 0
    case .text: 0xFFFF_FFFF
    }
  }
}
