import SimKernel
import Testing

@testable import Scenario

/// Scenarios that use every key, to mutate and to check against the schema.
enum Seeds {
  static let texts = [
    #"{"steps": []}"#,
    #"{"name": "n", "description": "d", "seed": "0x12", "device": "gen5x16", "steps": []}"#,
    #"""
    {"device": {"preset": "gen1x1", "clocks": {"pcie": "125.5MHz"}, "link": {"rate": "2.5GT/s", "propagation": "0.5ns"},
      "endpoint": {"bar64": true, "max_payload": "0x80"}, "core": {"preset": "classic5", "predictor": "backward_taken"},
      "memory": {"data_path": 64}, "dma": {"tags": 1, "completion_timeout": "1ms"},
      "commands": {"p2p_offset": "source"}},
     "host": {"read_latency": {"quantiles": [[0, "1ns"], [500, "2ns"], [1000, "1s"]]}, "memory_size": "1MiB"},
     "driver": {"page_size": 8192}, "peers": [{"interval": 3}], "steps": []}
    """#,
    #"""
    {"host": {"preset": "xeon_e5_iommu", "iommu_tlb_entries": "0x10", "iommu_page": "2MiB", "remote_node": true,
       "iommu_miss_latency": {"min": "100ns", "max": "1us"}, "cache_hit_permille": 500, "cache_hit_gain": "60ns"},
     "steps": []}
    """#,
    #"""
    {"host": {"read_latency": {"min": "1ns", "max": "3us"}},
     "steps": [{"load_text": {"program": {"hex": "b7 00 00 00 01 00 00 00 9500000000000000"}}},
      {"load_data": {"hex": "00ff", "via": "p2p", "offset": 16, "expect": {"error": "CA"}}},
      {"load_data": {"fill": {"bytes": "1KiB", "pattern": "random"}, "page_size": 4096}},
      {"run": {"offset": "1KiB", "timeout": "1ms", "expect": {"ret": "0x194", "r0": 404}}},
      {"run": {"expect": {"error": "FAULT", "fault": "loadOutOfBounds"}}}]}
    """#,
    #"""
    {"steps": [{"mmio_write": {"address": "0x4", "size": 1, "value": 1}},
      {"mmio_read": {"address": 4, "expect": {"value": "0x1", "mask": 255}}},
      {"mmio_read": {"address": 4, "expect": 3}},
      {"poll": {"address": 1, "size": 1, "mask": 4, "value": 4, "interval": "1us", "timeout": "1s"}},
      {"wait": "1.5us"}, {"wait": {"time": "1ps"}}, {"peer_write": {"offset": 3, "hex": "aa"}}, {"dump_mem": {}},
      {"expect_memory": {"address": "0x400000", "fill": {"bytes": 9}}}, {"inject": {"kind": "poison", "count": 2}},
      {"get_regs": {}}]}
    """#,
    #"""
    {"steps": [{"repeat": {"count": 3, "index": "k", "steps": [{"run": {"offset": "${k * 4096 / (2 - 1) % 7}"}},
      {"repeat": {"count": "${k}", "steps": [{"wait": "${i + k}ns"}]}}]}}]}
    """#,
    #"""
    {"device": {"commands": {"msi": true, "queue_depth": 3}}, "driver": {"completion": "interrupt", "queue_depth": 4},
     "devices": [{"name": "second", "preset": "gen2x4", "commands": {"msi": true, "queue_depth": 9},
                  "link": {"retry_buffer": 8}}],
     "peers": [{}, {"name": "nvme", "link": "gen4x4", "endpoint": {"tag_bits": 10}, "media_latency": "5us"},
               {"link": {"preset": "gen1x1", "framing": 4}}],
     "topology": ["device", {"switch": "s1", "link": {"lanes": 4}, "forward_cycles": 7, "ports": ["nvme",
                    {"switch": "s2", "ports": ["peer", "second"]}]}, "peer3"],
     "host": {"acs_redirect": true}, "steps": []}
    """#,
    #"""
    {"devices": [{"name": "b"}], "peers": [{"name": "p"}, {"name": "q"}],
     "steps": [{"peer_write": {"peer": "q", "to": "host", "offset": 5, "chunk": "1KiB", "flush": false, "hex": "00",
         "background": true, "expect": {"error": "UR"}}}, {"await_peer": {"peer": "q"}},
      {"peer_read": {"device": "b", "length": "64KiB"}}, {"peer_read": {"fill": {"bytes": 3}}}, {"await_peer": {}},
      {"load_data": {"device": "b", "hex": "00", "via": "p2p", "peer": "q"}}, {"run": {"device": "b"}},
      {"reset": {}}, {"reset": {"target": "p", "kind": "hot"}}, {"config_read": {"register": "0x104", "target": "q"}},
      {"config_read": {"register": 0, "expect": {"value": 1, "mask": 1}}},
      {"config_write": {"register": 6, "size": 2, "value": "0xffff"}}, {"send_tlp": {"hex": "00 01", "target": "b"}},
      {"send_tlp": {"hex": "00000001 0000000f 00000000", "expect": {"status": "UR"}}},
      {"inject": {"kind": "ca", "by": "device", "target": "b", "count": 2}}, {"inject": {"kind": "surprise_removal"}},
      {"inject": {"kind": "drop_tlp", "direction": "down", "skip": 3, "count": 2, "target": "q"}},
      {"inject": {"kind": "credit_starvation", "class": "completion", "time": "1us"}}]}
    """#,
  ]
}

@Suite("Mutated scenarios")
struct FuzzTests {
  /// Pieces that hit the reader's corners.
  private static let pieces = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "${", "}", "-", "1e999", "NaN", "null", "true", "0x",
    "\u{0}", "18446744073709551616", "-1", "9999999999999999999.9s", "1844674407370955161.9ns", "0.0000000000001s",
    "é", "\n", "\"steps\":", "{\"repeat\": {\"count\": 5, \"steps\": [{\"get_regs\": {}}]}}", "(", "/0", "%0", "GT/s",
    "MiB",
  ]

  private static func mutate(_ text: [UInt8], _ random: inout RandomStream) -> [UInt8] {
    var bytes = text
    for _ in 0...random.next(below: 3) {
      let at = Int(random.next(below: UInt64(bytes.count + 1)))
      let end = min(bytes.count, at + Int(random.next(below: 12)))
      switch random.next(below: 5) {
      case 0: bytes.removeSubrange(at..<end)
      case 1: bytes.insert(contentsOf: Array(pieces[Int(random.next(below: UInt64(pieces.count)))].utf8), at: at)
      case 2: bytes.insert(contentsOf: bytes[at..<end], at: Int(random.next(below: UInt64(bytes.count + 1))))
      case 3 where at < bytes.count: bytes[at] = UInt8(truncatingIfNeeded: random.next())
      default: bytes.replaceSubrange(at..<end, with: Array(pieces[Int(random.next(below: UInt64(pieces.count)))].utf8))
      }
    }
    return bytes
  }

  @Test("are read or refused in one line, and never trap", arguments: Seeds.texts.indices)
  func mutations(_ seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed), name: "fuzz")
    var refused = 0
    for _ in 0..<3_000 {
      let text = FuzzTests.mutate(Array(Seeds.texts[seed].utf8), &random)
      do throws(ScenarioError) {
        _ = try ScenarioDocument.parse(text, file: "s.json", directory: "/nonexistent") { _, _ in }
      } catch {
        refused += 1
        let line = error.description
        if line.contains("\n") || !line.hasPrefix("s.json:") { Issue.record("\(line)") }
      }
    }
    #expect(refused > 0)
  }
}
