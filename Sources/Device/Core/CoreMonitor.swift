import EBPF
import SimKernel

/// A monitor as stages reach it: not counted, and called out of line, so that a core to which nobody listens pays for no
/// more than the question.
struct Listener {
  private unowned(unsafe) let monitor: CoreMonitor

  init(_ monitor: CoreMonitor) { self.monitor = monitor }

  @inline(never) func accesses(
    _ kind: CommitRecord.MemoryAccess.Kind, _ size: Int, at address: UInt64, _ value: UInt64
  ) { monitor.accesses(kind, size, at: address, value) }

  @inline(never) func retires(
    _ pc: UInt32, destination: UInt8, result: UInt64, isLast: Bool, _ state: borrowing RunState
  ) {
    monitor.retires(pc, destination: destination, result: result, isLast: isLast, state)
  }

  @inline(never) func faults(_ pc: UInt32, _ reason: CoreFault, _ state: borrowing RunState) {
    monitor.faults(pc, reason, state)
  }

  @inline(never) func commits(_ commit: Commit, fault: CoreFault) {
    monitor.commits(commit, fault: fault)
  }

  @inline(never) func cycleEnds(_ now: Cycle, places: [PipelineView.Place], _ state: borrowing RunState) {
    monitor.cycleEnds(now, places: places, state)
  }
}

/// Turns what a pipeline does into what a ``CoreObserver`` hears. It keeps no state of the machine, only what it needs to
/// put commits together, so that observation cannot change anything.
final class CoreMonitor {
  private let observer: any CoreObserver
  private let text: InstructionMemory
  private let clock: Clock
  /// Of the instruction that retires next. Memory of its own, which no access has to be checked for.
  private let commit = UnsafeMutablePointer<Commit>.allocate(capacity: 1)
  private var counts = InlineArray<17, UInt64>(repeating: 0)

  init(_ observer: any CoreObserver, text: InstructionMemory, clock: Clock) {
    self.observer = observer
    self.text = text
    self.clock = clock
    commit.initialize(to: Commit())
  }

  deinit { commit.deallocate() }

  func runBegins(_ number: Int, program: Program, stages: [PipelineStage]) {
    commit.pointee = Commit()
    commit.pointee.run = number
    counts = .init(repeating: 0)
    observer.runBegins(number, program: program, stages: stages, cycle: clock.now, time: clock.time)
  }

  /// The instruction that retires next accesses memory.
  func accesses(_ kind: CommitRecord.MemoryAccess.Kind, _ size: Int, at address: UInt64, _ value: UInt64) {
    let bits = UInt64(8 * size)
    commit.pointee.access(.init(kind, size: size, address: address, value: bits < 64 ? value & (1 << bits - 1) : value))
  }

  /// The instruction at `pc` retires.
  /// - Parameters:
  ///   - destination: the register that it writes, or `RunState.noRegister`
  ///   - result: what it writes there; `state` need not have it yet
  ///   - isLast: it ends the program
  func retires(_ pc: UInt32, destination: UInt8, result: UInt64, isLast: Bool, _ state: borrowing RunState) {
    let traits = Instruction(word: text[pc]).traits
    if destination != RunState.noRegister {
      commit.pointee.write(destination, result)
    } else if traits.isCall {
      commit.pointee.write(10, state.registers[10])
    } else if traits.isExit && !isLast {
      for register in 6...10 { commit.pointee.write(UInt8(register), state.registers[register]) }
    }
    finish(pc, order: state.retired &+ state.fastForwarded &- 1, .none)
  }

  /// The instruction at `pc` ends the run and changes nothing.
  func faults(_ pc: UInt32, _ reason: CoreFault, _ state: borrowing RunState) {
    commit.pointee.dropEffects()
    finish(pc, order: state.retired &+ state.fastForwarded, reason)
  }

  /// An instruction of an engine without timing retires or faults.
  /// - Parameter fault: why it ends the run, if it does
  func commits(_ commit: Commit, fault: CoreFault) {
    var commit = commit
    commit.run = self.commit.pointee.run
    commit.cycle = clock.now
    commit.time = clock.time
    observer.commits(commit, fault: fault)
  }

  private func finish(_ pc: UInt32, order: UInt64, _ fault: CoreFault) {
    commit.pointee.pc = Int(pc)
    commit.pointee.instruction = text[pc]
    commit.pointee.order = order
    commit.pointee.cycle = clock.now
    commit.pointee.time = clock.time
    observer.commits(commit.pointee, fault: fault)
    commit.pointee.dropEffects()
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
