import EBPF
import SimKernel
import TestSupport

@testable import Device

/// Draws a run as a pipeline chart: a row for each slot, a column for each cycle, from the state before and after every
/// edge. A slot that is in flight twice at a time would need two rows.
final class PipelineChart: BenchObserver {
  private let program: [Instruction]
  private var before = Classic5State()
  private var cells: [[Character]]
  /// A slot was in flight twice: the chart is not to be trusted.
  private(set) var hasOverlap = false
  private var charges: [Character] = []

  init(of program: [Instruction]) {
    self.program = program
    cells = program.map { _ in [] }
  }

  override func see(_ edge: Cycle) {
    guard let core = bench.core as? Classic5Core else { return }
    let after = core.state.pointer.pointee
    defer { before = after }
    guard after.run.phase == .running || before.run.phase == .running else { return }
    for i in cells.indices { cells[i].append(" ") }
    if before.run.phase == .running {
      mark(before.decode.bubble, before.decode.pc, "D")
      mark(before.execute.bubble, before.execute.pc, "X")
      mark(before.memory.bubble, before.memory.pc, "M")
      mark(before.writeBack.bubble, before.writeBack.pc, "W")
    }
    if after.decode.bubble == .none && (after.pc != before.pc || before.run.phase != .running) {
      mark(.none, after.decode.pc, "F")
    }
    let charged = Bubble.allCases.first { cause in
      let i = Int(cause.rawValue)
      return after.run.counts[i] != (before.run.phase == .running ? before.run.counts[i] : 0)
    }
    charges.append(charged.map(PipelineChart.letter) ?? " ")
  }

  private func mark(_ bubble: Bubble, _ pc: UInt32, _ stage: Character) {
    guard bubble == .none, cells.indices.contains(Int(pc)) else { return }
    let last = cells[Int(pc)].count - 1
    if cells[Int(pc)][last] != " " { hasOverlap = true }
    cells[Int(pc)][last] = stage
  }

  static func letter(_ bubble: Bubble) -> Character {
    switch bubble {
    case .none: "+"
    case .loadUse: "l"
    default: "\(bubble)".first!
    }
  }

  var text: String {
    let names = program.indices.map { "\($0): \(PipelineChart.name(program, $0))" }
    let width = max(12, names.map(\.count).max()!)
    func row(_ name: String, _ columns: [String]) -> String {
      let padded = name + String(repeating: " ", count: width - name.count)
      let line = padded + columns.map { String(repeating: " ", count: 3 - $0.count) + $0 }.joined()
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    let header = row("cycle", charges.indices.map { "\($0 + 1)" })
    let rows = zip(names, cells).map { row($0, $1.map(String.init)) }
    return ([header] + rows + [row("charged to", charges.map(String.init))]).joined(separator: "\n")
  }

  private static func name(_ program: [Instruction], _ slot: Int) -> String {
    if slot > 0 && program[slot - 1].traits.isWide { return "(its second slot)" }
    return Disassembler.text(of: program[slot], next: slot + 1 < program.count ? program[slot + 1] : nil)
  }
}
