/// Executes programs without any notion of time: the oracle for every timed core.
///
/// Every access is checked, so any text may run, verified or not: a slot that the ``Verifier`` would refuse faults
/// when it is reached. Registers and stack start as zeros, apart from r1, r2 and r10.
public struct FunctionalEngine {
  public struct Limits: Hashable, Sendable {
    /// Guest address of the lowest stack byte; r10 starts at `stackBase + stackBytes`.
    public var stackBase: UInt64
    /// Bytes of stack, at least 8.
    public var stackBytes: Int
    /// Bytes by which a local call moves r10 down.
    public var frameBytes: UInt64
    /// Local calls that may be open at once.
    public var callDepth: Int
    /// Instructions that may retire; 0 for no limit. LDDW counts as one.
    public var instructionLimit: UInt64

    public init(
      stackBase: UInt64 = 0x0100_0000, stackBytes: Int = 4096, frameBytes: UInt64 = 256, callDepth: Int = 8,
      instructionLimit: UInt64 = 0
    ) {
      self.stackBase = stackBase
      self.stackBytes = stackBytes
      self.frameBytes = frameBytes
      self.callDepth = callDepth
      self.instructionLimit = instructionLimit
    }
  }

  public enum Result: Equatable, Sendable {
    /// EXIT of the outermost function: r0, all of r0...r10, and the instructions retired, EXIT included.
    case exit(r0: UInt64, registers: [UInt64], instructions: UInt64)
    case fault(Fault)
  }

  public let program: Program
  public let limits: Limits
  /// Guest memory beside the stack, which comes first where they overlap. The program's own data has to be here,
  /// at `program.dataBase`, if it has any.
  public var regions: [MemoryRegion]
  /// Functions for CALL with source 0 and CALLX.
  public var helpers: HelperTable
  /// Instructions retired by the last run, also when it faulted; the faulting one is not counted.
  public internal(set) var retired: UInt64 = 0

  private var code: [DecodedInstruction]

  /// Traps when `limits` give less than 8 bytes of stack, a stack that wraps around the address space, or a
  /// negative call depth.
  public init(
    program: Program, limits: Limits = Limits(), regions: [MemoryRegion] = [], helpers: HelperTable = .empty
  ) {
    precondition(limits.stackBytes >= 8, "stack of \(limits.stackBytes) bytes, expected 8 or more")
    precondition(limits.callDepth >= 0, "call depth \(limits.callDepth), expected 0 or more")
    self.program = program
    self.limits = limits
    self.regions = regions
    self.helpers = helpers
    code = DecodedInstruction.decode(program.text)
  }

  /// Runs the program from its entry until it exits or faults, with a stack of its own.
  public mutating func run(r1: UInt64 = 0, r2: UInt64 = 0) -> Result {
    let stackBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: limits.stackBytes, alignment: 16)
    defer { stackBytes.deallocate() }
    stackBytes.initializeMemory(as: UInt8.self, repeating: 0)
    var state = start(r1: r1, r2: r2)
    defer { retired = state.retired }
    switch resume(&state, stack: MemoryRegion(base: limits.stackBase, bytes: stackBytes)) {
    case .exit:
      return .exit(r0: state.registers[0], registers: state.registers.values, instructions: state.retired)
    case .fault(let fault): return .fault(fault)
    case .budget, .breakpoint: preconditionFailure("a run has neither a budget nor a breakpoint")
    }
  }

  /// The state in which the program begins: at its entry, with r1, r2 and r10 set.
  public func start(r1: UInt64 = 0, r2: UInt64 = 0) -> MachineState {
    var state = MachineState(pc: program.entry)
    state.registers[1] = r1
    state.registers[2] = r2
    state.registers[10] = limits.stackBase &+ UInt64(limits.stackBytes)
    return state
  }

  /// Why ``resume(_:stack:instructions:breakpoint:)`` returned.
  public enum Stop: Equatable, Sendable {
    /// EXIT of the outermost function, or a helper that ends the program; r0 is the result.
    case exit
    case fault(Fault)
    /// As many instructions have retired as were asked for.
    case budget
    /// The instruction at the breakpoint is the next one.
    case breakpoint
  }

  /// Goes on from `state` and leaves in it where the program stands then. Any slicing of a run gives the same states;
  /// a state that exited or faulted is at its end.
  /// - Parameters:
  ///   - stack: the caller's, at `limits.stackBase` as a rule; 8 bytes or more, writable, else this traps
  ///   - instructions: how many may retire now, beside `limits.instructionLimit`, which counts from the start
  ///   - breakpoint: the slot before which to stop, at once if the state is there already. Wins over both limits
  public mutating func resume(
    _ state: inout MachineState, stack: MemoryRegion, instructions: UInt64 = .max, breakpoint: Int? = nil
  ) -> Stop {
    precondition(stack.bytes.count >= 8 && stack.isWritable, "the stack needs 8 writable bytes or more")
    let limit = limits.instructionLimit == 0 ? .max : limits.instructionLimit
    let (budget, isBeyondCounting) = state.retired.addingReportingOverflow(instructions)
    let end = max(state.retired, min(limit, isBeyondCounting ? .max : budget))
    let stop = withBreakpoint(breakpoint) { engine in
      var registers = state.registers
      defer { state.registers = registers }
      var span = registers.storage.mutableSpan
      return span.withUnsafeMutableBufferPointer { registers in
        engine.code.withUnsafeBufferPointer { code in
          engine.execute(code.baseAddress!, registers.baseAddress!, stack, &state, until: end)
        }
      }
    }
    guard stop == .budget else { return stop }
    if state.pc == breakpoint { return .breakpoint }
    return state.retired >= limit ? .fault(Fault(.instructionLimit, pc: state.pc)) : .budget
  }

  /// The instruction at the breakpoint is replaced, so that the loop need not look for it.
  private mutating func withBreakpoint(_ slot: Int?, _ body: (borrowing FunctionalEngine) -> Stop) -> Stop {
    guard let slot, code.indices.contains(slot) else { return body(self) }
    let instruction = code[slot]
    code[slot] = DecodedInstruction(pseudo: DecodedInstruction.breakpoint)
    defer { code[slot] = instruction }
    return body(self)
  }
}
