import Glibc
import SimKernel

/// Every change of every State, table and port of a simulation, with its time, whoever ticked.
final class HistoryObserver: EdgeObserver {
  struct Entry: Equatable {
    let time: Picoseconds
    let name: String
    let bytes: [UInt8]
  }

  /// A State or table, or the part of a port that a waveform shows.
  private struct Watch {
    let name: String
    let live: UnsafeRawBufferPointer
    var last: [UInt8] = []
    /// By clock, one bit for each component that may change it.
    var owners: [UInt64]
  }

  private(set) var entries: [Entry] = []
  private(set) var edges = 0
  /// Changes of a component or port of which no owner ticked.
  private(set) var unexplained: [Entry] = []
  private var watches: [Watch] = []

  init(_ simulation: Simulation) {
    super.init()
    func watch(_ name: String, _ base: UnsafeRawPointer, _ bytes: Int, _ owners: [ComponentSlot]) {
      var masks = Array(repeating: UInt64(0), count: simulation.clocks.count)
      for slot in owners { masks[slot.clock.index] |= 1 << UInt64(slot.index) }
      watches.append(Watch(name: name, live: UnsafeRawBufferPointer(start: base, count: bytes), owners: masks))
    }
    for slot in simulation.components {
      watch(slot.path, slot.stateBase, slot.stateBytes, [slot])
      for table in slot.tables { watch("\(slot.path).\(table.name)", table.base, table.bytes, [slot]) }
    }
    for port in simulation.ports {
      let owners = simulation.components.filter { $0.ports.contains { $0.core == port.core } }
      watch(port.name, UnsafeRawPointer(port.core), PortCore.tracedBytes, owners)
    }
    for index in watches.indices { note(index, time: 0, explained: true) }
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    edges += 1
    for index in watches.indices { note(index, time: time, explained: watches[index].owners[clock] & ticked != 0) }
  }

  private func note(_ index: Int, time: Picoseconds, explained: Bool) {
    let live = watches[index].live
    let isSame = watches[index].last.withUnsafeBytes {
      $0.count == live.count && memcmp($0.baseAddress!, live.baseAddress!, live.count) == 0
    }
    guard !isSame else { return }
    watches[index].last = Array(live)
    let entry = Entry(time: time, name: watches[index].name, bytes: watches[index].last)
    entries.append(entry)
    if !explained { unexplained.append(entry) }
  }
}
