import EBPF
import TestSupport
import Testing

/// Seeded random input: nothing traps, and what the verifier accepts keeps its promises.
@Suite struct FuzzTests {
  @Test func randomBytesAreSafe() {
    var random = SeededRandom(state: 1)
    for round in 0..<3000 {
      var bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      if round.isMultiple(of: 2) {
        // A plausible header, so that the section tables are reached.
        let header: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0xf7, 0, 1, 0, 0, 0]
        bytes = header + bytes
      }
      guard let program = try? ProgramLoader.load(bytes) else { continue }
      try? Verifier.verify(program)
      _ = run(program, memory: [1, 2, 3, 4], limits: .init(instructionLimit: 500), helpers: .test)
    }
  }

  /// Valid opcodes with random fields, both verified and not: a verified program never leaves the text and never
  /// meets an invalid slot.
  @Test func verifiedProgramsStayInTheText() {
    var random = SeededRandom(state: 2)
    var accepted = 0
    for _ in 0..<12_000 {
      let text = (0..<Int.random(in: 1...6, using: &random)).map { _ in plausible(&random).word }
      let program = Program(text: text + [Instruction.exit.word])
      let isVerified = (try? Verifier.verify(program)) != nil
      let outcome = run(
        program, memory: [UInt8](repeating: 1, count: 32), limits: .init(instructionLimit: 200),
        helpers: .test)
      if isVerified {
        accepted += 1
        #expect(outcome.result.fault?.reason != .invalidInstruction && outcome.result.fault?.reason != .fallThrough)
      }
      _ = DisassemblyListing(program)
    }
    #expect(accepted > 300)
  }

  @Test func equalRunsAreEqual() {
    var random = SeededRandom(state: 3)
    for _ in 0..<500 {
      let program = Program((0..<8).map { _ in plausible(&random) } + [.exit])
      let limits = FunctionalEngine.Limits(instructionLimit: 100)
      let memory = (0..<64).map { UInt8($0) }
      let (first, second) = (run(program, memory: memory, limits: limits), run(program, memory: memory, limits: limits))
      #expect(first == second)
    }
  }

  private static let opcodes = (0...255).filter { OpcodeTraits.table[$0].isValid }

  /// Mostly legal: a valid opcode, low registers, small offsets, zeros where they are likely to be required.
  private func plausible(_ random: inout SeededRandom) -> Instruction {
    let opcode = Self.opcodes.randomElement(using: &random)!
    let traits = OpcodeTraits.table[opcode]
    let destination = traits.readsDestination || traits.writesDestination ? UInt8.random(in: 0...9, using: &random) : 0
    let hasOffset = traits.isBranch || traits.isMemoryAccess || UInt8(opcode) == Opcode.ja
    let hasImmediate = traits.usesImmediate || traits.isCall || traits.isAtomic || UInt8(opcode) == Opcode.ja32
    return Instruction(
      opcode: UInt8(opcode), dst: destination, src: traits.readsSource ? UInt8.random(in: 0...10, using: &random) : 0,
      offset: hasOffset ? Int16.random(in: -3...3, using: &random) : 0,
      imm: hasImmediate ? [0, 1, 16, 0x40, -1, .min].randomElement(using: &random)! : 0)
  }
}
