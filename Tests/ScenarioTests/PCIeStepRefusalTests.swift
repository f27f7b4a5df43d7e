import Testing

@testable import Scenario

@Suite("Refusals: Steps about the hierarchy")
struct PCIeStepRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{"steps": [{"await_peer": {}}], "peers": []}"#,
      #"1:27: $.steps[0].await_peer: found none, expected a scenario with a peer"#),
    Refusal(
      #"{"steps": [{"peer_write": {"hex": "00"}}], "peers": []}"#,
      #"1:27: $.steps[0].peer_write: found none, expected a scenario with a peer"#),
    Refusal(
      #"{"steps": [{"peer_read": {"length": 1}}], "peers": []}"#,
      #"1:26: $.steps[0].peer_read: found none, expected a scenario with a peer"#),
    Refusal(
      #"{"steps": [{"load_data": {"hex": "00", "via": "p2p"}}], "peers": []}"#,
      #"1:26: $.steps[0].load_data: found none, expected a scenario with a peer"#),
    Refusal(
      #"{"steps": [{"await_peer": {"peer": "per"}}]}"#,
      #"1:36: $.steps[0].await_peer.peer: found "per", expected "peer"; did you mean "peer"?"#),
    Refusal(
      #"{"steps": [{"run": {"device": "devce"}}]}"#,
      #"1:31: $.steps[0].run.device: found "devce", expected "device"; did you mean "device"?"#),
    Refusal(
      #"{"steps": [{"load_data": {"hex": "00", "peer": "peer"}}]}"#,
      #"1:48: $.steps[0].load_data.peer: found "peer", expected no "peer" without "via": "p2p""#),
    Refusal(
      #"{"steps": [{"peer_write": {}}]}"#,
      #"1:27: $.steps[0].peer_write: found no bytes, expected exactly one of file, hex, fill"#),
    Refusal(
      #"{"steps": [{"peer_write": {"hex": "00", "to": "hst"}}]}"#,
      #"1:47: $.steps[0].peer_write.to: found "hst", expected one of "window", "host"; did you mean "host"?"#),
    Refusal(
      #"{"steps": [{"peer_write": {"hex": "00", "chunk": 0}}]}"#,
      #"1:50: $.steps[0].peer_write.chunk: found 0, expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, "#
        + #"MB) from 1B to 1GiB"#),
    Refusal(
      #"{"steps": [{"peer_write": {"hex": "00", "flush": 1}}]}"#,
      #"1:50: $.steps[0].peer_write.flush: found 1, expected true or false"#),
    Refusal(
      #"{"steps": [{"peer_write": {"hex": "0000", "offset": "0x7fffff"}}]}"#,
      #"1:27: $.steps[0].peer_write: found 2 bytes at 0x7fffff, expected an end inside the 8 MiB of the "#
        + #"p2pdma window"#),
    Refusal(
      #"{"steps": [{"peer_write": {"hex": "0000", "to": "host", "offset": "0x3ffffff"}}]}"#,
      #"1:27: $.steps[0].peer_write: found 2 bytes at 0x3ffffff, expected an end inside host.memory_size"#),
    Refusal(
      #"{"steps": [{"peer_write": {"fill": {"bytes": "9MiB"}}}]}"#,
      #"1:46: $.steps[0].peer_write.fill.bytes: found "9MiB" of 9437184 bytes, expected at most 8388608 "#
        + #"bytes, for the p2pdma window"#),
    Refusal(
      #"{"steps": [{"peer_read": {}}]}"#,
      #"1:26: $.steps[0].peer_read: found no bytes, expected exactly one of file, hex, fill"#),
    Refusal(
      #"{"steps": [{"peer_read": {"length": 0}}]}"#,
      #"1:37: $.steps[0].peer_read.length: found 0, expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, "#
        + #"MB) from 1B to 1GiB"#),
    Refusal(
      #"{"steps": [{"peer_read": {"length": 4, "hex": "00"}}]}"#,
      #"1:47: $.steps[0].peer_read.hex: found "00", expected no "hex" beside "length""#),
    Refusal(
      #"{"steps": [{"peer_read": {"length": "8MiB", "offset": 1}}]}"#,
      #"1:26: $.steps[0].peer_read: found 8388608 bytes at 0x1, expected an end inside the 8 MiB of the "#
        + #"p2pdma window"#),
    Refusal(
      #"{"steps": [{"peer_read": {"length": 4, "expect": {"error": "U"}}}]}"#,
      #"1:60: $.steps[0].peer_read.expect.error: found "U", expected one of "OPCODE", "RANGE", "BUSY", "#
        + #""ABORTED", "UR", "CA", "TIMEOUT", "POISON", "LOAD", "FAULT", "DISABLED", "UNREACHABLE"; did you "#
        + #"mean "UR"?"#),
    Refusal(
      #"{"steps": [{"reset": {"kind": "warm"}}]}"#,
      #"1:31: $.steps[0].reset.kind: found "warm", expected one of "function", "hot""#),
    Refusal(
      #"{"steps": [{"reset": {"target": "sw"}}], "topology": [{"switch": "sw", "ports": ["device", "peer"]}]}"#,
      #"1:33: $.steps[0].reset.target: found "sw", expected one of "device", "peer""#),
    Refusal(
      #"{"steps": [{"config_read": {}}]}"#,
      #"1:28: $.steps[0].config_read: found no keys, expected the key "register""#),
    Refusal(
      #"{"steps": [{"config_read": {"register": 2}}]}"#,
      #"1:41: $.steps[0].config_read.register: found 2, expected a multiple of 4"#),
    Refusal(
      #"{"steps": [{"config_read": {"register": 4096}}]}"#,
      #"1:41: $.steps[0].config_read.register: found 4096, expected the offset of a register from 0x0 to "#
        + #"0xfff"#),
    Refusal(
      #"{"steps": [{"config_read": {"register": 0, "expect": "0x100000000"}}]}"#,
      #"1:54: $.steps[0].config_read.expect: found "0x100000000", expected a value of 4 bytes"#),
    Refusal(
      #"{"steps": [{"config_write": {"register": 4, "size": 2, "value": 65536}}]}"#,
      #"1:65: $.steps[0].config_write.value: found 65536, expected a value of 2 bytes"#),
    Refusal(
      #"{"steps": [{"config_write": {"register": 5, "size": 2, "value": 0}}]}"#,
      #"1:42: $.steps[0].config_write.register: found 5, expected a multiple of 2"#),
    Refusal(
      #"{"steps": [{"config_write": {"register": 4, "size": 8, "value": 0}}]}"#,
      #"1:53: $.steps[0].config_write.size: found 8, expected one of 1, 2, 4 bytes"#),
    Refusal(
      #"{"steps": [{"send_tlp": {}}]}"#,
      #"1:25: $.steps[0].send_tlp: found no keys, expected the key "hex""#),
    Refusal(
      #"{"steps": [{"send_tlp": {"hex": ""}}]}"#,
      #"1:33: $.steps[0].send_tlp.hex: found "" of 0 bytes, expected at least one byte"#),
    Refusal(
      #"{"steps": [{"send_tlp": {"hex": "00", "target": "nvme"}}]}"#,
      #"1:49: $.steps[0].send_tlp.target: found "nvme", expected one of "device", "peer""#),
    Refusal(
      #"{"steps": [{"send_tlp": {"hex": "000000010000000f00000000", "expect": {"status": "OK"}}}]}"#,
      #"1:82: $.steps[0].send_tlp.expect.status: found "OK", expected one of "SC", "UR", "CRS", "CA""#),
    Refusal(
      #"{"steps": [{"send_tlp": {"hex": "400000010000000fe000000000000000", "expect": {"status": "SC"}}}]}"#,
      #"1:79: $.steps[0].send_tlp.expect: found a packet that nobody answers, expected no "expect" without "#
        + #"a legal non-posted request of 00:00.0"#),
    Refusal(
      "{\"steps\": [{\"send_tlp\": {\"hex\": \"\(packet(1_028))\"}}]}",
      #"1:33: $.steps[0].send_tlp.hex: found 1028 bytes, expected a payload of at most 1024 bytes, the "#
        + #"credits of the links"#),
    Refusal(
      #"{"steps": [{"inject": {}}]}"#,
      #"1:23: $.steps[0].inject: found no keys, expected the key "kind""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "drop_tpl"}}]}"#,
      #"1:32: $.steps[0].inject.kind: found "drop_tpl", expected one of "ur", "ca", "poison", "drop", "#
        + #""delay", "completion_timeout", "unexpected_completion", "malformed_completion", "crs", "drop_tlp", "#
        + #""corrupt_tlp", "drop_dllp", "corrupt_dllp", "delay_tlp", "credit_starvation", "retrain", "#
        + #""surprise_removal"; did you mean "drop_tlp"?"#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "ur", "by": "dev"}}]}"#,
      #"1:44: $.steps[0].inject.by: found "dev", expected one of "host", "device""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "drop_tlp", "direction": "left"}}]}"#,
      #"1:57: $.steps[0].inject.direction: found "left", expected one of "down", "up""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "drop", "by": "device"}}]}"#,
      #"1:46: $.steps[0].inject.by: found "device", expected no "by" beside "kind": "drop""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "ur", "target": "peer"}}]}"#,
      #"1:48: $.steps[0].inject.target: found "peer", expected no "target" without "by": "device""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "ur", "by": "device", "target": "peer"}}]}"#,
      #"1:64: $.steps[0].inject.target: found "peer", expected "device""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "delay_tlp", "count": 2}}]}"#,
      #"1:54: $.steps[0].inject.count: found 2, expected no "count" beside "kind": "delay_tlp""#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "retrain", "target": "pee"}}]}"#,
      #"1:53: $.steps[0].inject.target: found "pee", expected one of "device", "peer"; did you mean "peer"?"#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "crs", "target": "link"}}]}"#,
      #"1:49: $.steps[0].inject.target: found "link", expected one of "device", "peer""#),
  ]

  /// A read with so many bytes behind it.
  private static func packet(_ bytes: Int) -> String {
    "000000010000000f00000000" + String(repeating: "00", count: bytes)
  }
}
