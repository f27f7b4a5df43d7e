import Device
import PCIe
import Scenario
import SimKernel
import Testing

/// The device in its system, driven by a scenario's steps; data is compared in device RAM.
@Suite struct WholeDeviceTests {
  /// `mov64 r0, 7`, `exit`.
  private static let seven = "b700000007000000 9500000000000000"
  /// `lddw r0, 0x1122334455667788`, `exit`.
  private static let wide = "1800000088776655 0000000044332211 9500000000000000"
  /// `ja -1`, `exit`: never ends.
  private static let endless = "0500ffff00000000 9500000000000000"

  private func run(_ parts: String = "", steps: String) throws -> System {
    let text = "{\(parts)\(parts.isEmpty ? "" : ", ")\"steps\": [\(steps)]}"
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "device.json", directory: ".", checkProgram: System.checkProgram)
    let system = System(document.spec, steps: document.steps)
    #expect(system.simulation.run() == .stopped)
    #expect(system.driver.failures.isEmpty)
    return system
  }

  private func load(_ program: String, check: Bool = true) -> String {
    "{\"load_text\": {\"program\": {\"hex\": \"\(program)\"}, \"check\": \(check)}}"
  }

  private func fill(_ bytes: Int, _ more: String = "") -> String {
    "{\"load_data\": {\"fill\": {\"bytes\": \(bytes)}\(more)}}"
  }

  private func counter(_ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: ($0 / 4) >> (8 * ($0 % 4))) }
  }

  // MARK: data

  /// Pages scattered over host memory, buffers that begin anywhere in their page, every path width and packet size.
  @Test(arguments: [(0, 32, 256), (1, 8, 128), (4_095, 64, 512), (2_050, 16, 256)])
  func dataArrivesByDMA(bufferOffset: Int, dataPath: Int, maxPayload: Int) throws {
    let system = try run(
      "\"device\": {\"memory\": {\"data_path\": \(dataPath)}, \"endpoint\": {\"max_payload\": \(maxPayload)}}, "
        + "\"driver\": {\"buffer_offset\": \(bufferOffset)}",
      steps: fill(50_001))
    #expect(system.device.ramArray.read(50_001, at: DeviceMap.data) == counter(50_001))
    #expect(system.device.ramArray.load(UInt32.self, at: DeviceMap.dataLength) == 50_001)
    #expect(system.device.ramArray.load(UInt8.self, at: DeviceMap.data + 50_001) == 0)
  }

  @Test func dataArrivesThroughAPeer() throws {
    let system = try run(steps: fill(30_001, ", \"via\": \"p2p\""))
    #expect(system.device.windowArray.read(30_001, at: 0) == counter(30_001))
    #expect(system.device.ramArray.read(30_001, at: DeviceMap.data) == counter(30_001))
  }

  /// A host whose answers come in any order, cut at every boundary.
  @Test(arguments: [64, 128])
  func dataSurvivesDisorder(rcb: Int) throws {
    let system = try run(
      "\"host\": {\"read_latency\": {\"min\": \"0ns\", \"max\": \"3us\"}, \"read_completion_boundary\": \(rcb), "
        + "\"cut_at_every_boundary\": true}, \"driver\": {\"buffer_offset\": 77}",
      steps: fill(40_000, ", \"page_size\": 16384"))
    #expect(system.device.ramArray.read(40_000, at: DeviceMap.data) == counter(40_000))
  }

  /// A 64-bit BAR above 4 GiB, and links of every generation and width.
  @Test(arguments: ["gen1x1", "gen2x2", "gen3x16", "gen5x16"])
  func everyLinkWorks(preset: String) throws {
    let system = try run(
      "\"device\": {\"preset\": \"\(preset)\", \"endpoint\": {\"bar64\": true}}, \"host\": {\"bar_base\": \"64GiB\"}",
      steps: fill(10_000) + ", " + load(Self.seven) + ", {\"run\": {\"expect\": {\"ret\": 7}}}")
    #expect(system.device.ramArray.read(10_000, at: DeviceMap.data) == counter(10_000))
  }

  // MARK: results

  @Test func aRunLeavesItsResults() throws {
    let system = try run(steps: load(Self.wide) + ", {\"run\": {\"expect\": {\"r0\": \"0x1122334455667788\"}}}")
    let ram = system.device.ramArray
    #expect(ram.load(UInt32.self, at: DeviceMap.ret) == 0x5566_7788)
    #expect(ram.load(UInt32.self, at: DeviceMap.ready) == 1)
    #expect(ram.load(UInt64.self, at: DeviceMap.registers) == 0x1122_3344_5566_7788)
  }

  /// `ret64`: the QEMU model's 8-byte store, then one byte 1 over its fifth byte.
  @Test func ret64OverlapsReady() throws {
    let system = try run(
      "\"device\": {\"commands\": {\"ret64\": true}}",
      steps: load(Self.wide) + ", {\"mmio_write\": {\"address\": 0, \"size\": 2, \"value\": \"0x104\"}}, "
        + "{\"poll\": {\"address\": \"0x200004\", \"size\": 1, \"value\": 1}}, {\"wait\": \"1us\"}")
    #expect(system.device.ramArray.load(UInt64.self, at: DeviceMap.ret) == 0x1122_3301_5566_7788)
  }

  /// A RUN queued behind the move of its program finds the program and TEXT_LEN in RAM, on a core of any speed.
  @Test(arguments: ["50MHz", "200MHz", "2GHz"], [1, 2])
  func aQueuedRunFindsItsProgram(core: String, synchroniser: Int) throws {
    let system = try run(
      "\"device\": {\"clocks\": {\"core\": \"\(core)\", \"synchroniser\": \(synchroniser)}}",
      steps: """
        {"peer_write": {"hex": "\(Self.seven)"}},
        {"mmio_write": {"address": 4, "value": 16}}, {"mmio_write": {"address": 8, "value": 0}},
        {"mmio_write": {"address": 0, "size": 2, "value": "0x101"}},
        {"mmio_write": {"address": 0, "size": 2, "value": "0x104"}},
        {"poll": {"address": 1, "size": 1, "value": 0, "mask": "0x10"}}
        """)
    #expect(system.device.core.runs.map(\.r0) == [7])
  }

  // MARK: banks of RAM

  /// `lddw r1, 0x400000`, `ldxb r3, [r1]`, `stxb [r1], r3`, `ja -3`, `exit`: at the first byte of DATA for ever.
  private static let atData =
    "1801000000004000 0000000000000000 7113000000000000 7331000000000000 0500fdff00000000"
    + " 9500000000000000"

  /// Each core shares its bank with the host, which reads it while the program runs; other banks, and a RAM with two ports,
  /// know no conflicts.
  @Test(
    arguments: ["classic5", "deep8", "hbpf"],
    [(1, 0x40_0100, true), (64, 0x40_0004, true), (64, 0x40_0100, false), (0, 0x40_0000, false)])
  func theCoreSharesItsBanks(core: String, memory: (banks: Int, address: Int, conflicts: Bool)) throws {
    let system = try run(
      // A core clock that drifts against the host's reads, so that they meet every cycle of the loop.
      "\"device\": {\"core\": {\"preset\": \"\(core)\"}, \"memory\": {\"banks\": \(memory.banks)}, "
        + "\"clocks\": {\"core\": \"190MHz\"}}",
      steps: fill(8) + ", " + load(Self.atData) + """
        , {"mmio_write": {"address": 8, "value": 0}}, {"mmio_write": {"address": 0, "size": 2, "value": "0x104"}},
        {"wait": "2us"},
        {"repeat": {"count": 200, "steps": [{"mmio_read": {"address": \(memory.address)}}]}},
        {"mmio_write": {"address": 1, "size": 1, "value": 0}},
        {"poll": {"address": 1, "size": 1, "value": 8, "mask": "0x18"}}
        """)
    let conflicts = system.device.ram.state.pointer.pointee.conflicts
    #expect(memory.conflicts ? conflicts > 0 : conflicts == 0)
  }

  // MARK: faults

  @Test(arguments: [("ur", "UR"), ("ca", "CA"), ("poison", "POISON"), ("drop", "TIMEOUT")])
  func failedReadsAreReported(fault: String, error: String) throws {
    let system = try run(
      steps: "{\"inject\": {\"kind\": \"\(fault)\"}}, " + fill(600, ", \"expect\": {\"error\": \"\(error)\"}"))
    // The second read, of 88 bytes, was not hit; DATA_LEN is not touched.
    #expect(system.device.ramArray.read(88, at: DeviceMap.data + 512) == Array(counter(600)[512...]))
    #expect(system.device.ramArray.load(UInt32.self, at: DeviceMap.dataLength) == 0)
  }

  /// The hosts' next transfer works as if nothing had been.
  @Test func theDeviceRecovers() throws {
    let system = try run(
      steps: "{\"inject\": {\"kind\": \"ur\"}}, " + fill(600, ", \"expect\": {\"error\": \"UR\"}") + ", " + fill(600))
    #expect(system.device.ramArray.read(600, at: DeviceMap.data) == counter(600))
  }

  /// CTRL = 0 stops a program that never ends: ERROR with ABORTED, and READY stays 0.
  @Test func aRunCanBeStopped() throws {
    let system = try run(
      steps: load(Self.endless) + """
        , {"mmio_write": {"address": 0, "size": 2, "value": "0x104"}}, {"wait": "5us"},
        {"mmio_write": {"address": 1, "size": 1, "value": 0}},
        {"poll": {"address": 1, "size": 1, "value": 8, "mask": "0x18"}},
        {"mmio_read": {"address": "0x14", "expect": 4}}
        """)
    #expect(system.device.ramArray.load(UInt32.self, at: DeviceMap.ready) == 0)
    #expect(system.device.core.runs.map(\.fault) == [.aborted])
  }

  /// CTRL = 0 stops a transfer: what was outstanding lands, the rest does not, DMA_DONE stays clear.
  @Test func aTransferCanBeStopped() throws {
    let system = try run(
      "\"host\": {\"read_latency\": \"5us\"}",
      steps: """
        {"mmio_write": {"address": 4, "value": "0x100000"}},
        {"mmio_write": {"address": 12, "size": 8, "value": "0x100000000"}},
        {"mmio_write": {"address": 0, "size": 2, "value": "0x102"}}, {"wait": "1us"},
        {"mmio_write": {"address": 1, "size": 1, "value": 0}},
        {"poll": {"address": 1, "size": 1, "value": 8, "mask": "0x1c"}},
        {"mmio_read": {"address": "0x14", "expect": 4}}
        """)
    let engine = system.device.dma.state.pointer.pointee
    #expect(engine.bytesMoved == 32 * 512 && engine.activeTags == 0)
    #expect(system.device.dma.records.map(\.error) == [.aborted])
  }
}
