import EBPF
import SimKernel

/// What the unit is doing.
public struct HelperUnitState: TracedState {
  public var busy = false
  public var number: UInt32 = 0
  /// The edge at which the answer leaves.
  public var doneAt: UInt64 = 0

  public static var signals: [SignalDeclaration<HelperUnitState>] {
    [.flag("busy", \.busy), .bits("number", \.number), .counter("doneAt", \.doneAt)]
  }
}

/// The accelerators behind a core's CALL: it takes one call at a time, works for the cycles of the function, and answers.
///
/// It shares the core's memories, port and all: the core waits while a helper function works.
public final class HelperUnit: Component {
  public let clock: Clock
  public let state = FlipFlops(HelperUnitState())
  public let ports: [any PortEnd]

  /// A function with its price.
  struct Accelerator {
    let cycles: Cycle
    let function: Helper
  }

  private let calls: InPort<HelperCall>
  private let returns: OutPort<HelperReturn>
  private let accelerators: [Int32: Accelerator]
  private let memory: CoreMemory

  init(
    _ helpers: [HelperSpec], memory: CoreMemory, clock: Clock, calls: InPort<HelperCall>,
    returns: OutPort<HelperReturn>
  ) {
    accelerators = Dictionary(
      helpers.map { ($0.number, Accelerator(cycles: $0.cycles, function: $0.helper)) }
    ) { first, _ in first }
    self.memory = memory
    self.clock = clock
    self.calls = calls
    self.returns = returns
    ports = [calls, returns]
  }

  public var pendingWork: String? { state.pointer.pointee.busy ? "helper \(state.pointer.pointee.number)" : nil }

  /// The call stays in its port until it is answered.
  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    guard calls.hasMessage else { return .onInput }
    if !s.pointee.busy {
      let number = calls.head.pointee.number
      s.pointee.busy = true
      s.pointee.number = UInt32(bitPattern: number)
      s.pointee.doneAt = now &+ (accelerators[number]?.cycles ?? 1) &- 1
    }
    guard now >= s.pointee.doneAt else { return .at(s.pointee.doneAt) }
    guard returns.canSend, let call = calls.receive() else { return .onInput }
    returns.send(answer(call))
    s.pointee.busy = false
    return .next
  }

  /// Memory changes at the edge of the answer.
  private func answer(_ call: HelperCall) -> HelperReturn {
    func answer(_ value: UInt64, endsProgram: Bool = false, fault: CoreFault = .none) -> HelperReturn {
      HelperReturn(fault: fault, endsProgram: endsProgram, value: value)
    }
    guard let accelerator = accelerators[call.number] else { return answer(0, fault: .unknownHelper) }
    let r = call.arguments
    let context = HelperContext(
      r1: r[0], r2: r[1], r3: r[2], r4: r[3], r5: r[4], regions: [memory.stackRegion] + memory.regions(call.window))
    switch accelerator.function(context) {
    case .value(let value): return answer(value)
    case .exit(let value): return answer(value, endsProgram: true)
    case .fault(let reason, _, _): return answer(0, fault: CoreFault(reason))
    }
  }
}
