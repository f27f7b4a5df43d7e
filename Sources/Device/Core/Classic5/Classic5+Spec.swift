import SimKernel

/// How fetch guesses past a conditional branch.
public enum BranchPredictor: String, CaseIterable, Sendable {
  /// Falls through; a taken branch flushes two places.
  case none
  /// Backward branches are taken at decode (one place lost when right), forward ones fall through.
  case backwardTaken = "backward_taken"
}

/// The five-stage pipeline.
public struct Classic5Spec: ComponentSpec {
  public var predictor: BranchPredictor = .none
  /// Cycles that a multiplication, a division or modulo, an atomic spends in its stage.
  public var multiplyCycles: Cycle = 3
  public var divideCycles: Cycle = 34
  public var atomicCycles: Cycle = 2

  public init() {}

  public static let fields: [SpecField<Classic5Spec>] = [
    .choice("predictor", \.predictor, "how fetch guesses past a conditional branch"),
    .count("multiply_cycles", \.multiplyCycles, of: "core cycles", 1...255, "a multiplication in the execute stage"),
    .count("divide_cycles", \.divideCycles, of: "core cycles", 1...255, "a division or modulo in the execute stage"),
    .count("atomic_cycles", \.atomicCycles, of: "core cycles", 1...255, "an atomic operation in the memory stage"),
  ]
}

/// The delays of the pipeline as the stages use them.
public struct Classic5Timing {
  let predictor: BranchPredictor
  let multiplyCycles: UInt8
  let divideCycles: UInt8
  let atomicCycles: UInt8

  init(_ spec: Classic5Spec) {
    predictor = spec.predictor
    multiplyCycles = UInt8(spec.multiplyCycles)
    divideCycles = UInt8(spec.divideCycles)
    atomicCycles = UInt8(spec.atomicCycles)
  }
}
