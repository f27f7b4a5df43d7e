import SimKernel

/// A core without a pipeline for those who only want results: one instruction a cycle, whatever it is.
public struct FunctionalSpec: ComponentSpec {
  /// Instructions that are executed at once; the core then sleeps for as many cycles.
  public var sliceInstructions: Cycle = 4096

  public init() {}

  public static let fields: [SpecField<FunctionalSpec>] = [
    .count(
      "slice_instructions", \.sliceInstructions, of: "instructions", 1...1_000_000,
      "instructions executed at once, before as many cycles pass; aborts and memory accesses of others see no finer grain"
    )
  ]
}
