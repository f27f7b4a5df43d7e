import EBPF
import SimKernel

/// The delays of the pipeline as the stages use them.
struct CoreTiming {
  let predictor: BranchPredictor
  let multiplyCycles: UInt8
  let divideCycles: UInt8
  let atomicCycles: UInt8
  let callDepth: Int
  let frameSize: UInt64
  let instructionLimit: UInt64

  init(_ spec: CoreSpec) {
    predictor = spec.predictor
    multiplyCycles = UInt8(spec.multiplyCycles)
    divideCycles = UInt8(spec.divideCycles)
    atomicCycles = UInt8(spec.atomicCycles)
    callDepth = spec.callDepth
    frameSize = UInt64(spec.frameSize)
    instructionLimit = spec.instructionLimit == 0 ? .max : spec.instructionLimit
  }
}

/// What surrounds the pipeline and stays as it is for a run. Behind a pointer, so that a stage is handed one word.
struct CoreContext {
  let memory: CoreMemory
  let timing: CoreTiming
  let traits: UnsafePointer<OpcodeTraits>
  /// The instruction memory, filled by the loader.
  let text: UnsafeMutablePointer<UInt64>
  var textCount: UInt32 = 0
  /// Frames below `CoreState.caller`, by depth.
  let callStack: UnsafeMutablePointer<CallFrame>
}

/// The eBPF execution core: fetch, decode, execute, memory, write-back.
///
/// It owns port B of device RAM, as a core beside a dual-port block RAM does, so loads and stores take one cycle.
public final class Core: Component {
  public let clock: Clock
  public let state = FlipFlops(CoreState())
  public let ports: [any PortEnd]
  /// One record per run, for reports.
  public private(set) var runs: [RunRecord] = []

  let spec: CoreSpec
  let commands: InPort<CoreCommand>
  let results: OutPort<CoreResult>
  let ram: MemoryArray
  /// RET takes all 8 bytes of r0.
  let ret64: Bool
  let context: UnsafeMutablePointer<CoreContext>
  let stack: MemoryArray
  let program = MemoryArray(bytes: CoreMemory.programCapacity)
  var loadFailure = ""
  private var started: Picoseconds = 0

  /// Slots of the instruction memory.
  static let textCapacity = 65_536

  public init(
    _ spec: CoreSpec, clock: Clock, ram: MemoryArray, ret64: Bool, commands: InPort<CoreCommand>,
    results: OutPort<CoreResult>
  ) {
    self.spec = spec
    self.clock = clock
    self.ram = ram
    self.ret64 = ret64
    self.commands = commands
    self.results = results
    ports = [commands, results]
    stack = MemoryArray(bytes: spec.stackSize)
    context = .allocate(capacity: 1)
    context.initialize(
      to: CoreContext(
        memory: CoreMemory(
          ram: ram.base, stack: stack.base, stackSize: UInt64(spec.stackSize), program: program.base),
        timing: CoreTiming(spec), traits: OpcodeTraits.table, text: .allocate(capacity: Core.textCapacity),
        callStack: .allocate(capacity: spec.callDepth)))
  }

  deinit {
    context.pointee.text.deallocate()
    context.pointee.callStack.deallocate()
    context.deallocate()
  }

  @inline(__always) public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    if commands.hasMessage { accept() }
    switch s.pointee.phase {
    case .running:
      if s.pointee.step(context) { finishRun() }
      return .next
    case .idle: return .onInput
    case .loading: return load(now)
    case .reporting: return report()
    }
  }

  public var pendingWork: String? { state.pointer.pointee.phase == .idle ? nil : "its program to end" }

  @inline(never) private func accept() {
    let s = state.pointer
    if commands.head.pointee.kind == .abort {
      _ = commands.receive()
      switch s.pointee.phase {
      case .running:
        // The instruction in write-back has already changed memory, so it retires; no younger one has.
        if !s.pointee.retire(context) { _ = s.pointee.stop(.aborted) }
        finishRun()
      case .loading:
        s.pointee.fault = .aborted
        finishRun()
      case .idle, .reporting: break
      }
    } else if s.pointee.phase == .idle, let command = commands.receive() {
      started = clock.time
      begin(offset: UInt64(command.offset))
    }
  }

  /// Marks the first fetch.
  func beginRun() {
    started = clock.time
    state.pointer.pointee.phase = .running
  }

  /// Also for a run that failed before its first fetch.
  @inline(never) func finishRun() {
    let s = state.pointer
    record()
    s.pointee.phase = .reporting
    s.pointee.step = 0
  }

  private func record() {
    let s = state.pointer
    var counts: [Bubble: UInt64] = [:]
    for bubble in Bubble.allCases { counts[bubble] = s.pointee.counts[Int(bubble.rawValue)] }
    runs.append(
      RunRecord(
        start: started, end: clock.time, r0: s.pointee.registers[0], fault: s.pointee.fault,
        faultPC: s.pointee.faultPC, detail: loadFailure, counts: counts))
  }
}

extension CoreState {
  /// One cycle of the pipeline, sinks first: each stage reads the register before it and overwrites the one behind it,
  /// so no second copy of the state is needed. Returns true when the run is over.
  @inline(__always) mutating func step(_ context: UnsafePointer<CoreContext>) -> Bool {
    if retire(context) { return true }
    if access(context) { return false }
    switch execute(context) {
    case .hold: return false
    case .flush:
      execute.bubble = .branch
      decode.bubble = .branch
      return false
    case .none: break
    }
    switch decode(context) {
    case .hold: break
    case .flush: decode.bubble = .branch
    case .none: fetch(context)
    }
    return false
  }
}
