import EBPF
import TestSupport
import Testing

/// Local calls, helpers, and the ways a run ends.
@Suite struct CallTests {
  @Test func registersStartAsZero() {
    let registers = run([.exit]).result.registers
    #expect(registers == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0100_1000])
    #expect(run([.exit], memory: [1, 2, 3]).result.registers?[1...2] == [memoryBase, 3])
  }

  @Test func localCallKeepsR6ToR9AndMovesR10() {
    let program: [Instruction] = [
      .move(6, 6), .move(7, 7), .move(8, 8), .move(9, 9), .move(5, 5), .callLocal(1), .exit,
      .move(5, 50), .move(6, 60), .move(7, 70), .move(8, 80), .move(9, 90),
      Instruction(opcode: 0xbf, dst: 0, src: 10), .exit,
    ]
    #expect(run(program).result.registers == [0x0100_0f00, 0, 0, 0, 0, 50, 6, 7, 8, 9, 0x0100_1000])
    #expect(run(program, limits: .init(frameBytes: 64)).result.r0 == 0x0100_0fc0)
    #expect(run(program).result.instructions == 14)
  }

  /// Recursion r1 deep: at the limit it returns, one deeper it faults at the call.
  @Test(arguments: [1, 8, 20])
  func callDepthIsTight(_ depth: Int) {
    let program = { (count: Int32) -> [Instruction] in
      [
        .move(1, count), .callLocal(1), .exit,
        Instruction(opcode: 0x07, dst: 1, imm: -1), Instruction(opcode: 0x15, dst: 1, offset: 1), .callLocal(-3), .exit,
      ]
    }
    let limits = FunctionalEngine.Limits(callDepth: depth)
    #expect(run(program(Int32(depth)), limits: limits).result.registers?[10] == 0x0100_1000)
    #expect(run(program(Int32(depth) + 1), limits: limits).result.fault == Fault(.stackOverflow, pc: 5))
  }

  @Test func helperGetsArgumentsAndReturnsInR0() throws {
    let sum = HelperEntry(number: 9, name: "sum") { .value($0.r1 + $0.r2 + $0.r3 + $0.r4 + $0.r5) }
    let program = (1...5).map { Instruction.move($0, Int32($0)) } + [.callHelper(9), .exit]
    #expect(
      try run(program, helpers: .empty.adding(sum)).result.registers == [15, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0x0100_1000])
    #expect(run(program).result.fault == Fault(.unknownHelper, pc: 5))
  }

  @Test func unwindEndsTheProgramFromAnyDepth() {
    let program: [Instruction] = [.callLocal(2), .move(0, 7), .exit, .callHelper(5), .move(0, 8), .exit]
    #expect(run(program, helpers: .test).result.r0 == 0)
    #expect(run(program, helpers: .test).result.instructions == 2)
    #expect(run([.move(1, 3)] + program, helpers: .test).result.r0 == 7)
  }

  @Test func instructionLimitIsTight() {
    let program: [Instruction] = [.move(0, 1), .move(0, 2), .exit]
    #expect(run(program, limits: .init(instructionLimit: 3)).result.r0 == 2)
    #expect(run(program, limits: .init(instructionLimit: 2)).result.fault == Fault(.instructionLimit, pc: 2))
    let forever = [Instruction(opcode: Opcode.ja, offset: -1)]
    var engine = FunctionalEngine(program: Program(forever), limits: .init(instructionLimit: 1000))
    #expect(engine.run().fault == Fault(.instructionLimit, pc: 0))
    #expect(engine.retired == 1000)
  }

  @Test func wideConstantIsOneInstruction() {
    let result = run(Instruction.wide(0, 0x8877_6655_4433_2211) + [.exit]).result
    #expect(result.r0 == 0x8877_6655_4433_2211)
    #expect(result.instructions == 2)
  }

  /// Text that nobody verified faults where it goes wrong, with the instructions before it executed.
  @Test func unverifiedTextFaults() {
    #expect(run([]).result.fault == Fault(.fallThrough, pc: 0))
    #expect(run([.move(0, 1)]).result.fault == Fault(.fallThrough, pc: 1))
    #expect(run([Instruction(opcode: Opcode.ja, offset: -9)]).result.fault == Fault(.fallThrough, pc: 1))
    #expect(run([.move(0, 1), Instruction(opcode: 0xff)]).result.fault == Fault(.invalidInstruction, pc: 1))
    #expect(run([.move(12, 1), .exit]).result.fault == Fault(.invalidInstruction, pc: 0))
    let middle = [Instruction(opcode: Opcode.ja, offset: 1)] + Instruction.wide(0, 1) + [.exit]
    #expect(run(middle).result.fault == Fault(.invalidInstruction, pc: 2))
    #expect(run(Program(text: [Instruction.exit.word], entry: 7)).result.fault?.reason == .fallThrough)
  }
}
