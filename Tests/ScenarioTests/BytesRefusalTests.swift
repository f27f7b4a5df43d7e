import Testing

@testable import Scenario

@Suite("Refusals: Steps that carry bytes")
struct BytesRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{"steps": [{"load_text": {}}]}"#,
      #"1:26: $.steps[0].load_text: found no keys, expected the key "program""#),
    Refusal(
      #"{"steps": [{"load_text": {"program": 3}}]}"#,
      #"1:38: $.steps[0].load_text.program: found 3, expected the name of a .c, .o, .s or .bin file, or {"hex": "…"}"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": "x.py"}}]}"#,
      #"1:38: $.steps[0].load_text.program: found "x.py", expected the name of a .c, .o, .s or .bin file, or {"hex": "#
        + #""…"}"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": "missing.o"}}]}"#,
      #"1:38: $.steps[0].load_text.program: found "missing.o" (No such file or directory), expected a readable file"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": "missing.c"}}]}"#,
      #"1:38: $.steps[0].load_text.program: found "missing.c" (No such file or directory), expected a readable file"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": {}}}]}"#,
      #"1:38: $.steps[0].load_text.program: found no keys, expected the key "hex""#),
    Refusal(
      #"{"steps": [{"load_text": {"program": {"hex": "95 0"}}}]}"#,
      #"1:46: $.steps[0].load_text.program.hex: found "95 0" with an odd number of digits, expected pairs of "#
        + #"hexadecimal digits"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": {"hex": "9x"}}}]}"#,
      #"1:46: $.steps[0].load_text.program.hex: found "9x" with no hexadecimal digit at character 2, expected pairs "#
        + #"of hexadecimal digits"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": {"hex": ""}}}]}"#,
      #"1:46: $.steps[0].load_text.program.hex: found "" of 0 bytes, expected at least one byte"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": {"hex": "9500000000000000"}, "entry": "main"}}]}"#,
      #"1:76: $.steps[0].load_text.entry: found "main": a raw program has no names to begin at: only an object has, "#
        + "expected a function or section of the program"),
    Refusal(
      #"{"steps": [{"load_text": {"program": {"hex": "95"}, "entry": ""}}]}"#,
      #"1:62: $.steps[0].load_text.entry: found "", expected the name of a function or section"#),
    Refusal(
      #"{"steps": [{"load_text": {"program": {"hex": "95"}, "check": 1}}]}"#,
      #"1:62: $.steps[0].load_text.check: found 1, expected true or false"#),
    Refusal(
      #"{"steps": [{"load_data": {}}]}"#,
      #"1:26: $.steps[0].load_data: found no bytes, expected exactly one of file, hex, fill"#),
    Refusal(
      #"{"steps": [{"load_data": {"page_sze": 4096, "hex": "00"}}]}"#,
      #"1:27: $.steps[0].load_data.page_sze: unknown key "page_sze"; did you mean "page_size"? known keys: file, hex, "#
        + #"fill, via, peer, page_size, offset, expect, device"#),
    Refusal(
      #"{"steps": [{"load_data": {"file": "a", "hex": "00"}}]}"#,
      #"1:26: $.steps[0].load_data: found file and hex, expected exactly one of file, hex, fill"#),
    Refusal(
      #"{"steps": [{"load_data": {"file": "missing.dat"}}]}"#,
      #"1:35: $.steps[0].load_data.file: found "missing.dat" (No such file or directory), expected a readable file"#),
    Refusal(
      #"{"steps": [{"load_data": {"file": "/"}}]}"#,
      #"1:35: $.steps[0].load_data.file: found "/" (a directory), expected a readable file"#),
    Refusal(
      #"{"steps": [{"load_data": {"file": "/dev/null"}}]}"#,
      #"1:35: $.steps[0].load_data.file: found "/dev/null" (a pipe or device), expected a readable file"#),
    Refusal(
      #"{"steps": [{"load_data": {"file": "a\u0000b"}}]}"#,
      #"1:35: $.steps[0].load_data.file: found "a\u{0}b", expected the name of a file beside the scenario"#),
    Refusal(
      #"{"steps": [{"load_data": {"hex": "00", "page_size": 1000}}]}"#,
      #"1:53: $.steps[0].load_data.page_size: found 1000, expected one of 4096, 8192, 16384, 65536, 262144, 1048576, "#
        + #"4194304 bytes"#),
    Refusal(
      #"{"steps": [{"load_data": {"hex": "00", "page_size": 8192, "via": "p2p"}}]}"#,
      #"1:53: $.steps[0].load_data.page_size: found 8192, expected no "page_size" beside "via": "p2p""#),
    Refusal(
      #"{"steps": [{"load_data": {"hex": "00", "via": "pcie"}}]}"#,
      #"1:47: $.steps[0].load_data.via: found "pcie", expected one of "dma", "p2p""#),
    Refusal(
      #"{"steps": [{"load_data": {"fill": {"bytes": 0}}}]}"#,
      #"1:45: $.steps[0].load_data.fill.bytes: found 0, expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, MB) "#
        + #"from 1B to 1GiB"#),
    Refusal(
      #"{"steps": [{"load_data": {"fill": {"bytes": 4, "pattern": "one"}}}]}"#,
      #"1:59: $.steps[0].load_data.fill.pattern: found "one", expected one of "counter", "zero", "random""#),
    Refusal(
      #"{"steps": [{"load_data": {"fill": {"bytes": "9MiB"}, "via": "p2p"}}]}"#,
      #"1:45: $.steps[0].load_data.fill.bytes: found "9MiB" of 9437184 bytes, expected at most 8388608 bytes, for the "#
        + #"p2pdma window"#),
    Refusal(
      #"{"steps": [{"load_data": {"fill": {"bytes": "65MiB"}}}]}"#,
      #"1:45: $.steps[0].load_data.fill.bytes: found "65MiB" of 68157440 bytes, expected at most 67108864 bytes, for "#
        + #"host.memory_size and LENGTH"#),
    Refusal(
      #"{"steps": [{"load_data": {"hex": "00", "expect": {"error": "RANG"}}}]}"#,
      #"1:60: $.steps[0].load_data.expect.error: found "RANG", expected one of "OPCODE", "RANGE", "BUSY", "ABORTED", "#
        + #""UR", "CA", "TIMEOUT", "POISON", "LOAD", "FAULT", "DISABLED", "UNREACHABLE"; did you mean "RANGE"?"#),
    Refusal(
      #"{"steps": [{"peer_write": {"offset": "0x800000", "hex": "00"}}]}"#,
      #"1:27: $.steps[0].peer_write: found 1 bytes at 0x800000, expected an end inside the 8 MiB of the "#
        + #"p2pdma window"#),
    Refusal(
      #"{"steps": [{"peer_write": {"offset": "0x7fffff", "hex": "0000"}}]}"#,
      #"1:27: $.steps[0].peer_write: found 2 bytes at 0x7fffff, expected an end inside the 8 MiB of the "#
        + #"p2pdma window"#),
    Refusal(
      #"{"steps": [{"expect_memory": {"address": "0xffffff", "hex": "0000"}}]}"#,
      #"1:30: $.steps[0].expect_memory: found 2 bytes at 0xffffff, expected an end inside the 16 MiB of BAR4"#),
    Refusal(
      #"{"steps": [{"expect_memory": {"address": 0}}]}"#,
      #"1:30: $.steps[0].expect_memory: found no bytes, expected exactly one of file, hex, fill"#),
  ]
}
