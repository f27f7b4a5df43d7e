import EBPF
import Stimulus

/// RFC 9669 section 4.3: jumps, calls and EXIT.
extension EncodingVectors {
  static let control: [Encoding] = [
    Encoding(
      name: "ja", group: .base32, opcode: Opcode.ja,
      vectors: [
        EncodingVector("ja forward", [.move(0, 1), .jump(1), .move(0, 2), .exit], .exit(r0: 1)),
        EncodingVector("ja to the next slot", [.move(0, 1), .jump(0), .exit], .exit(r0: 1)),
        EncodingVector("ja backward", [.jump(2), .move(0, 7), .exit, .jump(-3)], .exit(r0: 7)),
      ]),
    Encoding(
      name: "ja32", group: .base32, opcode: Opcode.ja32,
      vectors: [
        EncodingVector("ja32 forward", [.move(0, 1), .jumpWide(1), .move(0, 2), .exit], .exit(r0: 1)),
        EncodingVector("ja32 backward", [.jumpWide(2), .move(0, 7), .exit, .jumpWide(-3)], .exit(r0: 7)),
        EncodingVector(
          "ja32 beyond 16 bits",
          [.move(0, 1), .jumpWide(33_000)] + [Instruction](repeating: .move(0, 2), count: 33_000) + [.exit],
          .exit(r0: 1)),
      ]),
    Encoding(name: "call of a helper", group: .base32, opcode: Opcode.call, vectors: helperCalls),
    Encoding(name: "local call", group: .base32, opcode: Opcode.call, source: 1, vectors: localCalls),
    Encoding(
      name: "call by BTF id", group: .base32, opcode: Opcode.call, source: 2,
      vectors: [1, 99].map { (id: Int32) in
        EncodingVector(
          "call by BTF id \(id)", [Instruction(opcode: Opcode.call, src: 2, imm: id), .exit],
          .refused(.unsupportedInstruction))
      }),
    Encoding(name: "callx", group: .callx, opcode: Opcode.callx, vectors: indirectCalls),
    Encoding(
      name: "exit", group: .base32, opcode: Opcode.exit,
      vectors: [
        EncodingVector("exit without a result", [.exit], .exit(r0: 0)),
        EncodingVector(
          "exit returns all of r0", wide(0, 0xfedc_ba98_7654_3210) + [.exit], .exit(r0: 0xfedc_ba98_7654_3210)),
        EncodingVector(
          "exit of a function returns to its caller", [.call(2), .add(0, 1), .exit, .move(0, 5), .exit], .exit(r0: 6)),
      ]),
  ]

  private static let helperCalls = [
    EncodingVector("sqrti", [.move(1, 150), .callHelper(3), .exit], needsHelpers: true, .exit(r0: 12)),
    EncodingVector(
      "gather_bytes takes r1 to r5",
      (1...5).map { Instruction.move($0, 0x100 + Int32($0)) } + [.callHelper(0), .exit], needsHelpers: true,
      .exit(r0: 0x01_0203_0405)),
    EncodingVector(
      "a helper leaves r1 to r9 alone",
      (1...9).map { Instruction.move($0, Int32($0)) } + [.callHelper(2), .move(0, 0)]
        + (1...9).map { Instruction.add(0, register: $0) } + [.exit], needsHelpers: true, .exit(r0: 45)),
    EncodingVector(
      "memfrob writes memory", [.callHelper(1), .move(0, 1), .exit], memory: [0, 42, 1], memoryAfter: [42, 0, 43],
      needsHelpers: true, .exit(r0: 1)),
    EncodingVector(
      "unwind of 0 ends the program", [.call(2), .move(0, 7), .exit, .move(1, 0), .callHelper(5), .move(0, 8), .exit],
      needsHelpers: true, .exit(r0: 0)),
    EncodingVector(
      "unwind of 3 goes on", [.move(1, 3), .callHelper(5), .add(0, 1), .exit], needsHelpers: true, .exit(r0: 4)),
    EncodingVector(
      "a helper outside of memory faults", [.add(2, 1), .callHelper(1), .exit], memory: [1, 2],
      needsHelpers: true, .fault(.storeOutOfBounds, pc: 1)),
  ]

  /// r6 to r9 of the caller, 6 to 9, and what a callee makes of them.
  private static let saved = (6...9).map { Instruction.move($0, Int32($0)) }
  private static let sum = (6...9).map { Instruction.add(0, register: $0) }
  private static let overwrite = (6...9).map { Instruction.move($0, 100) }

  private static let localCalls = [
    EncodingVector(
      "arguments and result", [.move(1, 30), .call(1), .exit, .copy(0, from: 1), .add(0, 4), .exit], .exit(r0: 34)),
    EncodingVector(
      "r6 to r9 come back", saved + [.call(5)] + sum + [.exit] + overwrite + [.move(0, 1), .exit], .exit(r0: 31)),
    EncodingVector("a callee sees r6 to r9", saved + [.call(1), .exit, .move(0, 0)] + sum + [.exit], .exit(r0: 30)),
    EncodingVector(
      "r1 to r5 do not come back", [.move(1, 1), .call(2), .copy(0, from: 1), .exit, .move(1, 2), .exit], .exit(r0: 2)),
    EncodingVector(
      "r10 moves down by a frame",
      [.copy(0, from: 10), .call(1), .exit, Instruction(opcode: 0x1f, dst: 0, src: 10), .exit], .exit(r0: 256)),
    EncodingVector(
      "r10 comes back",
      [.copy(6, from: 10), .call(3), .copy(0, from: 10), Instruction(opcode: 0x1f, dst: 0, src: 6), .exit, .exit],
      .exit(r0: 0)),
    EncodingVector(
      "a callee's frame is not its caller's",
      [
        .store(8, at: 10, -8, 11), .call(2), .load(8, 0, at: 10, -8), .exit, .store(8, at: 10, -8, 22), .exit,
      ], .exit(r0: 11)),
    EncodingVector(
      "backward", [.jump(2), .move(0, 9), .exit, .call(-3), .exit], .exit(r0: 9)),
  ]

  /// The register of CALLX holds a code address or the number of a helper.
  private static let indirectCalls = [
    EncodingVector(
      "callx of a helper", [.move(1, 144), .move(2, 3), .callx(2), .exit], needsHelpers: true, .exit(r0: 12)),
    EncodingVector(
      "callx of unwind", [.move(1, 0), .move(9, 5), .callx(9), .move(0, 1), .exit], needsHelpers: true, .exit(r0: 0)),
    EncodingVector("callx of a function", wide(2, code(4)) + [.callx(2), .exit, .move(0, 8), .exit], .exit(r0: 8)),
    EncodingVector(
      "callx saves r6 to r9",
      saved + wide(2, code(12)) + [.callx(2)] + sum + [.exit] + overwrite + [.move(0, 1), .exit],
      .exit(r0: 31)),
    EncodingVector(
      "callx moves r10",
      wide(2, code(5)) + [.copy(0, from: 10), .callx(2), .exit, Instruction(opcode: 0x1f, dst: 0, src: 10), .exit],
      .exit(r0: 256)),
    EncodingVector(
      "callx into the middle of lddw", wide(0, code(1)) + [.callx(0), .exit], .fault(.invalidInstruction, pc: 1)),
    EncodingVector(
      "callx between two slots", wide(2, code(0) + 4) + [.callx(2), .exit], .fault(.unknownHelper, pc: 2)),
    EncodingVector("callx past the last slot", wide(2, code(4)) + [.callx(2), .exit], .fault(.unknownHelper, pc: 2)),
    EncodingVector(
      "callx before the first slot", wide(2, code(0) - 8) + [.callx(2), .exit], .fault(.unknownHelper, pc: 2)),
    EncodingVector(
      "callx of a number beyond 31 bits", wide(2, 0x1_0000_0003) + [.callx(2), .exit], needsHelpers: true,
      .fault(.unknownHelper, pc: 2)),
    EncodingVector("callx of a negative number", [.move(2, -1), .callx(2), .exit], .fault(.unknownHelper, pc: 1)),
    EncodingVector("callx of the stack", [.callx(10), .exit], .fault(.unknownHelper, pc: 0)),
  ]

  private static func code(_ slot: Int) -> UInt64 { CodeAddress.address(ofSlot: slot) }
}
