import SimKernel

/// A core without a pipeline for those who only want results. It has no timing: its runs report 0 cycles.
public struct FunctionalSpec: ComponentSpec {
  /// Instructions that are executed at once; nobody else does anything meanwhile.
  public var sliceInstructions: Cycle = 4096
  /// How time passes for the others behind a slice. Fast, because what they do costs time too: polls, above all.
  public var instructionsPerCycle: Cycle = 64

  public init() {}

  public static let fields: [SpecField<FunctionalSpec>] = [
    .count(
      "slice_instructions", \.sliceInstructions, of: "instructions", 1...1_000_000,
      "executed at once; aborts and memory accesses of others see no finer grain"),
    .count(
      "instructions_per_cycle", \.instructionsPerCycle, of: "instructions per core cycle", 1...1_000_000,
      "how fast the core seems to the others; its runs report no cycles"),
  ]
}
