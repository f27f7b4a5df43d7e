import EBPF
import Foundation
import SimKernel
import TestSupport

@testable import Device

/// Feeds a pipeline log by hand, cycle by cycle, and reads it back.
final class PipelineFeed {
  private let path = FileManager.default.temporaryDirectory.appending(path: "pipeline-\(UUID().uuidString)").path
  private let writer: PipelineLogWriter
  private var program = Program([])
  private var run = -1
  private var cycle: Cycle = 0
  private var retired: UInt64 = 0

  init() throws { writer = try PipelineLogWriter(path: path) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A run whose first fetch is at edge `cycle`; `stages` has a letter for each.
  func begin(_ program: [Instruction], stages: String = "FDXMW", at cycle: Cycle = 100) {
    run += 1
    self.program = Program(program)
    self.cycle = cycle
    retired = 0
    writer.runBegins(
      run, program: self.program, stages: stages.map { PipelineStage("\($0)", "stage \($0)") }, cycle: cycle,
      time: cycle * 5_000)
  }

  /// One cycle: what the places hold after it, from fetch to the last stage, then what it was charged to. A number is the
  /// slot of an instruction; all else, and the charge, are letters of the charts in specs/classic5.md.
  func cycle(_ view: String) {
    let words = view.split(separator: " ")
    if words.last == "+" { retired += 1 }
    let places = words.dropLast().map { word in
      PipelineView.Place(bubble: UInt32(word) == nil ? bubble(word) : .none, pc: UInt32(word) ?? 0xdead)
    }
    writer.cycleEnds(cycle, PipelineView(places: places, retired: retired, charge: bubble(words.last!)))
    cycle += 1
  }

  func commit(_ pc: Int, writes: [(register: UInt8, value: UInt64)] = [], fault: CoreFault = .none) {
    var commit = Commit(pc: pc, instruction: program.text[pc])
    (commit.run, commit.cycle) = (run, cycle)
    for write in writes { commit.write(write.register, write.value) }
    writer.commits(commit, fault: fault)
  }

  func end(_ fault: CoreFault = .none) { writer.runEnds(run, fault: fault, cycle: cycle - 1) }

  func log() throws -> KanataLog {
    try writer.close()
    return try KanataLog(String(contentsOfFile: path, encoding: .utf8))
  }

  private func bubble(_ letter: Substring) -> Bubble {
    Bubble.allCases.first { String(PipelineChart.letter($0)) == letter } ?? .none
  }
}

extension KanataLog {
  /// A line an instruction: its slot, a column for each cycle, and `!` when it was flushed.
  var chart: [String] {
    instructions.map { instruction in
      let slot = instruction.label.prefix { $0 != ":" }
      let before = String(repeating: ".", count: instruction.stages[0].start - cycles.lowerBound)
      return "\(slot) \(before)\(row(instruction).joined())\(instruction.ending == .flushed ? "!" : "")"
    }
  }
}
