/// The current values of one file, in a form in which equal values are equal whatever the file says about them: a vector
/// that was written with fewer digits, or in another format.
struct HeldValues {
  private enum Form: UInt8 {
    /// No value yet, or all bits `x`.
    case unknown
    /// At most 64 bits, in `word`.
    case bits
    case real
    /// An event; `word` is when it happened last.
    case event
    /// More than 64 bits that are 0 or 1: all of them in `bytes`, as in `WaveValue.wide`.
    case wide
    /// As few characters as say the value, in `bytes`.
    case states
    case text
  }

  /// Nearly all values are in here.
  private struct Held {
    var form = Form.unknown
    var word: UInt64 = 0
  }

  private let handles: [WaveHandle]
  /// Handles of events.
  private let events: [Int]
  private let isEvent: [Bool]
  private var held: [Held]
  private var bytes: [[UInt8]]

  init(_ hierarchy: WaveHierarchy) {
    let handles = hierarchy.handles
    self.handles = handles
    var isEvent = [Bool](repeating: false, count: handles.count)
    for signal in hierarchy.signals where signal.type == "event" { isEvent[signal.handle] = true }
    self.isEvent = isEvent
    events = isEvent.indices.filter { isEvent[$0] }
    held = Array(repeating: Held(), count: handles.count)
    bytes = Array(repeating: [], count: handles.count)
  }

  /// Forgets events before `time`.
  mutating func forgetEvents(before time: UInt64) {
    for event in events where held[event].form == .event && held[event].word < time { held[event] = Held() }
  }

  /// Takes a change at `time`.
  @inline(__always)
  mutating func take(_ change: WaveChange, at time: UInt64, _ cursor: WaveCursor) {
    if isEvent[change.handle] {
      // A frame has a character for it too, which is no event.
      if !cursor.isInitial { held[change.handle] = Held(form: .event, word: time) }
    } else if change.form == .bits {
      held[change.handle] = Held(form: .bits, word: change.payload)
    } else {
      takeLarge(change, cursor)
    }
  }

  private mutating func takeLarge(_ change: WaveChange, _ cursor: WaveCursor) {
    let handle = change.handle
    switch change.form {
    case .bits: held[handle] = Held(form: .bits, word: change.payload)
    case .state:
      let state = UInt8(truncatingIfNeeded: change.payload)
      withUnsafePointer(to: state) { takeStates(UnsafeBufferPointer(start: $0, count: 1), handle) }
    case .states: takeStates(cursor.bytes(of: change, count: Int(change.length)), handle)
    case .wide: take(.wide, cursor.bytes(of: change, count: (handles[handle].width + 7) / 8), handle)
    case .real:
      let number = Double(bitPattern: change.payload)
      // Zero has two signs; what is no number says as much as no value.
      held[handle] = number.isNaN ? Held() : Held(form: .real, word: (number == 0 ? 0 : number).bitPattern)
    case .text:
      take(change.length == 0 ? .unknown : .text, cursor.bytes(of: change, count: Int(change.length)), handle)
    }
  }

  /// Memory is reused when the size is the one before, as it nearly always is.
  private mutating func take(_ form: Form, _ source: UnsafeBufferPointer<UInt8>, _ handle: Int) {
    held[handle] = Held(form: form)
    if bytes[handle].count == source.count {
      bytes[handle].withUnsafeMutableBufferPointer { _ = $0.update(fromContentsOf: source) }
    } else {
      bytes[handle] = Array(source)
    }
  }

  private mutating func takeStates(_ characters: UnsafeBufferPointer<UInt8>, _ handle: Int) {
    if characters.allSatisfy({ $0 & 0xFE == UInt8(ascii: "0") }) {
      let packed = Digits.packed(Digits.extended(characters, to: handles[handle].width)) ?? []
      return packed.withUnsafeBufferPointer { take(.wide, $0, handle) }
    }
    let minimal = UnsafeBufferPointer(rebasing: Self.minimal(characters))
    if minimal.elementsEqual([UInt8(ascii: "x")]) {
      held[handle] = Held()
    } else {
      take(.states, minimal, handle)
    }
  }

  /// Without what ``Digits`` puts back on the left.
  private static func minimal(_ characters: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>> {
    let zero = UInt8(ascii: "0"), one = UInt8(ascii: "1")
    var start = 0
    while start + 1 < characters.count {
      let first = characters[start], second = characters[start + 1]
      guard first == second && first != one || first == zero && second == one else { break }
      start += 1
    }
    return characters[start...]
  }

  // MARK: - Comparison

  /// Whether the two signals have the same value; those of different widths are compared as numbers.
  @inline(__always)
  static func areEqual(_ a: borrowing HeldValues, _ handleA: Int, _ b: borrowing HeldValues, _ handleB: Int) -> Bool {
    let left = a.held[handleA], right = b.held[handleB]
    if left.form.rawValue <= Form.event.rawValue, left.form == right.form { return left.word == right.word }
    return areLargeEqual(a, handleA, b, handleB)
  }

  private static func areLargeEqual(
    _ a: borrowing HeldValues, _ handleA: Int, _ b: borrowing HeldValues, _ handleB: Int
  ) -> Bool {
    let left = a.held[handleA].form, right = b.held[handleB].form
    if a.handles[handleA].width != b.handles[handleB].width, left == .wide || right == .wide {
      guard let numberA = a.digits(handleA), let numberB = b.digits(handleB) else { return false }
      return numberA == numberB
    }
    return left == right && a.bytes[handleA] == b.bytes[handleB]
  }

  /// The digits of a number without zeros in front; nil when it is no number.
  private func digits(_ handle: Int) -> Substring? {
    switch held[handle].form {
    case .bits, .wide: value(handle).characters.drop { $0 == "0" }
    default: nil
    }
  }

  private func value(_ handle: Int) -> WaveValue {
    let width = handles[handle].width
    switch held[handle].form {
    case .unknown: return .states("x")
    case .bits: return .bits(held[handle].word, width: width)
    case .real: return .real(Double(bitPattern: held[handle].word))
    case .event: return .bits(1, width: 1)
    case .wide: return .wide(bytes[handle], width: width)
    case .text: return .text(bytes[handle])
    case .states:
      let all = bytes[handle].withUnsafeBufferPointer { Digits.extended($0, to: width) }
      return .states(String(decoding: all, as: UTF8.self))
    }
  }

  /// The value for people, with the name that `table` has for it.
  func readable(_ handle: Int, _ table: WaveEnumTable?) -> String {
    switch held[handle].form {
    case .unknown where isEvent[handle]: return "no event"
    case .event: return "event"
    case .unknown: return handles[handle].kind == .bits ? "x" : "no value"
    case .bits:
      let name = table?.cases[held[handle].word].map { " (\($0))" } ?? ""
      return value(handle).readable + name
    default: return value(handle).readable
    }
  }
}
