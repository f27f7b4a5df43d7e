import EBPF

@testable import Device

/// The timing contract (specs/deep8.md) once more, as rules on when each instruction is in execute instead of as a pipeline.
///
/// It covers programs that come to every instruction at most once, so that nothing is predicted, and that call nothing, on a
/// core that never waits for the instruction memory or the store buffer and whose atomics take one cycle.
struct Deep8Oracle {
  let program: [Instruction]
  let spec: Deep8Spec

  /// The instruction that wrote a register last, by the cycle in which it was in execute.
  private struct Writer {
    var execute = 0
    var traits = Instruction.exit.traits
    /// The cycle in which register read may have the value of a multiplication or division.
    var done = 0
  }

  private var writers = [Writer](repeating: Writer(), count: 16)
  private var dividerDone = 0

  init(program: [Instruction], spec: Deep8Spec) {
    self.program = program
    self.spec = spec
  }

  /// Lost cycles by cause, without those of the fill, of a run that ends with EXIT.
  mutating func losses(of retired: [Int]) -> [Bubble: UInt64] {
    var losses: [Bubble: UInt64] = [:]
    var execute = 0
    for (i, pc) in retired.enumerated() {
      let instruction = program[pc]
      execute += 1
      if instruction.traits.isWide {
        execute += 1
        losses[.wide, default: 0] += 1
      }
      while let cause = wait(instruction, read: execute - 1) {
        execute += 1
        losses[cause, default: 0] += 1
      }
      note(instruction, execute)
      guard i + 1 < retired.count else { break }
      let penalty = instruction.traits.isJump ? 2 : instruction.traits.isBranch && retired[i + 1] != pc + 1 ? 4 : 0
      execute += penalty
      if penalty != 0 { losses[.branch, default: 0] += UInt64(penalty) }
    }
    let drain = writers.map(\.done).max()! - (execute + 3)
    if drain > 0 { losses[.drain] = UInt64(drain) }
    return losses
  }

  /// Why the instruction, in register read in cycle `read`, cannot go on.
  private func wait(_ instruction: Instruction, read: Int) -> Bubble? {
    let traits = instruction.traits
    var reads: [UInt8] = []
    if traits.readsDestination { reads.append(instruction.destination) }
    if traits.readsSource { reads.append(instruction.source) }
    let late = (reads + written(instruction)).map { writers[Int($0)] }.filter { $0.done > read }
    if late.contains(where: \.traits.isDivide) { return .divide }
    if !late.isEmpty { return .multiply }
    if traits.isDivide && dividerDone > read { return .divide }
    let isLoading = reads.map { writers[Int($0)] }.contains { $0.traits.isMemoryAccess && $0.execute + 2 > read }
    return isLoading ? .loadUse : nil
  }

  private func written(_ instruction: Instruction) -> [UInt8] {
    let traits = instruction.traits
    if traits.writesDestination { return [instruction.destination] }
    guard traits.isAtomic else { return [] }
    return AtomicOperation.fetchRegister(operation: instruction.immediate, source: instruction.source).map { [$0] }
      ?? []
  }

  private mutating func note(_ instruction: Instruction, _ execute: Int) {
    let traits = instruction.traits
    let cycles = traits.isMultiply ? spec.multiplyCycles : traits.isDivide ? spec.divideCycles : 1
    let done = execute + Int(cycles) - 1
    if traits.isDivide { dividerDone = done }
    for register in written(instruction) {
      writers[Int(register)] = Writer(execute: execute, traits: traits, done: done)
    }
  }
}
