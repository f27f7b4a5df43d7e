import Device
import EBPF
import SimKernel

/// What retires: encodings, the ways of branches, and how far the user of a value is behind its producer.
final class CoreCoverage: CoreObserver {
  let followsCycles = false
  private let counter: CoverageCounter
  /// By register: who wrote it last, and as which instruction of the run.
  private var producers = [(producer: Producer, order: Int)?](repeating: nil, count: 11)
  private var order = 0
  /// The branch that retired last, until the next instruction tells where it went.
  private var branch: (instruction: Instruction, pc: Int)?

  init(_ counter: CoverageCounter) { self.counter = counter }

  func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {
    for register in producers.indices { producers[register] = nil }
    (order, branch) = (0, nil)
  }

  func commits(_ commit: Commit, fault: CoreFault) {
    resolveBranch(next: commit.pc)
    guard fault == .none else { return }
    let instruction = Instruction(word: commit.instruction), traits = instruction.traits
    if let place = Encodings.place(of: instruction) { counter.hitInstruction(place) }
    countDependencies(of: instruction)
    let producer = Producer(instruction)
    for index in 0..<commit.writeCount {
      producers[Int(commit.writes[index].register)] = producer.map { ($0, order) }
    }
    if traits.isBranch { branch = (instruction, commit.pc) }
    order += 1
  }

  func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {}
  func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) { branch = nil }

  /// A branch to the next slot goes there in any case, so it is not counted.
  private func resolveBranch(next: Int) {
    guard let (instruction, pc) = branch else { return }
    branch = nil
    guard instruction.offset != 0, let place = Encodings.place(of: instruction) else { return }
    let way = next == pc + 1 ? "not taken" : "taken"
    counter.hit("branches", "\(Encodings.names[place]) \(way)")
    counter.hit("branches", "\(instruction.offset < 0 ? "backward" : "forward") \(way)")
  }

  private func countDependencies(of instruction: Instruction) {
    for register in instruction.operands {
      guard let (producer, written) = producers[register] else { continue }
      let distance = order - written
      if distance <= CoverageBins.farthestDependency { counter.hit("dependencies", "\(producer) \(distance)") }
    }
  }
}

extension Producer {
  /// nil for what makes no value that others wait for: calls and returns restore registers.
  init?(_ instruction: Instruction) {
    let traits = instruction.traits
    if traits.isMultiply {
      self = .multiply
    } else if traits.isDivide {
      self = .divide
    } else if traits.isALU {
      self = .alu
    } else if traits.isWide {
      self = .wide
    } else if traits.isLoad {
      self = .load
    } else if traits.isAtomic {
      self = .atomic
    } else if instruction.opcode == Opcode.call && instruction.source == 0 {
      self = .helper
    } else {
      return nil
    }
  }
}

extension Instruction {
  /// The registers that it reads, each once: those that it names, r0 of CMPXCHG, r1 to r5 of a helper function.
  fileprivate var operands: Set<Int> {
    let traits = traits
    if opcode == Opcode.call { return source == 0 ? [1, 2, 3, 4, 5] : [] }
    var registers: Set<Int> = []
    if traits.readsDestination { registers.insert(Int(destination)) }
    if traits.readsSource { registers.insert(Int(source)) }
    if traits.isAtomic && AtomicOperation.isCompareExchange(immediate) { registers.insert(0) }
    return registers
  }
}
