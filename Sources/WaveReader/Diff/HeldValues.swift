/// The current values of one file, in a form in which equal values are equal whatever the file says about them: a vector
/// that was written with fewer digits, or in another format.
struct HeldValues {
  private enum Form: UInt8 {
    /// No value yet, or all bits `x`.
    case unknown
    /// The number is in `word`, without leading zeros in effect.
    case bits
    case real
    /// The rest is in `bytes`.
    case states
    case text
  }

  /// Nearly all values are in here.
  private struct Held {
    var form = Form.unknown
    var word: UInt64 = 0
  }

  private let handles: [WaveHandle]
  private var held: [Held]
  /// As few characters as say the value, or text.
  private var bytes: [Int: [UInt8]] = [:]

  init(_ handles: [WaveHandle]) {
    self.handles = handles
    held = Array(repeating: Held(), count: handles.count)
  }

  @inline(__always)
  mutating func take(_ change: WaveChange, _ cursor: WaveCursor) {
    if change.form == .bits {
      held[change.handle] = Held(form: .bits, word: change.payload)
    } else {
      takeLarge(change, cursor)
    }
  }

  private mutating func takeLarge(_ change: WaveChange, _ cursor: WaveCursor) {
    let handle = change.handle
    switch change.form {
    case .bits: held[handle] = Held(form: .bits, word: change.payload)
    case .state: takeStates([UInt8(truncatingIfNeeded: change.payload)], handle)
    case .states: takeStates(Array(cursor.bytes(of: change, count: Int(change.length))), handle)
    case .wide:
      let packed = cursor.bytes(of: change, count: (handles[handle].width + 7) / 8)
      takeStates(
        (0..<handles[handle].width).map { UInt8(ascii: "0") | (packed[$0 / 8] >> UInt8(7 - $0 % 8) & 1) }, handle)
    case .real:
      let number = Double(bitPattern: change.payload)
      // Zero has two signs; what is no number says as much as no value.
      held[handle] = number.isNaN ? Held() : Held(form: .real, word: (number == 0 ? 0 : number).bitPattern)
    case .text:
      let text = Array(cursor.bytes(of: change, count: Int(change.length)))
      held[handle] = Held(form: text.isEmpty ? .unknown : .text)
      bytes[handle] = text
    }
  }

  private mutating func takeStates(_ characters: [UInt8], _ handle: Int) {
    var rest = characters[...]
    // What ``Digits`` puts back on the left.
    while rest.count > 1, let first = rest.first {
      let second = rest[rest.startIndex + 1]
      guard first == second && first != UInt8(ascii: "1") || first == UInt8(ascii: "0") && second == UInt8(ascii: "1")
      else { break }
      rest = rest.dropFirst()
    }
    if rest.count <= 64, rest.allSatisfy({ $0 & 0xFE == UInt8(ascii: "0") }) {
      held[handle] = Held(form: .bits, word: rest.reduce(0) { $0 << 1 | UInt64($1 & 1) })
    } else if rest.elementsEqual([UInt8(ascii: "x")]) {
      held[handle] = Held()
    } else {
      held[handle] = Held(form: .states)
      bytes[handle] = Array(rest)
    }
  }

  /// Whether the two signals have the same value.
  @inline(__always)
  static func areEqual(_ a: borrowing HeldValues, _ handleA: Int, _ b: borrowing HeldValues, _ handleB: Int) -> Bool {
    let left = a.held[handleA], right = b.held[handleB]
    guard left.form == right.form && left.word == right.word else { return false }
    return left.form.rawValue < Form.states.rawValue || a.bytes[handleA] == b.bytes[handleB]
  }

  /// The value for people, with the name that `table` has for it.
  func readable(_ handle: Int, _ table: WaveEnumTable?) -> String {
    let width = handles[handle].width
    let bytes = bytes[handle] ?? []
    switch held[handle].form {
    case .unknown: return handles[handle].kind == .bits ? "x" : "no value"
    case .bits:
      let word = held[handle].word
      let name = table?.cases[word].map { " (\($0))" } ?? ""
      return WaveValue.bits(word, width: width).readable + name
    case .real: return WaveValue.real(Double(bitPattern: held[handle].word)).readable
    case .text: return WaveValue.text(bytes).readable
    case .states:
      let characters = bytes.withUnsafeBufferPointer { Digits.extended($0, to: width) }
      guard let packed = Digits.packed(characters) else {
        return WaveValue.states(String(decoding: characters, as: UTF8.self)).readable
      }
      return WaveValue.wide(packed, width: width).readable
    }
  }
}
