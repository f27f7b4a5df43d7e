import CLibFST
import TestSupport

/// Signals of all kinds and what happens to them, to be written in any format.
struct Design {
  enum Kind: Equatable {
    case bits(Int)
    case real
    case text
  }

  enum Value {
    /// One character a bit.
    case bits(String)
    case real(Double)
    case text(String)
  }

  struct Signal {
    let name: String
    let kind: Kind
    /// Index of the signal that it shares its values with.
    var alias: Int?
  }

  var signals: [Signal] = []
  var steps: [(time: UInt64, changes: [(signal: Int, value: Value)])] = []
  var endTime: UInt64 = 0
  /// Steps after which recording stops or goes on, and whether it goes on.
  var recording: [Int: Bool] = [:]

  /// What a reader should find.
  var story: Story {
    var all = [[Story.Change]](repeating: [], count: signals.count)
    for step in steps {
      for (signal, value) in step.changes {
        let text =
          switch value {
          case .bits(let digits): digits
          case .real(let number): "\(number)"
          case .text(let text): text
          }
        all[signal].append(Story.Change(time: step.time, value: text))
      }
    }
    var named: [String: [Story.Change]] = [:]
    for (index, signal) in signals.enumerated() { named["top.\(signal.name)"] = all[signal.alias ?? index] }
    return Story(signals: named, endTime: endTime)
  }

  /// A random one: all widths that matter, unknown bits, reals, text and aliases; values that come again and again, and
  /// signals that always change together.
  static func random(seed: UInt64, steps: Int, texts: Bool = true) -> Design {
    var random = SeededRandom(state: seed)
    var design = Design()
    let widths = [1, 1, 1, 2, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 200, 1000]
    design.signals = widths.enumerated().map { Signal(name: "s\($0)", kind: .bits($1)) }
    design.signals += [Signal(name: "r0", kind: .real), Signal(name: "r1", kind: .real)]
    if texts { design.signals += [Signal(name: "t0", kind: .text)] }
    let count = design.signals.count
    design.signals += [
      Signal(name: "a0", kind: .bits(1), alias: 0), Signal(name: "a1", kind: .bits(200), alias: 15),
      Signal(name: "a2", kind: .real, alias: 17),
    ]
    var time: UInt64 = 0
    for step in 0..<steps {
      let all = step == 0 ? Array(0..<count) : (0..<random.below(6)).map { _ in random.below(count) }
      var changes = all.map { ($0, value(design.signals[$0].kind, &random)) }
      // These two have equal chains.
      changes = changes.filter { $0.0 != 2 }
      changes += changes.filter { $0.0 == 1 }.map { (2, $0.1) }
      design.steps.append((time, changes))
      time += random.below(50) == 0 ? 1 << UInt64(random.below(36)) : UInt64(random.below(3) + 1)
    }
    design.endTime = time
    return design
  }

  private static func value(_ kind: Kind, _ random: inout SeededRandom) -> Value {
    switch kind {
    case .real: return .real([0, 1.5, -2.25e-7, 3.25e30, 0.1].randomElement(using: &random) ?? 0)
    case .text: return .text(["", "a", "two words", "\\ \" \n", String(repeating: "long", count: 40)][random.below(5)])
    case .bits(let width):
      let alphabet = random.below(4) == 0 ? Array("01xz") : Array("01")
      // Long runs of one digit, which formats shorten.
      let tail = random.below(width + 1)
      let head = String(repeating: alphabet.randomElement(using: &random) ?? "0", count: width - tail)
      return .bits(head + String((0..<tail).map { _ in alphabet[random.below(alphabet.count)] }))
    }
  }

  // MARK: - FST

  /// Writes it by GTKWave's library; a section is ended every `flushInterval` steps.
  func writeFST(_ path: String, packing: Character = "4", wrapped: Bool = false, flushInterval: Int = .max) {
    let writer = libfst_create(path, -12)!
    libfst_set_packing(writer, CChar(packing.asciiValue!), wrapped)
    libfst_begin_scope(writer, "top")
    var handles: [UInt32] = []
    for signal in signals {
      let alias = signal.alias.map { handles[$0] } ?? 0
      switch signal.kind {
      case .bits(let width): handles.append(libfst_declare(writer, 16, 0, UInt32(width), signal.name, alias))
      case .real: handles.append(libfst_declare(writer, 3, 0, 8, signal.name, alias))
      case .text: handles.append(libfst_declare(writer, 21, 0, 0, signal.name, alias))
      }
    }
    libfst_end_scope(writer)
    for (number, step) in steps.enumerated() {
      libfst_emit_time(writer, step.time)
      for (signal, value) in step.changes {
        switch value {
        case .bits(let digits): libfst_emit_characters(writer, handles[signal], digits)
        case .real(let number): libfst_emit_real(writer, handles[signal], number)
        case .text(let text): libfst_emit_text(writer, handles[signal], text, UInt32(text.utf8.count))
        }
      }
      if let isOn = recording[number] { libfst_set_recording(writer, isOn) }
      if number % flushInterval == flushInterval - 1 { libfst_flush(writer) }
    }
    libfst_emit_time(writer, endTime)
    libfst_close(writer)
  }

  // MARK: - VCD

  /// VCD text. With `short`, vectors are written without the digits that readers put back.
  func vcd(short: Bool = true) -> String {
    var text = "$timescale 1 ps $end\n$scope module top $end\n"
    for (index, signal) in signals.enumerated() {
      let code = Self.code(signal.alias ?? index)
      switch signal.kind {
      case .bits(let width): text += "$var wire \(width) \(code) \(signal.name) $end\n"
      case .real: text += "$var real 64 \(code) \(signal.name) $end\n"
      case .text: text += "$var string 1 \(code) \(signal.name) $end\n"
      }
    }
    text += "$upscope $end\n$enddefinitions $end\n"
    for (number, step) in steps.enumerated() {
      text += "#\(step.time)\n" + (number == 0 ? "$dumpvars\n" : "")
      for (signal, value) in step.changes {
        let code = Self.code(signal)
        switch value {
        case .bits(let digits) where digits.count == 1: text += "\(digits)\(code)\n"
        case .bits(let digits): text += "b\(short ? Self.shortened(digits) : digits) \(code)\n"
        case .real(let number): text += "r\(number) \(code)\n"
        case .text(let words): text += "s\(Self.escaped(words)) \(code)\n"
        }
      }
      if number == 0 { text += "$end\n" }
    }
    return text + "#\(endTime)\n"
  }

  private static func code(_ index: Int) -> String {
    // Of one character and of more than three.
    let first = String(UnicodeScalar(UInt8(33 + index)))
    return index % 3 == 0 ? "long" + first : first
  }

  private static func shortened(_ digits: String) -> String {
    var rest = Array(digits)[...]
    while rest.count > 1, rest[rest.startIndex] != "1",
      rest[rest.startIndex] == rest[rest.startIndex + 1] || (rest.first == "0" && rest[rest.startIndex + 1] == "1")
    { rest = rest.dropFirst() }
    return String(rest)
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      if byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\") { return String(UnicodeScalar(byte)) }
      return "\\\(byte >> 6)\(byte >> 3 & 7)\(byte & 7)"
    }.joined()
  }
}
