import Diagnostics
import SimKernel
import Waveform

/// Declares the scopes and signals of a simulation and notes where each word of signals lies in memory.
///
/// Scopes follow the component tree; a port is a scope inside the component that receives from it.
struct TracePlan {
  /// A State, table or port.
  struct Watch {
    let memory: WatchedMemory
    /// Whether only the first word is looked at, and only when ports changed.
    let isPort: Bool
  }

  /// The owner of the plan frees them.
  private(set) var watches: [Watch] = []
  /// Per clock, per component, `words` words: one bit for each watch that it may change, its State, tables and ports.
  private(set) var touched: [[UInt64]] = []
  /// By clock: what happens at each of its edges, nil where that is not traced.
  private(set) var edges: [SignalHandle?] = []
  /// Every signal's path and bits, in the order of declaration.
  private(set) var signals: [(path: String, width: Int)] = []
  var words: Int { max(1, (watches.count + 63) / 64) }
  /// `words` words: one bit for each watch that is a port.
  var ports: [UInt64] { mask(watches.indices.filter { watches[$0].isPort }) }
  private let selection: TraceSelection
  private var scopes = ScopeStack()

  init(_ simulation: Simulation, _ selection: TraceSelection, declaringIn writer: some WaveformWriter) {
    self.selection = selection
    for clock in simulation.clocks { edges.append(edge(of: clock, in: writer)) }
    // Positions in `watches`. A port is declared once, where it is received, and touched by both of its owners.
    var own: [[Int]] = []
    var ports: [UnsafeMutablePointer<PortCore>: Int] = [:]
    for slot in simulation.components {
      var positions: [Int?] = []
      if selection.level != .ports {
        positions.append(watch(slot.stateBase, bytes: slot.stateBytes, slot.signals, of: slot.path, in: writer))
      }
      if selection.level == .all {
        for table in slot.tables {
          positions.append(watch(table.base, bytes: table.bytes, table.signals, of: slot.path, in: writer))
        }
      }
      own.append(positions.compactMap { $0 })
      for end in slot.ports where end.isReceiver {
        ports[end.core] = watch(
          UnsafeRawPointer(end.core), bytes: PortCore.tracedBytes, PortCore.resolvedSignals,
          of: "\(slot.path).\(Self.scope(of: end, in: slot))", isPort: true, in: writer)
      }
    }
    scopes.leave(in: writer)
    let places = putPortsLast()
    touched = simulation.clocks.map { clock in
      zip(simulation.components, own).filter { $0.0.clock.index == clock.index }.flatMap { slot, positions in
        mask((positions + slot.ports.compactMap { ports[$0.core] }).map { places[$0] })
      }
    }
  }

  /// Ports are looked at in another way than States, after them. The order of changes in a time step is that of
  /// `watches`, whoever ticked.
  /// - Returns: where each watch went
  private mutating func putPortsLast() -> [Int] {
    let order = watches.indices.filter { !watches[$0].isPort } + watches.indices.filter { watches[$0].isPort }
    var places = Array(repeating: 0, count: watches.count)
    for (place, position) in order.enumerated() { places[position] = place }
    watches = order.map { watches[$0] }
    return places
  }

  private func mask(_ positions: [Int]) -> [UInt64] {
    var mask = Array(repeating: UInt64(0), count: words)
    for position in positions { mask[position / 64] |= 1 << UInt64(position % 64) }
    return mask
  }

  /// The last part of the port's name, with as many parts before it as tell it from the component's other ports.
  static func scope(of end: any PortEnd, in slot: ComponentSlot) -> String {
    let parts = end.name.split(separator: ".")
    let others = slot.ports.filter { $0.isReceiver && $0.core != end.core }.map { $0.name.split(separator: ".") }
    let needed = (1...parts.count).first { count in
      !others.contains { $0.suffix(count) == parts.suffix(count) }
    }
    return parts.suffix(needed ?? parts.count).joined(separator: "_")
  }

  private mutating func edge(of clock: Clock, in writer: some WaveformWriter) -> SignalHandle? {
    let path = "\(Trace.clockScope).\(clock.name)"
    guard selection.includes(path) else { return nil }
    scopes.enter(Trace.clockScope[...], in: writer)
    signals.append((path, 1))
    return writer.addVariable(WaveformVariable(clock.name, .event, initial: .bits(0)))
  }

  /// Declares the selected signals in `bytes` at `base`; nil when there are none.
  private mutating func watch(
    _ base: UnsafeRawPointer, bytes: Int, _ list: [Signal], of path: String, isPort: Bool = false,
    in writer: some WaveformWriter
  ) -> Int? {
    let chosen = selection.isEverything ? list : list.filter { selection.includes("\(path).\($0.name)") }
    if chosen.isEmpty { return nil }
    let count = (bytes + 63) / 64
    var words: [WordHandle?] = [], next = 0
    for word in 0..<8 * count {
      var fields: [WordField] = []
      while next < chosen.count, chosen[next].offset / 8 == word {
        fields += declare(chosen[next], beside: list, base, path, in: writer)
        next += 1
      }
      words.append(
        fields.isEmpty
          ? nil : writer.addWord(fields, initial: base.load(fromByteOffset: 8 * word, as: UInt64.self)))
    }
    watches.append(Watch(memory: WatchedMemory(base, words: words), isPort: isPort))
    return watches.count - 1
  }

  // MARK: - Signals

  /// Declares one signal, and what it can be read as, in the scopes of the component and of nested structs.
  private mutating func declare(
    _ signal: Signal, beside list: [Signal], _ base: UnsafeRawPointer, _ path: String, in writer: some WaveformWriter
  ) -> [WordField] {
    let full = "\(path).\(signal.name)", (scope, name) = full.scopeAndName
    scopes.enter(scope, in: writer)
    let shift = signal.offset % 8 * 8
    let word = base.load(fromByteOffset: signal.offset & ~7, as: UInt64.self)
    let handle = writer.addVariable(
      String(name), width: signal.width, enumeration: enumTable(signal.kind), initial: word >> UInt64(shift))
    let own = WordField(handle, shift: shift)
    signals.append((full, signal.width))
    guard let reading = selection.readings[full] else { return [own] }
    let readingPath = "\(scope).\(reading.name)"
    guard let absence = list.first(where: { $0.name == reading.absence }), absence.offset / 8 == signal.offset / 8,
      case .enumeration(_, let causes) = absence.kind
    else {
      signals.append((readingPath, signal.width))
      writer.addAlias(reading.name, of: handle, enumeration: reading.table(causes: []))
      return [own]
    }
    signals.append((readingPath, signal.width + 1))
    let read = writer.addVariable(
      reading.name, width: signal.width + 1, enumeration: reading.table(causes: causes), initial: 0)
    let substitute = WordField.Substitute(
      shift: absence.offset % 8 * 8, width: absence.width, offset: UInt64(causes.count))
    return [own, WordField(read, shift: shift, substitute: substitute)]
  }

  private func enumTable(_ kind: SignalKind) -> EnumTable? {
    guard case .enumeration(let name, let cases) = kind else { return nil }
    return EnumTable(name: name, cases: cases.enumerated().map { (UInt64($0.offset), $0.element) })
  }
}

/// Enters and leaves scopes as declarations need them.
struct ScopeStack {
  private var open: [Substring] = []
  private var path: Substring = ""

  /// Leaves and enters scopes so that `path` is open.
  mutating func enter(_ path: Substring, in writer: some WaveformWriter) {
    if path == self.path { return }
    self.path = path
    let parts = path.utf8.split(separator: UInt8(ascii: ".")).map { Substring($0) }
    let common = zip(open, parts).prefix { $0 == $1 }.count
    while open.count > common { leaveOne(in: writer) }
    for scope in parts[common...] {
      writer.beginScope(String(scope))
      open.append(scope)
    }
  }

  mutating func leave(in writer: some WaveformWriter) {
    while !open.isEmpty { leaveOne(in: writer) }
    path = ""
  }

  private mutating func leaveOne(in writer: some WaveformWriter) {
    writer.endScope()
    open.removeLast()
  }
}

extension String {
  /// What is before the last dot, and behind it.
  var scopeAndName: (scope: Substring, name: Substring) {
    guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")) else { return ("", self[...]) }
    return (self[..<dot], self[utf8.index(after: dot)...])
  }
}
