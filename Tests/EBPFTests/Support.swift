import EBPF
import TestSupport

/// Runs instructions through the functional engine, with `memory` at r1 and its length in r2.
func run(
  _ instructions: [Instruction], memory: [UInt8] = [], limits: FunctionalEngine.Limits = .init(),
  helpers: HelperTable = .empty, isWritable: Bool = true
) -> (result: FunctionalEngine.Result, memory: [UInt8]) {
  run(Program(instructions), memory: memory, limits: limits, helpers: helpers, isWritable: isWritable)
}

/// Where the tests put the memory that r1 points to.
let memoryBase: UInt64 = 0x4000_0000

func run(
  _ program: Program, memory: [UInt8] = [], limits: FunctionalEngine.Limits = .init(),
  helpers: HelperTable = .empty, isWritable: Bool = true
) -> (result: FunctionalEngine.Result, memory: [UInt8]) {
  var memory = memory
  var data = program.data
  let result = memory.withUnsafeMutableBytes { memory in
    data.withUnsafeMutableBytes { data in
      var engine = FunctionalEngine(program: program, limits: limits, helpers: helpers)
      if !memory.isEmpty {
        engine.regions.append(MemoryRegion(base: memoryBase, bytes: memory, isWritable: isWritable))
      }
      if !data.isEmpty { engine.regions.append(MemoryRegion(base: program.dataBase, bytes: data)) }
      return engine.run(r1: memory.isEmpty ? 0 : memoryBase, r2: UInt64(memory.count))
    }
  }
  return (result, memory)
}

extension FunctionalEngine.Result {
  var r0: UInt64? { if case .exit(let r0, _, _) = self { r0 } else { nil } }
  var registers: [UInt64]? { if case .exit(_, let registers, _) = self { registers } else { nil } }
  var instructions: UInt64? { if case .exit(_, _, let instructions) = self { instructions } else { nil } }
  var fault: Fault? { if case .fault(let fault) = self { fault } else { nil } }
}

extension Instruction {
  static func callLocal(_ distance: Int32) -> Instruction { Instruction(opcode: Opcode.call, src: 1, imm: distance) }
  /// The two slots that put any constant in a register.
  static func wide(_ dst: UInt8, _ value: UInt64) -> [Instruction] {
    [
      Instruction(opcode: Opcode.lddw, dst: dst, imm: Int32(truncatingIfNeeded: value)),
      Instruction(opcode: 0, imm: Int32(truncatingIfNeeded: value >> 32)),
    ]
  }
}
