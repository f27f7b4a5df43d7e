import Foundation
import Scenario
import SimKernel
import TraceSupport
import Tracing

/// Scenarios for traces, and the way to run them.
enum Scenarios {
  /// Reads what the scenario file in `traces/` says.
  static func load(_ name: String) throws -> ScenarioDocument {
    let folder = URL(filePath: #filePath).appending(path: "../../../../traces").standardized
    return try .load(path: folder.appending(path: name).path, checkProgram: System.checkProgram)
  }

  /// Whether there is a clang for the scenarios whose programs are C.
  static let canCompile: Bool = {
    do {
      _ = try load("chunks/chunks.json")
    } catch let error as ScenarioError where error.description.contains("no clang with the BPF target") {
      print("SKIPPED: tests of scenarios with C programs; no clang with the BPF target")
      return false
    } catch {}
    return true
  }()

  /// r0 = sum of 20 … 1, times 7, divided by 3, plus the first word of DATA; stores it at byte 8 of DATA; calls sqrti.
  static let program = [
    "b700000000000000", "b704000014000000", "0f40000000000000", "07040000ffffffff", "5504fdff00000000",
    "2700000007000000", "3700000003000000", "7912000000000000", "0f20000000000000", "7b01080000000000",
    "8500000003000000", "9500000000000000",
  ].joined()
  /// Reads from address 0, which belongs to nothing.
  static let badProgram = ["b701000000000000", "7910000000000000", "9500000000000000"].joined()
  /// Jumps to itself for ever.
  static let endlessProgram = ["0500ffff00000000", "9500000000000000"].joined()

  /// A queue of transfers from host memory and from the window, with a run behind them.
  static func queue(arbitration: String) throws -> ScenarioDocument {
    try parse(
      """
      {"name": "queue",
       "device": {"dma": {"channels": 3, "arbitration": "\(arbitration)", "tags": 9, "max_request": 128,
                          "align_requests": false, "request_interval": 3},
                  "commands": {"queue_depth": 7, "msi": true}, "memory": {"banks": 4, "burst_length": 3}},
       "host": {"read_latency": {"min": "100ns", "max": "900ns"}},
       "steps": [
         {"load_text": {"program": {"hex": "\(program)"}}},
         {"mmio_write": {"address": 4, "value": 4099}},
         {"mmio_write": {"address": 12, "size": 8, "value": "0x100000013"}},
         {"repeat": {"count": 4, "steps": [
           {"mmio_write": {"address": 8, "value": "${i * 5000}"}},
           {"mmio_write": {"address": 0, "size": 2, "value": "0x102"}},
           {"mmio_write": {"address": 8, "value": "${i * 4099 + 30000}"}},
           {"mmio_write": {"address": 0, "size": 2, "value": "0x103"}}]}},
         {"mmio_write": {"address": 8, "value": 0}},
         {"mmio_write": {"address": 0, "size": 2, "value": "0x104"}},
         {"poll": {"address": 1, "size": 1, "value": 0, "mask": "0x10"}},
         {"mmio_read": {"address": "0x14", "expect": 0}}]}
      """)
  }

  /// A bit of everything: DMA with every fault, a peer, runs that end, fault, and are stopped, waits, accesses.
  static func everything(seed: UInt64, pcie: String = "250MHz", core: String = "200MHz", device: String = "")
    throws -> ScenarioDocument
  {
    try parse(
      """
      {"name": "everything", "seed": \(seed),
       "device": {"preset": "gen3x8", "clocks": {"pcie": "\(pcie)", "core": "\(core)"},
                  "dma": {"completion_timeout": "5us", "tags": 4}\(device)},
       "host": {"read_latency": {"min": "100ns", "max": "900ns"}, "outstanding_reads": 3},
       "steps": [
         {"load_text": {"program": {"hex": "\(program)"}}},
         {"load_data": {"fill": {"bytes": 5003, "pattern": "random"}}},
         {"run": {}},
         {"wait": {"time": "3us"}},
         {"peer_write": {"offset": 64, "hex": "00112233445566778899"}},
         {"load_data": {"fill": {"bytes": 1001}, "via": "p2p", "offset": 4096}},
         {"inject": {"kind": "ur"}},
         {"load_data": {"fill": {"bytes": 3000}, "expect": {"error": "UR"}}},
         {"inject": {"kind": "poison"}},
         {"load_data": {"fill": {"bytes": 3000}, "expect": {"error": "POISON"}}},
         {"inject": {"kind": "drop"}},
         {"load_data": {"fill": {"bytes": 3000}, "expect": {"error": "TIMEOUT"}}},
         {"load_text": {"program": {"hex": "\(badProgram)"}}},
         {"run": {"expect": {"error": "FAULT"}}},
         {"load_text": {"program": {"hex": "\(endlessProgram)"}}},
         {"mmio_write": {"address": 0, "size": 1, "value": 4}},
         {"mmio_write": {"address": 1, "size": 1, "value": 1}},
         {"wait": {"time": "1us"}},
         {"mmio_write": {"address": 1, "size": 1, "value": 0}},
         {"poll": {"address": 1, "size": 1, "value": 8, "mask": 24}},
         {"mmio_read": {"address": "0x14", "size": 8}},
         {"dump_mem": {}}, {"get_regs": {}},
         {"expect_memory": {"address": "0x800040", "hex": "10000000"}}
       ]}
      """)
  }

  static func parse(_ text: String) throws -> ScenarioDocument {
    try .parse(Array(text.utf8), file: "test.json", directory: ".", checkProgram: System.checkProgram)
  }
}

/// A scenario after its run.
struct TracedRun {
  let system: System
  let outcome: Simulation.Outcome
  /// The report, with host times of zero.
  let report: String

  /// - Parameters:
  ///   - trace: path of the waveform, nil for none
  init(_ document: ScenarioDocument, trace path: String? = nil, skipsIdle: Bool = true) throws {
    system = System(document.spec, steps: document.steps)
    let simulation = system.simulation
    simulation.skipsIdle = skipsIdle
    let trace = try path.map { try Trace(simulation, path: $0) }
    simulation.observer = trace?.observer
    // Without skipping a deadlock would run for ever.
    outcome = simulation.run(until: .milliseconds(20))
    try trace?.close(at: simulation.time, because: "the test ends")
    let host = Report.HostEntry(wallSeconds: 0, startupSeconds: 0, coreCycles: 0, pcieCycles: 0)
    report = Report(scenario: document.name, system: system, host: host).json
  }
}
