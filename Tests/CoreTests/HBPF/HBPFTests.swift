import EBPF
import SimKernel
import TestSupport
import Testing

@testable import Device

/// The multi-cycle core: every operation takes the cycles of hBPF's table, exactly.
@Suite struct HBPFTests {
  private func run(
    _ program: [Instruction], data: [UInt8] = [], _ change: (inout HBPFSpec) -> Void = { _ in }
  ) -> Outcome {
    var spec = CoreSpec()
    spec.microarchitecture = .hbpf(HBPFSpec())
    change(&spec.microarchitecture.hbpf)
    return CoreTests.run(program, spec, data: data)
  }

  /// The operations of the table with their ticks: CSR-mapped RAM, plain RAM.
  static let table: [(name: String, code: [Instruction], csr: UInt64, plain: UInt64)] = [
    ("add", [.add(0, 1)], 1, 1),
    ("mul", [.multiply(0, 3)], 1, 1),
    ("mov", [.move(0, 3)], 1, 1),
    ("neg", [Instruction(opcode: 0x87)], 1, 1),
    ("be64", [Instruction(opcode: 0xdc, imm: 64)], 1, 1),
    ("xor32", [Instruction(opcode: 0xa4, imm: 1)], 1, 1),
    ("lddw", wide(0, 5), 2, 2),
    ("ja", [.jump(0)], 2, 2),
    ("jeq not taken", [.jumpIfEqual(0, 1, 0)], 2, 2),
    ("jeq taken", [.jumpIfEqual(0, 0, 0)], 2, 2),
    ("lsh", [Instruction(opcode: 0x67, imm: 1)], 4, 4),
    ("rsh32", [Instruction(opcode: 0x74, imm: 1)], 4, 4),
    ("arsh", [Instruction(opcode: 0xc7, imm: 1)], 4, 4),
    ("ldxb", [.load(1, 0, at: 10, -8)], 14, 6),
    ("ldxdw", [.load(8, 0, at: 10, -8)], 14, 6),
    ("stb", [.store(1, at: 10, -8, 1)], 16, 8),
    ("sth", [.store(2, at: 10, -8, 1)], 17, 9),
    ("stw", [.store(4, at: 10, -8, 1)], 19, 11),
    ("stdw", [.store(8, at: 10, -8, 1)], 23, 15),
    ("stxdw", [.store(8, at: 10, -8, register: 0)], 23, 15),
    ("div", [.divide(0, 3)], 68, 68),
    ("mod", [Instruction(opcode: 0x97, imm: 3)], 68, 68),
  ]

  @Test(arguments: table.indices) func operationsTakeTheirTicks(_ index: Int) {
    let row = Self.table[index]
    let alone = run([.exit]).cycles
    #expect(alone == 1 + 1 + 1)
    #expect(run(row.code + [.exit]).cycles - alone == row.csr)
    #expect(run(row.code + [.exit]) { $0.ram = .plain }.cycles - alone == row.plain)
  }

  /// Each field is tight: one more makes exactly one more for each use.
  @Test func parametersAreTight() {
    let uses: [(name: String, code: [Instruction], uses: UInt64)] = [
      ("start_cycles", [], 1), ("stop_cycles", [], 1), ("exit_cycles", [], 1),
      ("alu_cycles", [.add(0, 1), .multiply(0, 1)], 2), ("shift_cycles", [Instruction(opcode: 0x67, imm: 1)], 1),
      ("divide_cycles", [.divide(0, 3)], 1), ("wide_cycles", wide(0, 5), 1),
      ("jump_cycles", [.jump(0), .jumpIfEqual(0, 1, 0)], 2), ("load_cycles", [.load(4, 0, at: 10, -8)], 1),
      ("store_cycles", [.store(4, at: 10, -8, 1)], 1),
      ("csr_cycles", [.load(4, 0, at: 10, -8), .store(4, at: 10, -8, 1)], 2),
    ]
    for (name, code, count) in uses {
      let field = HBPFSpec.fields.first { $0.name == name }!
      func cycles(_ n: UInt64) -> UInt64 {
        run(code + [.exit]) { try! field.assign(&$0, .number(n)) }.cycles
      }
      for n in [2, 9, 255] as [UInt64] { #expect(cycles(n) - cycles(n - 1) == count, "\(name) at \(n)") }
    }
    #expect(["ram"] + uses.map(\.name).sorted() == ["ram"] + HBPFSpec.fields.dropFirst().map(\.name).sorted())
  }

  @Test func causesAddUpAndAreThoseOfThePage() {
    var code: [Instruction] = [.move(0, 7), .multiply(0, 3), .divide(0, 2), .store(8, at: 10, -8, register: 0)]
    code += [.load(8, 1, at: 10, -8)]
    code += wide(2, 1)
    code += [.jump(0), .callHelper(3), .atomic(8, 0, at: 10, -8, register: 1), .exit]
    let outcome = run(code)
    #expect(
      outcome.losses == [
        .divide: 67, .store: 22, .load: 13, .wide: 1, .branch: 1 + 1, .helper: 2, .atomic: 36, .drain: 1,
      ])
    #expect(outcome.fill == 1)
    #expect(Set(outcome.losses.keys).isSubset(of: HBPFState.causes))
  }

  /// The example of specs/hbpf.md, cycle by cycle.
  @Test func theExampleOfThePage() {
    let code: [Instruction] = [
      .load(8, 0, at: 10, -8), Instruction(opcode: 0x67, imm: 3), .jumpUnlessEqual(0, 5, 0), .exit,
    ]
    let outcome = run(code)
    let start = outcome.firstFetch ?? 0
    #expect(outcome.commits.map { $0.cycle - start + 1 } == [15, 19, 21, 22])
    #expect(outcome.losses == [.load: 13, .shift: 3, .branch: 1, .drain: 1] && outcome.fill == 1)
    #expect(outcome.cycles == 23)
  }

  /// An abort finds the machine between two instructions, whatever cycle it comes in.
  @Test func abortsArePrecise() {
    let code: [Instruction] = [.store(1, at: 1, 0, 1), .divide(0, 3), .store(1, at: 1, 1, 2), .exit]
    for edge in UInt64(6)...120 {
      var spec = CoreSpec()
      spec.microarchitecture = .hbpf(HBPFSpec())
      let bench = CoreBench(spec)
      bench.load(code, data: [0, 0])
      let outcome = bench.run(abortAt: edge)
      let retired = outcome.retired
      #expect(bench.data(2) == [retired.contains(0) ? 1 : 0, retired.contains(2) ? 2 : 0])
      #expect(outcome.fault == (retired.count == 4 ? CoreFault.none : .aborted))
    }
  }
}
