import SimKernel

/// How fetch guesses past a conditional branch.
public enum BranchPredictor: String, CaseIterable, Sendable {
  /// Falls through; a taken branch flushes two places.
  case none
  /// Backward branches are taken at decode (one place lost when right), forward ones fall through.
  case backwardTaken = "backward_taken"
}

/// The five-stage pipeline.
public struct CoreSpec: ComponentSpec {
  public var predictor: BranchPredictor = .none
  /// Cycles that a multiplication, a division or modulo, an atomic spends in its stage.
  public var multiplyCycles: Cycle = 3
  public var divideCycles: Cycle = 34
  public var atomicCycles: Cycle = 2
  /// Program loader: slots of 8 bytes copied from TEXT to the instruction memory in one cycle.
  public var loadSlotsPerCycle: Cycle = 1
  /// 0 runs without limit.
  public var instructionLimit: UInt64 = 0
  public var stackSize: Int = 4096
  public var frameSize: Int = 256
  public var callDepth: Int = 8

  public init() {}

  public static let fields: [SpecField<CoreSpec>] = [
    .choice("predictor", \.predictor, "how fetch guesses past a conditional branch"),
    .count("multiply_cycles", \.multiplyCycles, of: "core cycles", 1...255, "a multiplication in the execute stage"),
    .count("divide_cycles", \.divideCycles, of: "core cycles", 1...255, "a division or modulo in the execute stage"),
    .count("atomic_cycles", \.atomicCycles, of: "core cycles", 1...255, "an atomic operation in the memory stage"),
    .count(
      "load_slots_per_cycle", \.loadSlotsPerCycle, of: "slots per core cycle", 1...64,
      "8-byte slots that the program loader moves from TEXT in one cycle"),
    .count(
      "instruction_limit", \.instructionLimit, of: "instructions", 0...UInt64.max >> 1,
      "a longer run is ended by a fault; 0 for no limit"),
    .size("stack_size", \.stackSize, 64...65_536, "bytes of stack"),
    .size("frame_size", \.frameSize, 8...4_096, "bytes of stack that a local call takes"),
    .count("call_depth", \.callDepth, of: "frames", 1...8, "nested local calls, the entry included"),
  ]

  public func validate() throws(SpecError) {
    guard stackSize % 8 == 0 && frameSize % 8 == 0 else {
      throw SpecError(
        field: "stack_size", found: "\(stackSize) with frames of \(frameSize)", expected: "multiples of 8")
    }
  }
}
