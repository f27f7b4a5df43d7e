import Device
import PCIe
import Scenario
import SimKernel
import Testing

@testable import Coverage
@testable import UBPFSim

/// Tiny scenarios, and what they hit worked out by hand.
@Suite("coverage of a run")
struct CountTests {
  /// The bins of `group` that a scenario of these steps hits.
  private func hits(_ group: String, system: String = "", _ steps: String) throws -> [String: UInt64] {
    let text = "{\(system)\"steps\": [\(steps)]}"
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "s.json", directory: ".", checkProgram: System.checkProgram)
    let simulator = Simulator(document) { _ in }
    simulator.observeCoverage()
    try simulator.run()
    #expect(simulator.report.passed, "\(simulator.report.failures)")
    let coverage = try #require(simulator.coverage)
    let bins = try #require(CoverageBins.groups.first { $0.name == group }).bins
    return bins.reduce(into: [:]) { hits, name in
      if let count = coverage.count(group, name), count > 0 { hits[name] = count }
    }
  }

  /// ```
  /// 0: r1 = 3
  /// 1: r2 = 5
  /// 2: r1 += -1        r1 from slot 0, two before; later from itself, two before
  /// 3: if r1 != 0 goto -2     r1 one before
  /// 4: r2 *= r1        r1 two before
  /// 5: r0 = r2         r2 one before, from a multiplier
  /// 6: exit
  /// ```
  private static let loop =
    ["b701000003000000", "b702000005000000", "07010000ffffffff", "5501feff00000000", "2f12000000000000"]
    .joined() + "bf20000000000000" + "9500000000000000"
  private static let run =
    #"{"load_text": {"program": {"hex": "\#(loop)"}}}, {"run": {"expect": {"ret": 0}}}"#

  @Test("instructions by encoding")
  func instructions() throws {
    #expect(
      try hits("instructions", Self.run) == [
        "mov64 imm": 2, "add64 imm": 3, "jne64 imm": 3, "mul64 reg": 1, "mov64 reg": 1, "exit": 1,
      ])
  }

  @Test("branches by where they went")
  func branches() throws {
    #expect(
      try hits("branches", Self.run) == [
        "jne64 imm taken": 2, "jne64 imm not taken": 1, "backward taken": 2, "backward not taken": 1,
      ])
  }

  /// Slot 2 has r1 from two before, three times; slot 3 from one before, three times; slot 4 from two before. Slot 4 has r2
  /// from seven before, which is too far.
  @Test("dependencies by producer and distance")
  func dependencies() throws {
    #expect(try hits("dependencies", Self.run) == ["alu 1": 3, "alu 2": 4, "multiply 1": 1])
  }

  /// specs/classic5.md: 4 cycles until the pipeline is full, 2 for each taken branch, 2 more of the multiplier.
  @Test("bubbles by core and cause")
  func bubbles() throws {
    #expect(
      try hits("bubbles", Self.run) == ["classic5 fill": 4, "classic5 branch": 4, "classic5 multiply": 2])
  }

  @Test("commands by how they end, and faults")
  func commands() throws {
    let steps =
      Self.run + #", {"get_regs": {}}, "#
      + #"{"mmio_write": {"address": 0, "size": 2, "value": "0x177"}}, "#
      + #"{"poll": {"address": 1, "size": 1, "value": 8, "mask": 24}}, {"run": {"offset": 1, "expect": {"error": "RANGE"}}}"#
    #expect(
      try hits("commands", steps) == [
        "DMA_TEXT NONE": 1, "RUN_PROG NONE": 1, "GET_REGS NONE": 1, "unknown OPCODE": 1, "RUN_PROG RANGE": 1,
      ])
    #expect(try hits("faults", steps) == ["offsetOutOfRange": 1])
  }

  /// 65 bytes from 0x100000fc1, that is byte 1 of 64 and the last but one before 4 KiB: with MRRS 128 two reads, 63 bytes up
  /// to the boundary and 2 behind it, which are 2 bytes of one dword. The first answer begins inside of 64 bytes.
  @Test("a transfer across 4 KiB, its reads and completions")
  func transfer() throws {
    let system =
      #""device": {"endpoint": {"max_read_request": 128}}, "driver": {"buffer_offset": 4033}, "peers": [], "#
    let bytes = String(repeating: "5a", count: 65)
    let steps = #"{"load_data": {"hex": "\#(bytes)", "offset": 3, "page_size": 65536}}"#
    #expect(
      try hits("transfers", system: system, steps) == [
        "host length 65": 1, "host length odd": 1, "host target mod 4 = 3": 1, "host start mod 4 = 1": 1,
        "host start mod 64 = 1": 1, "host across 4 KiB": 1,
      ])
    #expect(try hits("reads", system: system, steps) == ["ends at 4 KiB below MRRS": 1, "shorter": 1])
    #expect(try hits("completions", system: system, steps) == ["one": 2, "starts inside 64 bytes": 1])
    let enables = try hits("byte_enables", system: system, steps)
    #expect(enables["read e/f"] == 1 && enables["read 3/0"] == 1)
    let packets = try hits("tlps", system: system, steps)
    #expect(packets["MRd 4DW up"] == 2 && packets["CplD 3DW down"] == 2)
  }

  @Test("accesses of the CPU by place and size")
  func accesses() throws {
    let steps =
      #"{"mmio_write": {"address": "0x400001", "size": 2, "value": 7}}, "#
      + #"{"mmio_read": {"address": "0x400000", "size": 8}}, {"mmio_read": {"address": "0x800000", "size": 1}}"#
    #expect(try hits("accesses", steps) == ["data write 2": 1, "data read 8": 1, "window read 1": 1])
  }

  @Test("nothing else changes when somebody counts")
  func observation() throws {
    let steps = Self.run + #", {"load_data": {"fill": {"bytes": 9999}}}"#
    let document = try ScenarioDocument.parse(
      Array("{\"steps\": [\(steps)]}".utf8), file: "s.json", directory: ".", checkProgram: System.checkProgram)
    let silent = Simulator(document) { _ in }, observed = Simulator(document) { _ in }
    observed.observeCoverage()
    try silent.run()
    try observed.run()
    #expect(silent.coverage == nil && silent.coreObservers.allSatisfy(\.isEmpty))
    #expect(silent.linkObservers.isEmpty && silent.commandObservers.allSatisfy(\.isEmpty))
    #expect(observed.system.simulation.time == silent.system.simulation.time)
  }
}
