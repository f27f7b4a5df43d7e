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

  @inline(never) func commits(_ record: CommitRecord, fault: CoreFault?) {
    monitor.takeUnretainedValue().commits(record, fault: fault)
  }

  @inline(never) func cycleEnds(_ now: Cycle, places: [PipelineView.Place], _ state: borrowing RunState) {
    monitor.takeUnretainedValue().cycleEnds(now, places: places, state)
  }
}

/// Turns what a pipeline does into what a ``CoreObserver`` hears. It keeps no state of the machine, only what it needs to
/// put records together, so that observation cannot change anything.
final class CoreMonitor {
  private let observer: any CoreObserver
  private let text: InstructionMemory
  private let clock: Clock
  private var run = 0
  private var accesses: [CommitRecord.MemoryAccess] = []
  private var counts = InlineArray<17, UInt64>(repeating: 0)

  init(_ observer: any CoreObserver, text: InstructionMemory, clock: Clock) {
    self.observer = observer
    self.text = text
    self.clock = clock
  }

  func runBegins(_ number: Int, program: Program, stages: [PipelineStage]) {
    run = number
    accesses = []
    counts = .init(repeating: 0)
    observer.runBegins(number, program: program, stages: stages, cycle: clock.now, time: clock.time)
  }

  /// The instruction that retires next accesses memory.
  func accesses(_ kind: CommitRecord.MemoryAccess.Kind, _ size: Int, at address: UInt64, _ value: UInt64) {
    let bits = UInt64(8 * size)
    accesses.append(.init(kind, size: size, address: address, value: bits < 64 ? value & (1 << bits - 1) : value))
  }

  /// The instruction at `pc` retires.
  /// - Parameters:
  ///   - destination: the register that it writes, or `RunState.noRegister`
  ///   - result: what it writes there; `state` need not have it yet
  ///   - isLast: it ends the program
  func retires(_ pc: UInt32, destination: UInt8, result: UInt64, isLast: Bool, _ state: borrowing RunState) {
    let traits = Instruction(word: text[pc]).traits
    if destination != RunState.noRegister {
      commit(pc, [.init(register: destination, value: result)], nil, state)
    } else if traits.isCall {
      commit(pc, [.init(register: 10, value: state.registers[10])], nil, state)
    } else if traits.isExit && !isLast {
      let registers = state.registers
      commit(pc, (6...10).map { .init(register: $0, value: registers[Int($0)]) }, nil, state)
    } else {
      commit(pc, [], nil, state)
    }
  }

  /// The instruction at `pc` ends the run and changes nothing.
  func faults(_ pc: UInt32, _ reason: CoreFault, _ state: borrowing RunState) {
    accesses = []
    commit(pc, [], reason, state)
  }

  /// An instruction of an engine without timing retires or faults.
  /// - Parameter fault: why it ends the run, if it does
  func commits(_ record: CommitRecord, fault: CoreFault?) {
    var record = record
    record.fault = fault.map { "\($0)" }
    record.run = run
    record.cycle = clock.now
    record.time = clock.time
    observer.commits(record)
  }

  private func commit(
    _ pc: UInt32, _ writes: [CommitRecord.RegisterWrite], _ fault: CoreFault?, _ state: borrowing RunState
  ) {
    let order = state.retired &+ state.fastForwarded &- (fault == nil ? 1 : 0)
    observer.commits(
      CommitRecord(
        run: run, order: order, pc: Int(pc), instruction: text[pc], writes: writes, accesses: accesses,
        fault: fault.map { "\($0)" }, cycle: clock.now, time: clock.time))
    accesses.removeAll(keepingCapacity: true)
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
