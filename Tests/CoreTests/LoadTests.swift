import EBPF
import Foundation
import SimKernel
import TestSupport
import Testing

@testable import Device

/// From the command to the first fetch: what is read, how long it takes, what is refused.
@Suite struct LoadTests {
  /// ceil(slots / load_slots_per_cycle) cycles from the command to the first fetch.
  @Test(arguments: [1, 2, 3, 8, 63, 64, 65, 1000], [1, 2, 3, 64] as [UInt64])
  func loadTime(_ slots: Int, _ perCycle: UInt64) {
    let program = (1..<slots).map { _ in Instruction.move(0, 1) } + [.exit]
    let outcome = run(program, CoreSpec { $0.machine.loadSlotsPerCycle = perCycle })
    let cycles = (UInt64(slots) + perCycle - 1) / perCycle
    #expect(outcome.firstFetch == CoreBench.commandEdge + cycles)
  }

  struct Window: Sendable {
    let length, offset: UInt32
    let r1, r2: UInt64
  }

  /// r1 is DATA + OFFSET and r2 DATA_LEN; both are 0 when there is no data.
  @Test(arguments: [
    Window(length: 0, offset: 0, r1: 0, r2: 0), Window(length: 1, offset: 0, r1: 0x40_0000, r2: 1),
    Window(length: 100, offset: 40, r1: 0x40_0028, r2: 100), Window(length: 100, offset: 100, r1: 0x40_0064, r2: 100),
    // A DATA_LEN beyond the segment counts as the segment.
    Window(length: 0x40_0001, offset: 0, r1: 0x40_0000, r2: 0x40_0000),
    Window(length: .max, offset: 0x40_0000, r1: 0x80_0000, r2: 0x40_0000),
  ]) func firstArguments(_ window: Window) {
    let bench = CoreBench()
    bench.load([.exit])
    bench.ram.store(window.length, at: DeviceMap.dataLength)
    let outcome = bench.run(offset: window.offset)
    #expect(outcome.fault == CoreFault.none)
    #expect(outcome.registers == [0, window.r1, window.r2, 0, 0, 0, 0, 0, 0, 0, CoreMemory.stackBase + 4096])
  }

  @Test(arguments: [(0, 1), (100, 101), (0x40_0000, 0x40_0001)] as [(UInt32, UInt32)])
  func anOffsetPastTheDataIsRefused(_ length: UInt32, _ offset: UInt32) {
    let bench = CoreBench()
    bench.load([.exit])
    bench.ram.store(length, at: DeviceMap.dataLength)
    let outcome = bench.run(offset: offset)
    #expect(outcome.fault == .offsetOutOfRange)
    #expect(outcome.firstFetch == nil)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let text: [UInt8]
    let reason: String
    /// Not the text, which can be half a megabyte.
    var testDescription: String { reason }
  }

  @Test(arguments: [
    Refusal(text: [], reason: "the program is empty"),
    Refusal(text: [0x95], reason: "raw program length 1 is not a multiple of 8"),
    Refusal(
      text: bytes(of: [.move(0, 1)]),
      reason: "at PC 0: the last instruction falls through the end; expected exit or goto"),
    Refusal(text: bytes(of: [.move(10, 1), .exit]), reason: "at PC 0: write to r10, the read-only frame pointer"),
    Refusal(text: bytes(of: [.jump(1), .exit]), reason: "at PC 0: jump to slot 2, but the text has 2"),
    Refusal(
      text: bytes(of: [wide(0, 1)[0], .exit]),
      reason: "at PC 0: the second slot of lddw has non-zero fields beside its immediate"),
    Refusal(text: bytes(of: [Instruction(opcode: 0xff), .exit]), reason: "at PC 0: unknown opcode 0xff"),
    Refusal(
      text: bytes(of: [Instruction](repeating: .exit, count: 65_537)),
      reason: "65537 instructions, at most 65536 are supported"),
  ]) func whatCannotRunIsRefusedWithTheLoadersWords(_ refusal: Refusal) throws {
    let bench = CoreBench(CoreSpec { $0.machine.loadSlotsPerCycle = 64 })
    bench.load(text: refusal.text)
    let outcome = bench.run()
    #expect(outcome.fault == .badProgram)
    #expect(outcome.record?.detail == refusal.reason)
    #expect(outcome.firstFetch == nil)
    #expect(outcome.cycles == 0)
  }

  @Test func theLargestProgramRuns() {
    let program = [Instruction](repeating: .move(0, 3), count: 65_535) + [.exit]
    let outcome = run(program, CoreSpec { $0.machine.loadSlotsPerCycle = 64 })
    #expect(outcome.cycles == 65_536 + 4)
    #expect(outcome.r0 == 3)
  }

  @Test(.enabled(if: Clang.isAvailable, "SKIPPED: no clang with a BPF target"))
  func dataOfAnObjectIsPlacedAndItsConstantsAreReadOnly() throws {
    func outcome(_ statement: String) throws -> Outcome {
      let bench = CoreBench()
      bench.load(
        text: try Clang.compile(
          """
          static volatile long counter = 40;
          static const volatile char text[8] = {0, 0, 2};
          long f(void) { \(statement); return counter; }
          """))
      return bench.run()
    }
    #expect(try outcome("counter += text[2]").r0 == 42)
    #expect(try outcome("counter += text[2]; *(volatile char *)&text[2] = 1").fault == .storeOutOfBounds)
  }

  @Test(.enabled(if: Clang.isAvailable, "SKIPPED: no clang with a BPF target"), arguments: [1 << 20, 1 << 20 + 1])
  func moreDataThanTheCoreHoldsIsRefused(_ size: Int) throws {
    let bench = CoreBench()
    bench.load(text: try Clang.compile("char big[\(size)]; long f(void) { return big[3]; }"))
    let outcome = bench.run()
    if size == 1 << 20 {
      #expect(outcome.fault == CoreFault.none)
    } else {
      #expect(outcome.fault == .badProgram)
      #expect(outcome.record?.detail == "the program has 1048577 bytes of data, at most 1048576 fit")
    }
  }

  /// clang with the BPF target.
  enum Clang {
    static let isAvailable = (try? compile("int f(void) { return 0; }")) != nil

    static func compile(_ source: String) throws -> [UInt8] {
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("core-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let (input, output) = (folder.appendingPathComponent("in.c"), folder.appendingPathComponent("out.o"))
      try Data(source.utf8).write(to: input)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["clang", "-target", "bpf", "-O2", "-c", input.path, "-o", output.path]
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      return [UInt8](try Data(contentsOf: output))
    }
  }
}
