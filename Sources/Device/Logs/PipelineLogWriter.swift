import EBPF
import Logs
import SimKernel

/// Writes the way of each instruction through the pipeline, as the Konata viewer shows it (specs/pipeline-log.md).
public final class PipelineLogWriter: CoreLog {
  private let file: LogFile
  private var program = Program(text: [])
  private var stages: [PipelineStage] = []
  private var run = 0
  private var tracker = PipelineTracker(Program(text: []), stages: 0, nextID: 0)
  private var retired: UInt64 = 0
  /// The effects of the instruction that retired, or faulted, last.
  private var commit: CommitRecord?
  /// Those of this cycle.
  private var commits: [CommitRecord] = []
  /// To which the lines belong that are written now; nil before the first.
  private var cycle: Cycle?
  /// By slot of the program; text is made for those only that are fetched.
  private var labels: [UInt32: [UInt8]] = [:]
  private let causes = Bubble.allCases.map { Array($0.reportName.utf8) }

  /// Replaces the file at `path`.
  public init(path: String) throws(LogError) {
    file = try LogFile(path: path, what: "pipeline log")
    file.append { $0.append("Kanata\t0004\n") }
  }

  public func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {
    self.run = run
    self.program = program
    self.stages = stages
    labels = [:]
    tracker = PipelineTracker(program, stages: stages.count, nextID: tracker.nextID)
  }

  public func commits(_ commit: Commit, fault: CoreFault) {
    let record = commit.record(fault: fault.logName)
    self.commit = record
    commits.append(record)
  }

  public func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {
    file.append { text in
      if view.places.isEmpty {
        writeSideBySide(in: cycle, to: &text)
      } else {
        tracker.cycle(view) { write($0, in: cycle, to: &text) }
      }
    }
    commits.removeAll(keepingCapacity: true)
  }

  public func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {
    file.append { text in
      tracker.end { write($0, in: cycle, to: &text) }
    }
    commit = nil
  }

  public func close() throws(LogError) { try file.close() }
}

// The commands of the format. A stage lasts up to the cycle in which its end is written, which it does not include.
extension PipelineLogWriter {
  private func write(_ event: PipelineTracker.Event, in cycle: Cycle, to text: inout [UInt8]) {
    switch event {
    case .enters(let instruction, let stage):
      advance(to: cycle, &text)
      if instruction.stage == nil { begin(instruction, &text) }
      endStage(of: instruction, &text)
      command("S", instruction.id, &text)
      text.append("\t0\t")
      text.append(contentsOf: stages[stage].letter.utf8)
      text.append("\n")
    case .leaves(let instruction, let retires):
      advance(to: cycle + 1, &text)
      writeDetail(of: instruction, retires, &text)
      endStage(of: instruction, &text)
      command("R", instruction.id, &text)
      text.append("\t")
      text.append(decimal: retired)
      text.append(retires ? "\t0\n" : "\t1\n")
      if retires { retired += 1 }
    }
  }

  /// All that a core without timing did in this cycle.
  private func writeSideBySide(in cycle: Cycle, to text: inout [UInt8]) {
    var rows = commits.map { tracker.makeRow(pc: UInt32($0.pc)) }
    for i in rows.indices {
      write(.enters(rows[i], stage: 0), in: cycle, to: &text)
      rows[i].stage = 0
    }
    for (row, record) in zip(rows, commits) {
      commit = record
      write(.leaves(row, retired: record.fault == nil), in: cycle, to: &text)
    }
  }

  private func advance(to cycle: Cycle, _ text: inout [UInt8]) {
    guard cycle != self.cycle else { return }
    if let before = self.cycle {
      text.append("C\t")
      text.append(decimal: cycle - before)
    } else {
      text.append("C=\t")
      text.append(decimal: cycle)
    }
    text.append("\n")
    self.cycle = cycle
  }

  private func command(_ name: StaticString, _ id: Int, _ text: inout [UInt8]) {
    text.append(name)
    text.append("\t")
    text.append(decimal: UInt64(id))
  }

  /// The run takes the place of the thread.
  private func begin(_ instruction: InFlight, _ text: inout [UInt8]) {
    command("I", instruction.id, &text)
    text.append("\t")
    text.append(decimal: UInt64(instruction.id))
    text.append("\t")
    text.append(decimal: UInt64(run))
    text.append("\n")
    command("L", instruction.id, &text)
    text.append("\t0\t")
    text.append(contentsOf: label(instruction.pc))
    text.append("\n")
  }

  private func endStage(of instruction: InFlight, _ text: inout [UInt8]) {
    guard let stage = instruction.stage else { return }
    command("E", instruction.id, &text)
    text.append("\t0\t")
    text.append(contentsOf: stages[stage].letter.utf8)
    text.append("\n")
  }
}

// What the viewer shows of an instruction in words.
extension PipelineLogWriter {
  /// `slot: disassembly`
  private func label(_ pc: UInt32) -> [UInt8] {
    if let label = labels[pc] { return label }
    let next = program.text.indices.contains(Int(pc) + 1) ? Instruction(word: program.text[Int(pc) + 1]) : nil
    let label = Array("\(pc): \(Disassembler.text(of: Instruction(word: word(pc)), next: next))".utf8)
    labels[pc] = label
    return label
  }

  /// Past the end of the program lie zeros.
  private func word(_ pc: UInt32) -> UInt64 {
    program.text.indices.contains(Int(pc)) ? program.text[Int(pc)] : 0
  }

  /// The word and what it did, then why it was held; the viewer reads `\n` as the end of a line.
  private func writeDetail(of instruction: InFlight, _ retires: Bool, _ text: inout [UInt8]) {
    command("L", instruction.id, &text)
    text.append("\t1\tinsn=0x")
    text.append(hex: word(instruction.pc), digits: 16)
    if let commit, commit.pc == Int(instruction.pc), retires || commit.fault != nil {
      commit.writeEffects(to: &text)
      self.commit = nil
    }
    for (i, (cause, cycles)) in instruction.held.enumerated() {
      text.append(i == 0 ? "\\nheld: " : ", ")
      text.append(contentsOf: causes[Int(cause.rawValue)])
      text.append(" ")
      text.append(decimal: UInt64(cycles))
    }
    text.append("\n")
  }
}
