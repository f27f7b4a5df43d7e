/// What one retired instruction changed: the architecture first, then when it happened.
///
/// It is what commit logs hold, and what a design is compared with; cores tell of a ``Commit``.
public struct CommitRecord: Equatable, Sendable {
  /// A register that the instruction wrote.
  public struct RegisterWrite: Equatable, BitwiseCopyable, Sendable {
    /// 0...10.
    public var register: UInt8
    public var value: UInt64

    public init(register: UInt8, value: UInt64) {
      self.register = register
      self.value = value
    }
  }

  /// A memory access. An atomic has two: the load of the old value and, when it stores, the store of the new one.
  public struct MemoryAccess: Equatable, BitwiseCopyable, Sendable {
    public enum Kind: UInt8, BitwiseCopyable, Sendable { case load, store }
    public var kind: Kind
    /// Bytes: 1, 2, 4 or 8.
    public var size: UInt8
    /// Guest address.
    public var address: UInt64
    /// The bytes in memory, zero-extended: a load's register may be their sign extension.
    public var value: UInt64

    public init(_ kind: Kind, size: Int, address: UInt64, value: UInt64) {
      self.kind = kind
      self.size = UInt8(size)
      self.address = address
      self.value = value
    }
  }

  public var core: Int
  /// Counts the runs of the core from 0.
  public var run: Int
  /// Counts the retired instructions of the run from 0.
  public var order: UInt64
  /// The slot of the instruction.
  public var pc: Int
  /// The instruction; of LDDW its first slot.
  public var instruction: UInt64
  /// In rising order of the register. A local call writes r10; its return writes r6 to r10.
  public var writes: [RegisterWrite]
  public var accesses: [MemoryAccess]
  /// Why the run ends here: the instruction did not retire and changed nothing.
  public var fault: String?
  /// Edges of the core's clock since the start of the simulation.
  public var cycle: UInt64
  /// Picoseconds since the start of the simulation.
  public var time: UInt64

  public init(
    core: Int = 0, run: Int = 0, order: UInt64 = 0, pc: Int, instruction: UInt64, writes: [RegisterWrite] = [],
    accesses: [MemoryAccess] = [], fault: String? = nil, cycle: UInt64 = 0, time: UInt64 = 0
  ) {
    self.core = core
    self.run = run
    self.order = order
    self.pc = pc
    self.instruction = instruction
    self.writes = writes
    self.accesses = accesses
    self.fault = fault
    self.cycle = cycle
    self.time = time
  }
}
