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
  /// Functions for CALL with source 0, by number.
  public var helpers: [Int32: Helper]
  /// Instructions retired by the last run, also when it faulted; the faulting one is not counted.
  public internal(set) var retired: UInt64 = 0

  let code: [DecodedInstruction]

  /// Traps when `limits` give less than 8 bytes of stack, a stack that wraps around the address space, or a
  /// negative call depth.
  public init(
    program: Program, limits: Limits = Limits(), regions: [MemoryRegion] = [], helpers: [Int32: Helper] = [:]
  ) {
    precondition(limits.stackBytes >= 8, "stack of \(limits.stackBytes) bytes, expected 8 or more")
    precondition(limits.callDepth >= 0, "call depth \(limits.callDepth), expected 0 or more")
    self.program = program
    self.limits = limits
    self.regions = regions
    self.helpers = helpers
    code = DecodedInstruction.decode(program.text)
  }

  /// Runs the program from its entry until it exits or faults.
  public mutating func run(r1: UInt64 = 0, r2: UInt64 = 0) -> Result {
    let stackBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: limits.stackBytes, alignment: 16)
    defer { stackBytes.deallocate() }
    stackBytes.initializeMemory(as: UInt8.self, repeating: 0)
    let stack = MemoryRegion(base: limits.stackBase, bytes: stackBytes)
    return withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 16) { registers in
      registers.initialize(repeating: 0)
      (registers[1], registers[2]) = (r1, r2)
      registers[10] = limits.stackBase &+ UInt64(limits.stackBytes)
      return code.withUnsafeBufferPointer { code in
        execute(code.baseAddress!, registers.baseAddress!, stack)
      }
    }
  }

  /// What a local call saves (RFC 9669 section 4.3.2 leaves the mechanism to the machine).
  struct Frame {
    var returnSlot: Int
    var r6, r7, r8, r9: UInt64
  }
}
