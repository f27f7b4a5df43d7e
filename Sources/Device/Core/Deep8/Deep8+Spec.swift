import SimKernel

/// The eight-stage pipeline.
public struct Deep8Spec: ComponentSpec {
  public var btbEntries: Int = 16
  public var predictorEntries: Int = 64
  public var rasEntries: Int = 8
  public var icacheLines: Int = 16
  public var icacheLineSlots: Int = 8
  public var icacheMissCycles: Cycle = 12
  public var multiplyCycles: Cycle = 4
  public var divideCycles: Cycle = 20
  public var storeBufferEntries: Int = 4
  public var storeDrainCycles: Cycle = 2
  public var atomicCycles: Cycle = 4

  public init() {}

  public static let fields: [SpecField<Deep8Spec>] = [
    .oneOf(
      "btb_entries", \.btbEntries, powersOfTwo(12), of: "entries", "branch target buffer, direct mapped with full tags"),
    .oneOf("predictor_entries", \.predictorEntries, powersOfTwo(14), of: "entries", "2-bit counters of the branches"),
    .oneOf("ras_entries", \.rasEntries, powersOfTwo(6), of: "entries", "return address stack"),
    .oneOf(
      "icache_lines", \.icacheLines, [0] + powersOfTwo(12), of: "lines",
      "instruction cache, direct mapped; 0 for an instruction memory that always delivers"),
    .oneOf("icache_line_slots", \.icacheLineSlots, powersOfTwo(6), of: "slots", "8-byte slots of a line"),
    .count(
      "icache_miss_cycles", \.icacheMissCycles, of: "core cycles", 1...1023, "fetch waits for a line that is not there"),
    .count(
      "multiply_cycles", \.multiplyCycles, of: "core cycles", 1...255,
      "from a multiplication in execute to an instruction there that uses its result"),
    .count(
      "divide_cycles", \.divideCycles, of: "core cycles", 1...255,
      "from a division or modulo in execute to an instruction there that uses its result, or the divider"),
    .count("store_buffer_entries", \.storeBufferEntries, of: "entries", 1...16, "stores on their way to memory"),
    .count(
      "store_drain_cycles", \.storeDrainCycles, of: "core cycles", 1...255,
      "the oldest store in the buffer to reach memory"),
    .count(
      "atomic_cycles", \.atomicCycles, of: "core cycles", 1...255, "an atomic operation in the second memory stage"),
  ]

  /// 1, 2, 4 … up to 2 to the power of `last`.
  private static func powersOfTwo(_ last: UInt64) -> [UInt64] { (0...last).map { 1 << $0 } }
}

/// The delays and tables of the pipeline as the stages use them.
public struct Deep8Parameters {
  let multiplyCycles: UInt8
  let divideCycles: UInt8
  let atomicCycles: UInt8
  let storeBufferEntries: UInt8
  let storeDrainCycles: UInt8
  let refillCycles: UInt16
  let tables: Deep8Tables

  init(_ spec: Deep8Spec) {
    multiplyCycles = UInt8(spec.multiplyCycles)
    divideCycles = UInt8(spec.divideCycles)
    atomicCycles = UInt8(spec.atomicCycles)
    storeBufferEntries = UInt8(spec.storeBufferEntries)
    storeDrainCycles = UInt8(spec.storeDrainCycles)
    refillCycles = UInt16(spec.icacheMissCycles)
    tables = Deep8Tables(spec)
  }
}
