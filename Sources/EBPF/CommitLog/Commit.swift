/// What an instruction did, as those who tell of each one pass it on: unlike a ``CommitRecord`` it takes nothing from the
/// heap, is copied as bytes, and can be used again for the next one.
public struct Commit: BitwiseCopyable, Sendable {
  public var run = 0
  public var order: UInt64
  public var pc: Int
  public var instruction: UInt64
  public var cycle: UInt64 = 0
  public var time: UInt64 = 0
  /// A return of a local call writes five registers.
  package private(set) var writes = InlineArray<5, CommitRecord.RegisterWrite>(repeating: .init(register: 0, value: 0))
  package private(set) var writeCount = 0
  package private(set) var accesses = InlineArray<2, CommitRecord.MemoryAccess>(
    repeating: .init(.load, size: 1, address: 0, value: 0))
  package private(set) var accessCount = 0

  public init(order: UInt64 = 0, pc: Int = 0, instruction: UInt64 = 0) {
    self.order = order
    self.pc = pc
    self.instruction = instruction
  }

  /// Makes it that of another instruction, which did nothing so far.
  package mutating func begin(order: UInt64, pc: Int, instruction: UInt64) {
    (self.order, self.pc, self.instruction) = (order, pc, instruction)
    dropEffects()
  }

  /// In rising order of the register, each at most once, five in all.
  public mutating func write(_ register: UInt8, _ value: UInt64) {
    writes[writeCount] = .init(register: register, value: value)
    writeCount += 1
  }

  /// Two at most, a load before a store.
  public mutating func access(_ access: CommitRecord.MemoryAccess) {
    accesses[accessCount] = access
    accessCount += 1
  }

  /// Nothing is written or accessed.
  package mutating func dropEffects() { (writeCount, accessCount) = (0, 0) }

  /// Whether both did the same, in the same place of the same run, whenever that was.
  package func isSame(as other: borrowing Commit) -> Bool {
    guard run == other.run, order == other.order, pc == other.pc, instruction == other.instruction,
      writeCount == other.writeCount, accessCount == other.accessCount
    else { return false }
    for index in 0..<writeCount where writes[index] != other.writes[index] { return false }
    for index in 0..<accessCount where accesses[index] != other.accesses[index] { return false }
    return true
  }

  /// The same as commit logs have it.
  /// - Parameters:
  ///   - core: which core it is of
  ///   - fault: why the instruction ended the run instead
  public func record(core: Int = 0, fault: String? = nil) -> CommitRecord {
    CommitRecord(
      core: core, run: run, order: order, pc: pc, instruction: instruction, writes: (0..<writeCount).map { writes[$0] },
      accesses: (0..<accessCount).map { accesses[$0] }, fault: fault, cycle: cycle, time: time)
  }
}
