import CLibFST
import TestSupport
import Testing
import Waveform

/// A design and what happens in it, to be written by any writer.
struct EventStream: CustomTestStringConvertible {
  struct Signal {
    var name: String
    var width: Int
    var enumeration: EnumTable?
    var initial: UInt64 = 0
  }

  enum Event {
    case advance(UInt64)
    case change(signal: Int, value: UInt64)
  }

  var testDescription: String
  /// Scopes inside the scope `top`, with their signals. Signals count through all modules.
  var modules: [(name: String, signals: [Signal])]
  var startTime: UInt64 = 0
  var events: [Event] = []
  var endTime: UInt64 = 0

  var signals: [Signal] { modules.flatMap(\.signals) }

  func write(to writer: some WaveformWriter) throws {
    _ = try writeAllButEnd(to: writer)
    try writer.close(at: endTime)
  }

  /// Writes everything but does not close.
  func writeAllButEnd(to writer: some WaveformWriter) throws -> [SignalHandle] {
    var handles: [SignalHandle] = []
    writer.beginScope("top")
    for module in modules {
      writer.beginScope(module.name)
      for signal in module.signals {
        handles.append(
          writer.addVariable(
            signal.name, width: signal.width, enumeration: signal.enumeration, initial: signal.initial))
      }
      writer.endScope()
    }
    writer.endScope()
    try writer.start(at: startTime)
    for event in events {
      switch event {
      case .advance(let time): writer.advance(to: time)
      case .change(let signal, let value): writer.change(handles[signal], to: value)
      }
    }
    return handles
  }

  /// Writes the same by GTKWave's library.
  func writeWithLibFST(path: String) {
    let writer = libfst_create(path, -12)!
    var handles: [UInt32] = []
    libfst_begin_scope(writer, "top")
    for module in modules {
      libfst_begin_scope(writer, module.name)
      for signal in module.signals {
        let range = signal.width == 1 ? "" : " [\(signal.width - 1):0]"
        handles.append(libfst_add_variable(writer, signal.name + range, UInt32(signal.width)))
      }
      libfst_end_scope(writer)
    }
    libfst_end_scope(writer)
    let signals = signals
    func change(_ signal: Int, _ value: UInt64) {
      let width = signals[signal].width
      libfst_emit_value(writer, handles[signal], UInt32(width), value & (UInt64.max >> UInt64(64 - width)))
    }
    libfst_emit_time(writer, startTime)
    for (index, signal) in signals.enumerated() { change(index, signal.initial) }
    for event in events {
      switch event {
      case .advance(let time): libfst_emit_time(writer, time)
      case .change(let signal, let value): change(signal, value)
      }
    }
    libfst_emit_time(writer, endTime)
    libfst_close(writer)
  }
}

extension EventStream {
  /// Signals of every width from 1 to 64 in four modules. Each step changes a few of them, some twice or to the value
  /// they have; values carry bits above the width, which writers must ignore; some signals never change, some always
  /// change together (which FST stores once); time steps are mostly small and sometimes huge.
  static func random(seed: UInt64, steps: Int, startTime: UInt64 = 0) -> EventStream {
    var random = SeededRandom(state: seed)
    let widths = (1...64) + [1, 1, 1, 8, 32, 64]
    let all = widths.enumerated().map {
      Signal(name: "signal_\($0)", width: $1, initial: .random(in: 0...UInt64.max, using: &random))
    }
    var stream = EventStream(
      testDescription: "seed \(seed), \(steps) steps",
      modules: (0..<4).map { module in
        ("module\(module)", all.enumerated().filter { $0.offset % 4 == module }.map(\.element))
      },
      startTime: startTime)
    var time = startTime
    for _ in 0..<steps {
      time += Int.random(in: 0..<50, using: &random) == 0 ? 1 << UInt64.random(in: 0..<40, using: &random) : 2000
      stream.events.append(.advance(time))
      let clock = UInt64.random(in: 0...1, using: &random)
      stream.events += [.change(signal: 0, value: clock), .change(signal: 16, value: clock)]
      for _ in 0..<Int.random(in: 0...8, using: &random) {
        // The last two signals stay as they are.
        let signal = Int.random(in: 0..<(widths.count - 2), using: &random)
        let value = UInt64.random(in: 0...UInt64.max, using: &random) >> UInt64.random(in: 0..<64, using: &random)
        stream.events.append(.change(signal: signal, value: value))
      }
    }
    stream.endTime = time + 1234
    return stream
  }

  /// A counter of eight bits that counts every 1000 ps.
  static func counter(steps: Int) -> EventStream {
    EventStream(
      testDescription: "counter, \(steps) steps",
      modules: [("counter", [Signal(name: "clk", width: 1), Signal(name: "count", width: 8)])],
      events: (0..<steps).flatMap { step -> [Event] in
        let number = UInt64(step + 1)
        return [
          .advance(number * 1000), .change(signal: 0, value: number & 1), .change(signal: 1, value: number),
        ]
      },
      endTime: UInt64(steps + 1) * 1000)
  }
}

extension FSTWriter {
  /// A writer whose sections are as small as a test needs them.
  convenience init(path: String, sectionBytes: Int) throws {
    var options = WaveformOptions()
    options.sectionBytes = sectionBytes
    try self.init(path: path, options: options)
  }
}
