import EBPF
import TestSupport

@testable import Device

/// The timing contract (specs/classic5.md) once more, as rules on the order of retired instructions instead of as a
/// pipeline: what each instruction loses depends on itself and on the one before it.
struct TimingOracle {
  let program: [Instruction]
  let spec: CoreSpec

  /// Lost cycles by cause, those of the fill included. Of a run that faults, `retired` ends with the faulty slot.
  func losses(of retired: [Int]) -> [Bubble: UInt64] {
    var losses: [Bubble: UInt64] = [:]
    func lose(_ cycles: UInt64, to cause: Bubble) { if cycles != 0 { losses[cause, default: 0] += cycles } }
    lose(4, to: .fill)
    for (i, pc) in retired.enumerated() {
      let instruction = program[pc], traits = instruction.traits
      let next = i + 1 < retired.count ? retired[i + 1] : nil
      let previous = i > 0 ? retired[i - 1] : nil
      if traits.isWide { lose(1, to: .wide) }
      if traits.isMultiply { lose(spec.multiplyCycles - 1, to: .multiply) }
      if traits.isDivide { lose(spec.divideCycles - 1, to: .divide) }
      if traits.isAtomic { lose(spec.atomicCycles - 1, to: .atomic) }
      if let previous, let loaded = loadedRegister(program[previous]), reads(instruction, loaded) {
        lose(1, to: .loadUse)
      }
      let endsProgram = traits.isExit && next == nil
      if traits.isCall || (traits.isExit && !endsProgram), let previous, follows(previous, pc) { lose(1, to: .call) }
      // Its cycles, and one for each of the two ports, less the one that is its own.
      let isHelper = isHelperCall(pc, next: next)
      if isHelper { lose(HelperSpec.standard[0].cycles + 1, to: .helper) }
      guard let next, !isHelper else { continue }
      if traits.isCall || traits.isExit { lose(2, to: .branch) }
      if traits.isBranch || traits.isJump { lose(branchPenalty(instruction, pc, next), to: .branch) }
    }
    return losses
  }

  /// The register that is there from the memory stage on only.
  private func loadedRegister(_ instruction: Instruction) -> UInt8? {
    if instruction.traits.isLoad { return instruction.destination }
    guard instruction.traits.isAtomic else { return nil }
    return AtomicOperation.fetchRegister(operation: instruction.immediate, source: instruction.source)
  }

  private func reads(_ instruction: Instruction, _ register: UInt8) -> Bool {
    let traits = instruction.traits
    return (traits.readsDestination && instruction.destination == register)
      || (traits.readsSource && instruction.source == register)
  }

  private func branchPenalty(_ instruction: Instruction, _ pc: Int, _ next: Int) -> UInt64 {
    // A branch by 0 slots would need its operands to be judged; no test makes one.
    let taken = instruction.traits.isJump || next != pc + 1
    if taken == isPredictedTaken(instruction) { return taken ? 1 : 0 }
    return 2
  }

  /// CALL says it. What a CALLX calls is seen by where it leads: a helper function returns to the slot behind its call, where
  /// no other function begins.
  private func isHelperCall(_ pc: Int, next: Int?) -> Bool {
    let traits = program[pc].traits
    // One that leads nowhere is asked for as well: nobody but the helper unit knows the numbers.
    return traits.isIndirect ? next ?? pc + 1 == pc + 1 : traits.isCall && program[pc].source == 0
  }

  /// The instruction at `pc` enters the pipeline right behind the one at `previous`.
  private func follows(_ previous: Int, _ pc: Int) -> Bool {
    let instruction = program[previous], traits = instruction.traits
    if isHelperCall(previous, next: pc) { return true }
    if traits.isJump || traits.isCall || traits.isExit { return false }
    if traits.isBranch { return pc == previous + 1 && !isPredictedTaken(instruction) }
    return true
  }

  private func isPredictedTaken(_ instruction: Instruction) -> Bool {
    spec.predictor == .backwardTaken && (instruction.traits.isJump || instruction.jumpDistance < 0)
  }
}
