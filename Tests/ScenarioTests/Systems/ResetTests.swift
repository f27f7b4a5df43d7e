import Device
import PCIe
import SimKernel
import Testing

@testable import Scenario

/// Resets as a driver does them, in whole systems (Base Specification 6.6).
@Suite("Resets")
struct ResetTests {
  private static let load = #"{"load_data": {"fill": {"bytes": 20000}}}"#
  private static let check = #"{"expect_memory": {"address": "0x400000", "fill": {"bytes": 20000}}}"#
  /// A read that crosses 4 KiB: malformed, fatal.
  private static let malformed = #"{"send_tlp": {"hex": "00000002 000000ff e0400ffc"}}"#
  private static let topologies = [#"["device", "peer"]"#, #"[{"switch": "sw", "ports": ["device", "peer"]}]"#]

  @Test(
    "the next command works, and earlier errors are gone",
    arguments: ["function", "hot"], topologies)
  func works(kind: String, topology: String) throws {
    let system = try pass(
      "\"topology\": \(topology)",
      steps: #"""
        \#(Self.load), {"inject": {"kind": "ur"}}, {"load_data": {"fill": {"bytes": 3000}, "expect": {"error": "UR"}}},
        {"reset": {"kind": "\#(kind)"}},
        {"mmio_read": {"address": 0, "size": 2, "expect": 0}}, {"mmio_read": {"address": "0x14", "expect": 0}},
        {"config_read": {"register": 4, "expect": {"value": 6, "mask": 6}}},
        {"config_read": {"register": "0x104", "expect": 0}}, {"config_read": {"register": "0x110", "expect": 0}},
        {"config_read": {"register": "0x78", "expect": {"value": 0, "mask": "0xf0000"}}},
        \#(Self.load), \#(Self.check)
        """#)
    #expect(system.records("load_data").map(\.error) == [nil, "UR", nil])
    #expect(system.device.endpoint.state.pointer.pointee.config.maxPayloadSize == 256)
  }

  @Test("a function takes its recovery time, a bus its reset time as well")
  func times() throws {
    let driver = #""driver": {"reset_recovery": "30us", "bus_reset_time": "10us"}"#
    let system = try pass(
      driver, steps: #"{"reset": {}}, {"reset": {"kind": "hot"}}, \#(Self.load), \#(Self.check)"#)
    let latencies = system.records("reset").map(\.latency)
    #expect(latencies[0] >= 30_000_000 && latencies[1] >= 40_000_000)
    #expect(latencies.allSatisfy { $0 < 100_000_000 })
  }

  @Test("malformed packets leave a fatal error, which a reset and its new configuration take away")
  func fatal() throws {
    let system = try pass(
      steps: #"""
        \#(Self.malformed), {"config_read": {"register": "0x104", "expect": "0x40000"}},
        {"reset": {}}, {"config_read": {"register": "0x104", "expect": 0}}, \#(Self.load), \#(Self.check)
        """#)
    #expect(system.host.portStates.pointer[0].fatalMessages == 1)
  }

  @Test("a transfer under way ends with a reset, and the device is idle behind it", arguments: ["function", "hot"])
  func underWay(kind: String) throws {
    let system = try pass(
      #""driver": {"reset_recovery": "1ms"}, "host": {"read_latency": "50us"}"#,
      steps: #"""
        {"mmio_write": {"address": 4, "value": 100000}}, {"mmio_write": {"address": 12, "size": 8, "value": "0x100000000"}},
        {"mmio_write": {"address": 0, "size": 2, "value": "0x102"}}, {"wait": "10us"},
        {"reset": {"kind": "\#(kind)"}}, {"mmio_read": {"address": 1, "size": 1, "expect": 0}}, \#(Self.load), \#(Self.check)
        """#)
    #expect(system.device.dma.state.pointer.pointee.activeTags == 0)
  }

  @Test("a peer that is reset aborts its commands, and takes new ones", arguments: ["function", "hot"], topologies)
  func peers(kind: String, topology: String) throws {
    let system = try pass(
      "\"topology\": \(topology), \"driver\": {\"reset_recovery\": \"1ms\"}",
      steps: #"""
        {"repeat": {"count": 3, "steps": [
          {"peer_write": {"fill": {"bytes": "1MiB"}, "background": true, "expect": {"error": "ABORTED"}}}]}},
        {"reset": {"target": "peer", "kind": "\#(kind)"}}, {"await_peer": {}},
        {"peer_write": {"offset": 64, "hex": "aabbccdd"}}, {"expect_memory": {"address": "0x800040", "hex": "aabbccdd"}},
        {"peer_read": {"offset": 64, "hex": "aabbccdd"}}
        """#)
    #expect(system.records("peer_write").map(\.error) == ["ABORTED", "ABORTED", "ABORTED", nil])
  }

  @Test("a device that is pulled out is not there; a hot reset puts it back", arguments: topologies)
  func removal(topology: String) throws {
    _ = try pass(
      "\"topology\": \(topology), \"driver\": {\"reset_recovery\": \"1ms\"}",
      steps: #"""
        \#(Self.load), {"inject": {"kind": "surprise_removal"}}, {"wait": "1us"},
        {"mmio_read": {"address": "0x400000", "expect": "0xffffffff"}},
        {"load_data": {"hex": "00", "expect": {"error": "UNREACHABLE"}}},
        {"peer_read": {"length": 64, "expect": {"error": "UR"}}},
        {"config_read": {"register": 0, "expect": "0xffffffff"}},
        {"reset": {"kind": "hot"}}, \#(Self.load), \#(Self.check)
        """#)
  }
}
