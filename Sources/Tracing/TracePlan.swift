import SimKernel
import Waveform

/// Declares the scopes and signals of a simulation and notes where each signal lies in memory.
///
/// Scopes follow the component tree; a port is a scope inside the component that receives from it.
struct TracePlan {
  /// Whole 64-byte lines to watch. The signals of word i are `signals[words[i] ..< words[i + 1]]`.
  struct PlannedWatch {
    let live: UnsafeRawPointer
    let shadow: UnsafeMutableRawPointer
    let words: [Int]
  }

  private(set) var signals: [TracedSignal] = []
  /// The copies of every watched State, table and port; the owner of the plan frees them.
  private(set) var shadows: [UnsafeMutableRawPointer] = []
  /// In the order of declaration, which is also the order of changes in a time step, whoever ticked.
  private(set) var watches: [PlannedWatch] = []
  /// Per clock, per component, `words` words: one bit for each watch that it may change, its State, tables and ports.
  private(set) var touched: [[UInt64]] = []
  var words: Int { (watches.count + 63) / 64 }

  init(_ simulation: Simulation, declaringIn writer: some WaveformWriter) {
    // Positions in `watches`. A port is declared once, where it is received, and touched by both of its owners.
    var states: [[Int]] = []
    var ports: [UnsafeMutablePointer<PortCore>: Int] = [:]
    var open: [Substring] = []
    for slot in simulation.components {
      let path = slot.path.split(separator: ".")
      enter(path, from: &open, in: writer)
      states.append(Array(watches.count...watches.count + slot.tables.count))
      watches.append(watch(slot.stateBase, bytes: slot.stateBytes, slot.signals, in: writer))
      for table in slot.tables { watches.append(watch(table.base, bytes: table.bytes, table.signals, in: writer)) }
      for end in slot.ports where end.isReceiver {
        writer.beginScope(scope(of: end, in: slot))
        ports[end.core] = watches.count
        watches.append(
          watch(UnsafeRawPointer(end.core), bytes: PortCore.tracedBytes, PortCore.resolvedSignals, in: writer))
        writer.endScope()
      }
    }
    for _ in open { writer.endScope() }
    touched = simulation.clocks.map { clock in
      zip(simulation.components, states).filter { $0.0.clock.index == clock.index }.flatMap { slot, state in
        mask(state + slot.ports.compactMap { ports[$0.core] })
      }
    }
  }

  private func mask(_ positions: [Int]) -> [UInt64] {
    var mask = Array(repeating: UInt64(0), count: words)
    for position in positions { mask[position / 64] |= 1 << UInt64(position % 64) }
    return mask
  }

  /// Leaves and enters scopes so that `path` is open; its last scope is always a new one.
  private func enter(_ path: [Substring], from open: inout [Substring], in writer: some WaveformWriter) {
    let common = min(zip(open, path).prefix { $0 == $1 }.count, path.count - 1)
    while open.count > common {
      writer.endScope()
      open.removeLast()
    }
    for scope in path[common...] {
      writer.beginScope(String(scope))
      open.append(scope)
    }
  }

  /// The last part of the port's name, with as many parts before it as tell it from the component's other ports.
  private func scope(of end: any PortEnd, in slot: ComponentSlot) -> String {
    let parts = end.name.split(separator: ".")
    let others = slot.ports.filter { $0.isReceiver && $0.core != end.core }.map { $0.name.split(separator: ".") }
    let needed = (1...parts.count).first { count in
      !others.contains { $0.suffix(count) == parts.suffix(count) }
    }
    return parts.suffix(needed ?? parts.count).joined(separator: "_")
  }

  /// Copies `bytes` at `base` and declares the signals in them.
  private mutating func watch(
    _ base: UnsafeRawPointer, bytes: Int, _ list: [Signal], in writer: some WaveformWriter
  ) -> PlannedWatch {
    let count = (bytes + 63) / 64
    let shadow = UnsafeMutableRawPointer.allocate(byteCount: max(64, 64 * count), alignment: 64)
    shadow.copyMemory(from: base, byteCount: 64 * count)
    shadows.append(shadow)
    var words = [signals.count], next = 0
    var scope: [Substring] = []
    for word in 0..<8 * count {
      while next < list.count, list[next].offset / 8 == word {
        signals.append(declare(list[next], base, &scope, in: writer))
        next += 1
      }
      words.append(signals.count)
    }
    for _ in scope { writer.endScope() }
    return PlannedWatch(live: base, shadow: shadow, words: words)
  }

  /// Declares one signal, entering and leaving the scopes of nested structs.
  private func declare(
    _ signal: Signal, _ base: UnsafeRawPointer, _ scope: inout [Substring], in writer: some WaveformWriter
  ) -> TracedSignal {
    let path = signal.name.split(separator: ".")
    let common = zip(scope, path.dropLast()).prefix { $0 == $1 }.count
    while scope.count > common {
      writer.endScope()
      scope.removeLast()
    }
    for name in path.dropLast()[common...] {
      writer.beginScope(String(name))
      scope.append(name)
    }
    let shift = UInt64(signal.offset % 8 * 8)
    let mask = (signal.width == 64 ? ~0 : (UInt64(1) << UInt64(signal.width)) - 1) << shift
    let word = base.load(fromByteOffset: signal.offset & ~7, as: UInt64.self)
    let handle = writer.addVariable(
      String(path.last ?? "signal"), width: signal.width, enumeration: enumTable(signal.kind),
      initial: (word & mask) >> shift)
    return TracedSignal(mask: mask, handle: UInt32(handle.index), shift: UInt32(shift))
  }

  private func enumTable(_ kind: SignalKind) -> EnumTable? {
    guard case .enumeration(let name, let cases) = kind else { return nil }
    return EnumTable(name: name, cases: cases.enumerated().map { (UInt64($0.offset), $0.element) })
  }
}
