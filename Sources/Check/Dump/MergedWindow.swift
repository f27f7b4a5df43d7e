import SimKernel
import WaveReader
import Waveform

/// A waveform of both sides around a difference: the scopes `model` and `design`, in the design's time.
public struct MergedWindow {
  /// A side's signals, and how its times become those of the window.
  private struct Side {
    let file: WaveFile
    /// Their positions in the file's hierarchy.
    let signals: [Int]
    let scope: String
    /// What is added to its picoseconds.
    let shift: Int64
    /// Values may have other states than 0 and 1.
    let isLogic: Bool
  }

  private struct Change {
    let time: Picoseconds
    let signal: Int
    let value: SignalValue
  }

  private let sides: [Side]
  private let from: Picoseconds
  private let to: Picoseconds

  /// - Parameters:
  ///   - model: a trace of the model, all of which is shown
  ///   - design: the dump, of which the signals that `map` names are shown
  ///   - shift: what is added to the model's picoseconds
  ///   - from: picoseconds of the design
  ///   - to: picoseconds of the design
  public init(
    model: WaveFile, design: WaveFile, _ map: DumpMap, shift: Int64, from: Picoseconds, to: Picoseconds
  ) {
    let names = SignalNames(design.hierarchy)
    let mapped = map.designNames.compactMap { names.exact($0.text) ?? names.exact($0.stem) }
    let traced = model.hierarchy.signals.indices.filter { !model.hierarchy.signals[$0].isEvent }
    sides = [
      Side(file: model, signals: traced, scope: "model", shift: shift, isLogic: false),
      Side(file: design, signals: Array(Set(mapped)), scope: "design", shift: 0, isLogic: true),
    ]
    (self.from, self.to) = (from, max(from, to))
  }

  /// Writes the waveform, in the format that the ending of `path` says.
  /// - Throws: `WaveReadError` for a file that is damaged there, `WaveformError` when writing fails
  public func write(to path: String) throws {
    let writer: any WaveformWriter =
      WaveformFormat(path: path) == .vcd ? try VCDWriter(path: path) : try FSTWriter(path: path)
    var changes: [Change] = []
    for side in sides { changes += try declare(side, in: writer) }
    try writer.start(at: from)
    changes.sort { ($0.time, $0.signal) < ($1.time, $1.signal) }
    for change in changes {
      writer.advance(to: change.time)
      writer.change(SignalHandle(index: change.signal), to: change.value)
    }
    try writer.close(at: to)
  }

  /// Declares a side's signals, with their values at the start.
  /// - Returns: what changes behind it
  private func declare(_ side: Side, in writer: any WaveformWriter) throws(WaveReadError) -> [Change] {
    let hierarchy = side.file.hierarchy
    let chosen = side.signals.filter { Self.width(of: $0, hierarchy) != nil }
    let (initial, changes) = try values(side, of: Set(chosen.map { hierarchy.signals[$0].handle }))
    var open: [Substring] = [], handles: [Int: Int] = [:]
    writer.beginScope(side.scope)
    for (path, signal) in chosen.map({ (hierarchy.path(of: $0), $0) }).sorted(by: { $0.0 < $1.0 }) {
      let name = hierarchy.signals[signal].name, handle = hierarchy.signals[signal].handle
      let scopes = path.dropLast(name.count).split(separator: ".")
      let common = zip(open, scopes).prefix { $0 == $1 }.count
      for _ in common..<open.count { writer.endScope() }
      for scope in scopes[common...] { writer.beginScope(String(scope)) }
      open = scopes
      let table = hierarchy.signals[signal].enumTable.map { Self.table(hierarchy.enumTables[$0]) }
      // Ranges of bits are the writer's matter.
      let stem = BitRange(name).map { $0.isVector ? $0.stem : name } ?? name
      if let known = handles[handle] {
        writer.addAlias(stem, of: SignalHandle(index: known), enumeration: table)
        continue
      }
      let width = hierarchy.handles[handle].width
      handles[handle] =
        writer.addVariable(
          WaveformVariable(
            stem, side.isLogic ? .logic(width) : .bits(width),
            initial: initial[handle] ?? (side.isLogic ? .logic("x") : .bits(0)), enumeration: table)
        ).index
    }
    for _ in open { writer.endScope() }
    writer.endScope()
    return changes.compactMap { change in
      handles[change.signal].map { Change(time: change.time, signal: $0, value: change.value) }
    }
  }

  /// Nil for what is no vector of a width that can be written.
  private static func width(of signal: Int, _ hierarchy: WaveHierarchy) -> Int? {
    let handle = hierarchy.handles[hierarchy.signals[signal].handle]
    return handle.kind == .bits && (1...SignalType.widthLimit).contains(handle.width) ? handle.width : nil
  }

  private static func table(_ table: WaveEnumTable) -> EnumTable {
    EnumTable(name: table.name, cases: table.cases.map { ($0.key, $0.value) })
  }

  /// The values of handles at the start of the window, and their changes up to its end.
  private func values(
    _ side: Side, of handles: Set<Int>
  ) throws(WaveReadError) -> (initial: [Int: SignalValue], changes: [Change]) {
    var wanted = [Bool](repeating: false, count: side.file.hierarchy.handles.count)
    for handle in handles { wanted[handle] = true }
    var initial: [Int: SignalValue] = [:], changes: [Change] = []
    let cursor = side.file.cursor(wanted: wanted)
    while try cursor.next() {
      let own = WaveTime(cursor.time, exponent: side.file.timescale).units(-12, roundedUp: false)
      // Times before the window, negative ones too, are its start.
      let shifted = Int64(clamping: own).addingReportingOverflow(side.shift)
      let time = shifted.overflow ? Picoseconds.max : Picoseconds(max(0, shifted.partialValue))
      if time > to { break }
      for change in cursor.changes where wanted[change.handle] {
        let value = Self.value(cursor.value(of: change))
        if time <= from {
          initial[change.handle] = value
        } else {
          changes.append(Change(time: time, signal: change.handle, value: value))
        }
      }
    }
    return (initial, changes)
  }

  private static func value(_ value: WaveValue) -> SignalValue {
    if case .bits(let bits, _) = value { return .bits(bits) }
    return .logic(value.characters)
  }
}

extension WaveSignal {
  fileprivate var isEvent: Bool { type == "event" }
}

extension DumpMap {
  /// Every signal of the design that the map names, the clock and the reset first.
  fileprivate var designNames: [MapName] {
    domain.names + (commits?.names ?? []) + streams.flatMap(\.design.names) + tlps.flatMap(\.names)
      + (signals?.designNames ?? [])
  }
}
