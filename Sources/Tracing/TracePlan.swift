import SimKernel
import Waveform

/// Declares the scopes and signals of a simulation and notes where each signal lies in memory.
///
/// Scopes follow the component tree; a port is a scope inside the component that receives from it.
struct TracePlan {
  var watches: [Watch] = []
  var signals: [TracedSignal] = []
  var shadows: [UnsafeMutableRawPointer] = []
  /// Per clock, per component: its first watch; one more entry at the end.
  var first: [[Int32]] = []
  /// A port is watched by both of its owners but declared once.
  private var portSignals: [UnsafeMutablePointer<PortCore>: Watch] = [:]
  private var stateWatches: [Watch] = []

  mutating func declare(_ simulation: Simulation, in writer: some WaveformWriter) {
    declareScopes(simulation, in: writer)
    for clock in simulation.clocks {
      var entries: [Int32] = []
      for (index, slot) in simulation.components.enumerated() where slot.clock.index == clock.index {
        entries.append(Int32(watches.count))
        watches.append(copy(stateWatches[index]))
        for end in slot.ports { watches.append(copy(portSignals[end.core]!)) }
      }
      entries.append(Int32(watches.count))
      first.append(entries)
    }
    stateWatches.forEach { $0.firstSignal.deallocate() }
    portSignals.values.forEach { $0.firstSignal.deallocate() }
  }

  /// Watches share their words and shadow but own their signal table.
  private func copy(_ watch: Watch) -> Watch {
    let count = 8 * watch.blocks + 1
    let table = UnsafeMutablePointer<Int32>.allocate(capacity: count)
    table.initialize(from: watch.firstSignal, count: count)
    return Watch(live: watch.live, shadow: watch.shadow, blocks: watch.blocks, firstSignal: table)
  }

  private mutating func declareScopes(_ simulation: Simulation, in writer: some WaveformWriter) {
    var open: [Substring] = []
    for slot in simulation.components {
      let path = slot.path.split(separator: ".")
      var common = zip(open, path).prefix { $0 == $1 }.count
      common = min(common, path.count - 1)
      while open.count > common {
        writer.endScope()
        open.removeLast()
      }
      for scope in path[common...] {
        writer.beginScope(String(scope))
        open.append(scope)
      }
      stateWatches.append(
        watch(slot.stateBase, bytes: slot.stateBytes, slot.signals, in: writer))
      for end in slot.ports where end.isReceiver {
        writer.beginScope(String(end.name.split(separator: ".").last ?? "port"))
        portSignals[end.core] = watch(
          UnsafeRawPointer(end.core), bytes: PortCore.tracedBytes, PortCore.resolvedSignals, in: writer)
        writer.endScope()
      }
    }
    for _ in open { writer.endScope() }
  }

  private mutating func watch(
    _ base: UnsafeRawPointer, bytes: Int, _ list: [Signal], in writer: some WaveformWriter
  ) -> Watch {
    let blocks = (bytes + 63) / 64
    let shadow = UnsafeMutableRawPointer.allocate(byteCount: 64 * blocks, alignment: 64)
    shadow.copyMemory(from: base, byteCount: 64 * blocks)
    shadows.append(shadow)
    let table = UnsafeMutablePointer<Int32>.allocate(capacity: 8 * blocks + 1)
    var next = 0, scope: [Substring] = []
    for word in 0..<8 * blocks {
      table[word] = Int32(signals.count)
      while next < list.count, list[next].offset / 8 == word {
        signals.append(declare(list[next], base, &scope, in: writer))
        next += 1
      }
    }
    table[8 * blocks] = Int32(signals.count)
    for _ in scope { writer.endScope() }
    return Watch(
      live: base.assumingMemoryBound(to: SIMD8<UInt64>.self),
      shadow: shadow.assumingMemoryBound(to: SIMD8<UInt64>.self), blocks: blocks, firstSignal: table)
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
    let mask = signal.width == 64 ? ~0 : (UInt64(1) << UInt64(signal.width)) - 1
    let shift = UInt8(signal.offset % 8 * 8)
    let word = base.load(fromByteOffset: signal.offset & ~7, as: UInt64.self)
    let handle = writer.addVariable(
      String(path.last!), width: signal.width, enumeration: enumTable(signal.kind),
      initial: word >> UInt64(shift) & mask)
    return TracedSignal(handle: handle, shift: shift, mask: mask)
  }

  private func enumTable(_ kind: SignalKind) -> EnumTable? {
    guard case .enumeration(let name, let cases) = kind else { return nil }
    return EnumTable(name: name, cases: cases.enumerated().map { (UInt64($0.offset), $0.element) })
  }
}
