/// Registers r0...r10, 64 bits each.
public struct RegisterFile: Equatable, Sendable {
  var storage = InlineArray<11, UInt64>(repeating: 0)

  /// All registers are 0.
  public init() {}

  public subscript(register: Int) -> UInt64 {
    get { storage[register] }
    set { storage[register] = newValue }
  }

  /// r0 first.
  public var values: [UInt64] { storage.indices.map { storage[$0] } }

  public static func == (left: RegisterFile, right: RegisterFile) -> Bool {
    left.storage.indices.allSatisfy { left[$0] == right[$0] }
  }
}

/// Where a program stands between two instructions: all that it needs to go on, apart from memory.
public struct MachineState: Equatable, Sendable {
  /// What a local call saves (RFC 9669 section 4.3.2 leaves the mechanism to the machine).
  public struct Frame: Equatable, Sendable {
    /// The slot behind the call.
    public var returnSlot: Int
    public var r6, r7, r8, r9: UInt64

    public init(returnSlot: Int, r6: UInt64, r7: UInt64, r8: UInt64, r9: UInt64) {
      self.returnSlot = returnSlot
      (self.r6, self.r7, self.r8, self.r9) = (r6, r7, r8, r9)
    }
  }

  public var registers: RegisterFile
  /// The slot of the next instruction. Of a program that exited or faulted, the slot at which it did.
  public var pc: Int
  /// The open local calls, the newest last.
  public var frames: [Frame]
  /// Instructions retired since the program began.
  public var retired: UInt64

  public init(registers: RegisterFile = RegisterFile(), pc: Int, frames: [Frame] = [], retired: UInt64 = 0) {
    self.registers = registers
    self.pc = pc
    self.frames = frames
    self.retired = retired
  }
}
