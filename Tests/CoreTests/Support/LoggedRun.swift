import EBPF
import Foundation
import SimKernel
import TestSupport
import Testing

@testable import Device

/// Tells a listener what the core of a bench does, read from its state after every edge.
final class CoreNarrator: BenchObserver {
  private let listener: any CoreObserver
  private let program: Program
  private var before = CoreState()
  private var run = 0
  /// Of the instruction in write-back.
  private var accesses: [CommitRecord.MemoryAccess] = []
  private(set) var views: [PipelineView] = []

  static let stages = [
    PipelineStage("F", "fetch"), PipelineStage("D", "decode"), PipelineStage("X", "execute"),
    PipelineStage("M", "memory"), PipelineStage("W", "write-back"),
  ]

  init(_ program: Program, to listener: any CoreObserver) {
    self.program = program
    self.listener = listener
  }

  override func see(_ edge: Cycle, _ state: UnsafePointer<CoreState>) {
    let after = state.pointee
    defer { before = after }
    let wasRunning = before.phase == .running
    guard wasRunning || after.phase == .running else { return }
    if !wasRunning {
      listener.runBegins(run, program: program, stages: CoreNarrator.stages, cycle: edge, time: edge * 5_000)
    }
    let earlier = wasRunning ? before.counts : InlineArray(repeating: 0)
    let faulted = after.phase != .running && CoreFault.chargedToNobody.contains(after.fault)
    if after.counts[0] != earlier[0] || faulted { listener.commits(record(edge, faulted ? after.fault : .none)) }
    accesses = accesses(to: after)
    let charge = Bubble.allCases.first { after.counts[Int($0.rawValue)] != earlier[Int($0.rawValue)] }
    let places = [
      PipelineView.Place(bubble: after.decode.bubble, pc: after.decode.pc),
      PipelineView.Place(bubble: after.execute.bubble, pc: after.execute.pc),
      PipelineView.Place(bubble: after.memory.bubble, pc: after.memory.pc),
      PipelineView.Place(bubble: after.writeBack.bubble, pc: after.writeBack.pc),
    ]
    views.append(PipelineView(places: places, retired: after.counts[0], charge: charge ?? .none))
    listener.cycleEnds(edge, views[views.count - 1])
    guard after.phase != .running else { return }
    listener.runEnds(run, fault: after.fault, cycle: edge)
    run += 1
  }

  /// What the instruction that now reaches write-back did to memory, which still holds it.
  private func accesses(to after: CoreState) -> [CommitRecord.MemoryAccess] {
    let traits = OpcodeTraits.table[Int(before.memory.opcode)], address = before.memory.result
    guard before.memory.bubble == .none, after.writeBack.bubble == .none, traits.isMemoryAccess,
      let place = bench.core.context.pointee.memory.locate(address, traits.accessSize, writing: false, after)
    else { return [] }
    let value = CoreMemory.load(place, traits.accessSize)
    func access(_ kind: CommitRecord.MemoryAccess.Kind, _ value: UInt64) -> CommitRecord.MemoryAccess {
      .init(kind, size: traits.accessSize, address: address, value: value)
    }
    if traits.isAtomic { return [access(.load, after.writeBack.result), access(.store, value)] }
    return [access(traits.isStore ? .store : .load, value)]
  }

  /// The instruction that was in write-back.
  private func record(_ edge: Cycle, _ fault: CoreFault) -> CommitRecord {
    let retiring = before.writeBack
    let writes = retiring.destination == CoreState.noRegister || fault != .none
    return CommitRecord(
      run: run, order: before.counts[0], pc: Int(retiring.pc), instruction: program.text[Int(retiring.pc)],
      writes: writes ? [] : [.init(register: retiring.destination, value: retiring.result)],
      accesses: fault == .none ? accesses : [],
      fault: fault == .none ? nil : "\(fault)", cycle: edge, time: edge * 5_000)
  }
}

/// A run of a core, and its pipeline log.
struct LoggedRun {
  let program: [Instruction]
  let text: String
  let log: KanataLog
  let outcome: Outcome
  /// Of each cycle, the letter of what it was charged to; blank for the cycle of a fault.
  private let charges: [String]

  init(_ program: [Instruction], _ spec: CoreSpec = CoreSpec(), data: [UInt8] = [], abortAt: Cycle? = nil) throws {
    self.program = program
    let bench = CoreBench(spec)
    bench.load(program, data: data)
    let path = FileManager.default.temporaryDirectory.appending(path: "pipeline-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try PipelineLogWriter(path: path)
    let narrator = CoreNarrator(Program(program), to: writer)
    outcome = bench.run(abortAt: abortAt, watching: narrator)
    try writer.close()
    charges = zip([0] + narrator.views.map(\.retired), narrator.views).map { retired, view in
      view.charge == .none && view.retired == retired ? "" : String(PipelineChart.letter(view.charge))
    }
    text = try String(contentsOfFile: path, encoding: .utf8)
    log = try KanataLog(text)
  }

  /// The log as a chart of specs/classic5.md: a row for each slot, a column for each cycle. The second slots of LDDW have
  /// no row. Nil when a slot was in flight twice at a time, which would need two.
  var chart: String? {
    var cells = program.map { _ in charges.map { _ in " " } }
    for instruction in log.instructions {
      let slot = Int(instruction.label.prefix { $0 != ":" })!
      // What is fetched past the end of the program is flushed, and has no row.
      guard program.indices.contains(slot) else { continue }
      let start = instruction.stages[0].start - log.cycles.lowerBound
      for (i, stage) in log.row(instruction).enumerated() {
        if cells[slot][start + i] != " " { return nil }
        cells[slot][start + i] = stage
      }
    }
    let rows = program.indices.filter { $0 == 0 || !program[$0 - 1].traits.isWide }
    let names = rows.map { slot in
      let next = slot + 1 < program.count ? program[slot + 1] : nil
      return "\(slot): \(Disassembler.text(of: program[slot], next: next))"
    }
    let width = max(12, names.map(\.count).max()!)
    func row(_ name: String, _ columns: [String]) -> String {
      let padded = name + String(repeating: " ", count: width - name.count)
      let line = padded + columns.map { String(repeating: " ", count: 3 - $0.count) + $0 }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let lines =
      [row("cycle", charges.indices.map { "\($0 + 1)" })] + zip(names, rows).map { row($0, cells[$1]) }
      + [row("charged to", charges)]
    return lines.joined(separator: "\n")
  }
}
