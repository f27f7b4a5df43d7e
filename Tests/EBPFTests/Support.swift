import EBPF
import Foundation
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

/// clang with the BPF target; the tests that need it are skipped where there is none.
enum Clang {
  static let isAvailable = (try? compile("int f(void) { return 0; }")) != nil

  /// Compiles C (or, with `language`, assembly) to an object file (or, with `emit` -S, to assembly).
  static func compile(
    _ source: String, target: String = "bpf", cpu: String? = nil, language: String = "c", emit: String = "-c"
  ) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ebpf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (folder.appendingPathComponent("in"), folder.appendingPathComponent("out.o"))
    try Data(source.utf8).write(to: input)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["clang", "-target", target, "-O2", emit, "-x", language, input.path, "-o", output.path]
      + (cpu.map { ["-mcpu=\($0)"] } ?? [])
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let message = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(text: String(decoding: message, as: UTF8.self)) }
    return [UInt8](try Data(contentsOf: output))
  }

  struct Failure: Error { let text: String }
}
