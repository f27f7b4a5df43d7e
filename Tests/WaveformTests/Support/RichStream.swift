import CLibFST
import TestSupport
import Waveform

/// Everything that a dump can have: vectors of all widths in two and nine states, reals, texts, events, aliases, words.
struct RichStream {
  struct Signal {
    let name: String
    let type: SignalType
    let initial: SignalValue
  }

  enum Event {
    case advance(UInt64)
    case change(Int, SignalValue)
    /// All signals of a word, by its number.
    case word(Int, UInt64)
  }

  var signals: [Signal] = []
  /// Signals of each word, and their places.
  var words: [(initial: UInt64, fields: [(signal: Int, shift: Int)])] = []
  /// Second names.
  var aliases: [(name: String, signal: Int)] = []
  var startTime: UInt64 = 0
  var events: [Event] = []
  var endTime: UInt64 = 0

  // MARK: - Making one

  static let widths = [1, 2, 7, 8, 9, 31, 33, 63, 64, 65, 100, 128, 1000, 4096]

  /// Signals of every kind, and `steps` time steps that change some of them.
  static func random(seed: UInt64, steps: Int) -> RichStream {
    var random = SeededRandom(state: seed), stream = RichStream()
    let types =
      widths.map { SignalType.bits($0) } + widths.map { .logic($0) } + [.real, .text, .event, .real, .text, .event]
    for (index, type) in types.enumerated() {
      stream.signals.append(Signal(name: "s\(index)", type: type, initial: value(of: type, &random)))
    }
    stream.addWords(&random)
    stream.aliases = stream.signals.indices.filter { $0 % 5 == 0 }.map { ("alias\($0)", $0) }
    stream.startTime = seed % 2 == 0 ? 0 : 1234
    stream.endTime = stream.startTime
    let own = types.count
    for _ in 0..<steps {
      stream.endTime += random.next() % 20 == 0 ? random.next() >> 30 : 1000
      stream.events.append(.advance(stream.endTime))
      for _ in 0..<random.next() % 6 {
        let signal = Int(random.next() % UInt64(own))
        stream.events.append(.change(signal, value(of: types[signal], &random)))
      }
      if random.next() % 2 == 0 { stream.events.append(.word(Int(random.next() % 3), random.next())) }
    }
    stream.endTime += 17
    return stream
  }

  /// Three words of several signals, one of them a single bit.
  private mutating func addWords(_ random: inout SeededRandom) {
    for (word, fields) in [[(1, 0), (7, 1), (17, 20), (1, 63)], [(64, 0)], [(33, 5), (9, 50)]].enumerated() {
      let initial = random.next()
      var placed: [(signal: Int, shift: Int)] = []
      for (width, shift) in fields {
        placed.append((signals.count, shift))
        signals.append(
          Signal(name: "w\(word)_\(shift)", type: .bits(width), initial: .bits(initial >> UInt64(shift))))
      }
      words.append((initial, placed))
    }
  }

  private static func value(of type: SignalType, _ random: inout SeededRandom) -> SignalValue {
    switch type {
    case .bits(let width) where width <= 64 && random.next() % 4 != 0: return .bits(random.next())
    case .bits(let width):
      // Sometimes words are missing, sometimes bits are too many.
      let count = Int(random.next() % UInt64(width / 64 + 2))
      return .words((0..<count).map { _ in random.next() })
    case .logic(let width):
      // libfst writes a single ? as -.
      let states = random.next() % 3 == 0 ? Array("01") : Array(width == 1 ? "01xzhuwl-" : "01xzhuwl-?")
      let count = random.next() % 4 == 0 ? Int(random.next() % UInt64(width + 1)) : width
      return .logic(String((0..<count).map { _ in states[Int(random.next() % UInt64(states.count))] }))
    // fst2vcd prints 16 digits.
    case .real: return .real(Double(Int64(bitPattern: random.next()) >> 24) / 8)
    case .text:
      let letters = Array("ab 01\"\\?'\u{e4}\t\n~")
      let count = random.next() % 30
      return .text(String((0..<count).map { _ in letters[Int(random.next() % UInt64(letters.count))] }))
    case .event: return .bits(1)
    }
  }

  // MARK: - Writing it

  func write(to writer: some WaveformWriter) throws {
    let (handles, words) = declare(in: writer)
    try writer.start(at: startTime)
    for event in events {
      switch event {
      case .advance(let time): writer.advance(to: time)
      case .change(let signal, let value): writer.change(handles[signal], to: value)
      case .word(let word, let value): writer.change(words[word], to: value)
      }
    }
    try writer.close(at: endTime)
  }

  func declare(in writer: some WaveformWriter) -> ([SignalHandle], [WordHandle]) {
    writer.beginScope(WaveformScope("top", component: "Device", source: .init(path: "device.sv", line: 12)))
    writer.addComment("what it is")
    let handles = signals.map { writer.addVariable(WaveformVariable($0.name, $0.type, initial: $0.initial)) }
    writer.beginScope(WaveformScope("inner", kind: .struct))
    for alias in aliases { writer.addAlias(alias.name, of: handles[alias.signal], enumeration: nil) }
    writer.endScope()
    writer.endScope()
    let words = words.map { word in
      writer.addWord(word.fields.map { WordField(handles[$0.signal], shift: $0.shift) }, initial: word.initial)
    }
    return (handles, words)
  }

  /// Writes the same by GTKWave's library.
  func writeWithLibFST(path: String) {
    let writer = libfst_create(path, -12)!
    libfst_begin_typed_scope(writer, 0, "top", "Device")
    let handles = signals.map { signal -> UInt32 in
      let width = signal.type.width, range = width > 1 ? " [\(width - 1):0]" : ""
      return libfst_declare(
        writer, Self.number(of: signal.type), 0, signal.type == .real ? 8 : UInt32(width), signal.name + range, 0)
    }
    libfst_begin_typed_scope(writer, 6, "inner", "")
    for alias in aliases {
      let type = signals[alias.signal].type, range = type.width > 1 ? " [\(type.width - 1):0]" : ""
      _ = libfst_declare(
        writer, Self.number(of: type), 0, type == .real ? 8 : UInt32(type.width), alias.name + range,
        handles[alias.signal])
    }
    libfst_end_scope(writer)
    libfst_end_scope(writer)
    func emit(_ signal: Int, _ value: SignalValue) {
      switch value {
      case .real(let real): libfst_emit_real(writer, handles[signal], real)
      case .text(let text): libfst_emit_text(writer, handles[signal], text, UInt32(text.utf8.count))
      default: libfst_emit_characters(writer, handles[signal], Self.digits(value, signals[signal].type))
      }
    }
    libfst_emit_time(writer, startTime)
    for (index, signal) in signals.enumerated() where signal.type != .event { emit(index, signal.initial) }
    for event in events {
      switch event {
      case .advance(let time): libfst_emit_time(writer, time)
      case .change(let signal, let value): emit(signal, value)
      case .word(let word, let value):
        for field in words[word].fields { emit(field.signal, .bits(value >> UInt64(field.shift))) }
      }
    }
    libfst_emit_time(writer, endTime)
    libfst_close(writer)
  }

  private static func number(of type: SignalType) -> Int32 {
    switch type {
    case .bits, .logic: 5
    case .real: 3
    case .text: 21
    case .event: 0
    }
  }

  /// The value as its documentation defines it, a character a bit.
  private static func digits(_ value: SignalValue, _ type: SignalType) -> String {
    let width = type.width
    switch value {
    case .bits(let bits): return digits(.words([bits]), type)
    case .words(let words):
      return String(
        (0..<width).reversed().map { bit -> Character in
          bit / 64 < words.count && words[bit / 64] >> UInt64(bit % 64) & 1 != 0 ? "1" : "0"
        })
    case .logic(let text):
      let extends: Character = text.first == "x" || text.first == "z" ? text.first! : "0"
      return String(repeating: extends, count: width - text.count) + text
    case .real, .text: return ""
    }
  }
}
