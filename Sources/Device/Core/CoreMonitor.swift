import EBPF
import SimKernel

/// A monitor as stages reach it: not counted, and called out of line, so that a core to which nobody listens pays for no
/// more than the question.
struct Listener {
  private let monitor: Unmanaged<CoreMonitor>

  init(_ monitor: CoreMonitor) { self.monitor = .passUnretained(monitor) }

  @inline(never) func accesses(
    _ kind: CommitRecord.MemoryAccess.Kind, _ size: Int, at address: UInt64, _ value: UInt64
  ) { monitor.takeUnretainedValue().accesses(kind, size, at: address, value) }

  @inline(never) func retires(
    _ pc: UInt32, destination: UInt8, result: UInt64, isLast: Bool, _ state: borrowing RunState
  ) {
    let monitor = monitor.takeUnretainedValue()
    monitor.retires(pc, destination: destination, result: result, isLast: isLast, state)
  }

  @inline(never) func faults(_ pc: UInt32, _ reason: CoreFault, _ state: borrowing RunState) {
    monitor.takeUnretainedValue().faults(pc, reason, state)
  }

  @inline(never) func commits(_ commit: Commit, fault: CoreFault) {
    monitor.takeUnretainedValue().commits(commit, fault: fault)
  }

  @inline(never) func cycleEnds(_ now: Cycle, places: [PipelineView.Place], _ state: borrowing RunState) {
    monitor.takeUnretainedValue().cycleEnds(now, places: places, state)
  }
}

/// Turns what a pipeline does into what a ``CoreObserver`` hears. It keeps no state of the machine, only what it needs to
/// put commits together, so that observation cannot change anything.
final class CoreMonitor {
  private let observer: any CoreObserver
  private let text: InstructionMemory
  private let clock: Clock
  /// Of the instruction that retires next.
  private var commit = Commit()
  private var counts = InlineArray<17, UInt64>(repeating: 0)

  init(_ observer: any CoreObserver, text: InstructionMemory, clock: Clock) {
    self.observer = observer
    self.text = text
    self.clock = clock
  }

  func runBegins(_ number: Int, program: Program, stages: [PipelineStage]) {
    commit = Commit()
    commit.run = number
    counts = .init(repeating: 0)
    observer.runBegins(number, program: program, stages: stages, cycle: clock.now, time: clock.time)
  }

  /// The instruction that retires next accesses memory.
  func accesses(_ kind: CommitRecord.MemoryAccess.Kind, _ size: Int, at address: UInt64, _ value: UInt64) {
    let bits = UInt64(8 * size)
    commit.access(.init(kind, size: size, address: address, value: bits < 64 ? value & (1 << bits - 1) : value))
  }

  /// The instruction at `pc` retires.
  /// - Parameters:
  ///   - destination: the register that it writes, or `RunState.noRegister`
  ///   - result: what it writes there; `state` need not have it yet
  ///   - isLast: it ends the program
  func retires(_ pc: UInt32, destination: UInt8, result: UInt64, isLast: Bool, _ state: borrowing RunState) {
    let traits = Instruction(word: text[pc]).traits
    if destination != RunState.noRegister {
      commit.write(destination, result)
    } else if traits.isCall {
      commit.write(10, state.registers[10])
    } else if traits.isExit && !isLast {
      for register in 6...10 { commit.write(UInt8(register), state.registers[register]) }
    }
    finish(pc, order: state.retired &+ state.fastForwarded &- 1, .none)
  }

  /// The instruction at `pc` ends the run and changes nothing.
  func faults(_ pc: UInt32, _ reason: CoreFault, _ state: borrowing RunState) {
    commit.dropEffects()
    finish(pc, order: state.retired &+ state.fastForwarded, reason)
  }

  /// An instruction of an engine without timing retires or faults.
  /// - Parameter fault: why it ends the run, if it does
  func commits(_ commit: Commit, fault: CoreFault) {
    var commit = commit
    commit.run = self.commit.run
    commit.cycle = clock.now
    commit.time = clock.time
    observer.commits(commit, fault: fault)
  }

  private func finish(_ pc: UInt32, order: UInt64, _ fault: CoreFault) {
    commit.pc = Int(pc)
    commit.instruction = text[pc]
    commit.order = order
    commit.cycle = clock.now
    commit.time = clock.time
    observer.commits(commit, fault: fault)
    commit.dropEffects()
  }

  func cycleEnds(_ now: Cycle, places: [PipelineView.Place], _ state: borrowing RunState) {
    var charge = Bubble.none
    for bubble in Bubble.allCases where state.counts[Int(bubble.rawValue)] != counts[Int(bubble.rawValue)] {
      charge = bubble
    }
    counts = state.counts
    observer.cycleEnds(now, PipelineView(places: places, retired: state.retired, charge: charge))
  }

  func runEnds(_ number: Int, _ fault: CoreFault) { observer.runEnds(number, fault: fault, cycle: clock.now) }
}
