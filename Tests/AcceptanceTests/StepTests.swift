import Testing

@Suite("Steps and what the report says of them")
struct StepTests {
  @Test("an expectation that is not met: exit status 1, printed and in the report")
  func failing() throws {
    let run = try Run(
      #"{"load_text": {"program": "p.c"}}, {"run": {"expect": {"ret": 2, "r0": "0x3"}}}"#,
      files: ["p.c": "int f(void) { return 1; }"])
    #expect(run.outcome.status == 1 && run.outcome.errors.isEmpty)
    #expect(run.outcome.output.hasPrefix("s: FAILED after "))
    #expect(run.outcome.output.contains("\nFAILED step 1 $.steps[1].run.expect.ret: expected 0x2, found 0x1\n"))
    #expect(run.report["status"] as? String == "failed")
    #expect(run.failures.map { $0["step"] as? Int } == [1, 1])
    #expect(run.failures.map { $0["path"] as? String } == ["$.steps[1].run.expect.ret", "$.steps[1].run.expect.r0"])
    #expect(run.failures.map { $0["expected"] as? String } == ["0x2", "0x3"])
    #expect(run.failures.map { $0["found"] as? String } == ["0x1", "0x1"])
  }

  @Test("many failures: the first ten are printed, the report has all")
  func manyFailures() throws {
    let run = try Run(
      #"{"repeat": {"count": 30, "steps": [{"mmio_read": {"address": "0x14", "expect": "${i + 1}"}}]}}"#)
    #expect(run.outcome.status == 1 && run.failures.count == 30)
    #expect(run.outcome.output.contains("FAILED step 9 ") && !run.outcome.output.contains("FAILED step 10 "))
    #expect(run.outcome.output.contains("… 20 more failures"))
    #expect(run.failures.last?["step"] as? Int == 29)
    #expect(run.steps.count == 30)
  }

  @Test(
    "an injected fault ends the transfer with its error, and the next one works",
    arguments: [("ur", "UR"), ("ca", "CA"), ("poison", "POISON"), ("drop", "TIMEOUT")])
  func inject(_ kind: String, _ error: String) throws {
    let load = #"{"load_data": {"fill": {"bytes": 10000}}}"#
    let expected = "{\"load_data\": {\"fill\": {\"bytes\": 10000}, \"expect\": {\"error\": \"\(error)\"}}}"
    let check = #"{"expect_memory": {"address": "0x400000", "fill": {"bytes": 10000}}}"#
    let run = try Run("{\"inject\": {\"kind\": \"\(kind)\", \"count\": 3}}, \(expected), \(load), \(check)")
    #expect(run.outcome.status == 0)
    #expect(run.errors == ["", error, "", ""])
    let failing = try Run("{\"inject\": {\"kind\": \"\(kind)\"}}, \(load)")
    #expect(failing.outcome.status == 1)
    #expect(failing.failures.map { $0["expected"] as? String } == ["success"])
    #expect(failing.failures.map { $0["found"] as? String } == ["error \(error)"])
  }

  @Test("LENGTH past the segment is the device's error RANGE", arguments: ["dma", "p2p"])
  func range(_ via: String) throws {
    let load = "\"fill\": {\"bytes\": \"5MiB\"}, \"via\": \"\(via)\""
    let system = #""driver": {"page_size": 4194304}"#
    let failing = try Run("{\"load_data\": {\(load)}}", system: system)
    #expect(failing.outcome.status == 1 && failing.errors == ["RANGE"] && failing.failures.count == 1)
    let expected = try Run("{\"load_data\": {\(load), \"expect\": {\"error\": \"RANGE\"}}}", system: system)
    #expect(expected.outcome.status == 0 && expected.errors == ["RANGE"])
  }

  @Test("an error that does not come is a failure, once")
  func missingError() throws {
    let run = try Run(#"{"load_data": {"fill": {"bytes": 20000}, "expect": {"error": "RANGE"}}}"#)
    #expect(run.outcome.status == 1)
    #expect(run.failures.map { $0["found"] as? String } == ["success"])
  }

  @Test("a device that holds no program says so; so does one whose program faults")
  func runErrors() throws {
    let empty = try Run(#"{"run": {"expect": {"error": "LOAD", "fault": "badProgram"}}}"#)
    #expect(empty.outcome.status == 0)
    #expect(empty.outcome.output.contains("TEXT holds no loadable program: the program is empty\n"))
    let stray = try Run(
      #"{"load_text": {"program": "p.c"}}, {"run": {"expect": {"error": "FAULT"}}}, {"run": {}}"#,
      files: ["p.c": "int f(void) { return *(volatile int *)16; }"])
    #expect(stray.outcome.status == 1 && stray.failures.map { $0["step"] as? Int } == [2])
    #expect(stray.outcome.output.contains("load outside of data and stack at PC "))
    #expect((stray.steps[1]["fault"] as? [String: Any])?["name"] as? String == "loadOutOfBounds")
  }

  @Test("hosts give up: on a run that never ends, a transfer that never comes, a bit that never shows")
  func timeouts() throws {
    let loop = try Run(
      """
      {"load_text": {"program": "p.c"}}, {"run": {"timeout": "20us"}},
      {"mmio_write": {"address": 1, "size": 1, "value": 0}},
      {"poll": {"address": 1, "size": 1, "value": 8, "mask": "0x18"}}, {"mmio_read": {"address": "0x14", "expect": 4}}
      """,
      files: ["p.c": "int f(void) { volatile int x = 0; while (1) x++; }"])
    #expect(loop.outcome.status == 1 && loop.failures.count == 1)
    #expect(loop.errors == ["", "host timeout", "", "", ""])
    #expect(loop.failures[0]["expected"] as? String == "READY")
    let lost = try Run(
      #"{"inject": {"kind": "drop"}}, {"load_data": {"hex": "0011"}}"#, system: #""driver": {"dma_timeout": "10us"}"#)
    #expect(lost.outcome.status == 1 && lost.failures[0]["expected"] as? String == "DMA_DONE")
    let poll = try Run(#"{"poll": {"address": 0, "size": 1, "value": 1, "timeout": "5us"}}"#)
    #expect(poll.outcome.status == 1)
    #expect(poll.failures[0]["found"] as? String == "0x0 when the time was up")
  }

  @Test("ADDR takes 8 bytes at 0x0c, or one after another, or any lanes")
  func addressRegister() throws {
    let run = try Run(
      """
      {"mmio_write": {"address": "0x0c", "size": 8, "value": "0x1122334455667788"}},
      {"mmio_read": {"address": "0x0c", "size": 8, "expect": "0x1122334455667788"}},
      {"repeat": {"count": 8, "steps": [{"mmio_write": {"address": "${12 + i}", "size": 1, "value": "${160 + i}"}}]}},
      {"mmio_read": {"address": "0x0c", "size": 8, "expect": "0xa7a6a5a4a3a2a1a0"}},
      {"mmio_read": {"address": "0x10", "size": 4, "expect": "0xa7a6a5a4"}},
      {"mmio_write": {"address": "0x0f", "size": 2, "value": "0xbeef"}},
      {"mmio_read": {"address": "0x0c", "size": 8, "expect": "0xa7a6a5beefa2a1a0"}},
      {"mmio_read": {"address": "0xff8", "size": 8, "expect": "0xffffffffffffffff"}}
      """)
    #expect(run.outcome.status == 0, "\(run.outcome.output)")
  }

  @Test("memory of the BAR can be written, compared, and compared wrongly")
  func memory() throws {
    let run = try Run(
      """
      {"peer_write": {"offset": 3, "hex": "0011223344556677889900"}},
      {"expect_memory": {"address": "0x800004", "hex": "11 22 33 44 55 66 77 88 99"}},
      {"mmio_write": {"address": "0x400005", "size": 8, "value": "0x0807060504030201"}},
      {"expect_memory": {"address": "0x400004", "hex": "000102030405ff0708"}}
      """)
    #expect(run.outcome.status == 1 && run.failures.count == 1)
    #expect(run.failures[0]["path"] as? String == "$.steps[3].expect_memory")
    #expect(run.failures[0]["expected"] as? String == "0xff")
    #expect(run.failures[0]["found"] as? String == "0x06 at 0x40000a")
  }

  @Test("pages of a buffer never share a place, whatever the size of host memory", arguments: [64, 96, 100, 124])
  func pages(_ kibibytes: Int) throws {
    let bytes = kibibytes * 1024 / 4096 * 4096 - 100
    let run = try Run(
      "{\"load_data\": {\"fill\": {\"bytes\": \(bytes)}}}, "
        + "{\"expect_memory\": {\"address\": \"0x400000\", \"fill\": {\"bytes\": \(bytes)}}}",
      system: "\"host\": {\"memory_size\": \"\(kibibytes)KiB\"}, \"driver\": {\"buffer_offset\": 100}, \"seed\": 7")
    #expect(run.outcome.status == 0, "\(run.outcome.output)")
  }

  @Test("a 64-bit BAR works from 4 GiB up")
  func bar64() throws {
    let run = try Run(
      #"{"load_data": {"hex": "aabbcc"}}, {"expect_memory": {"address": "0x400000", "hex": "aabbcc"}}"#,
      system: #""device": {"endpoint": {"bar64": true}}, "host": {"bar_base": "8GiB"}"#)
    #expect(run.outcome.status == 0)
  }

  @Test("DUMP_MEM goes to standard error, in hexadecimal and ASCII, even as the last step")
  func dump() throws {
    let run = try Run(
      """
      {"load_text": {"program": {"hex": "b700000001000000 9500000000000000"}}},
      {"load_data": {"hex": "00 41 42 7f 43 20 21 22 23 24 25 26 27 28 29 2a 2b"}}, {"dump_mem": {}}
      """)
    #expect(run.outcome.status == 0)
    let lines = run.outcome.errorLines
    #expect(try #require(lines.first).hasPrefix("DUMP_MEM at "))
    #expect(
      lines.dropFirst() == [
        ".text (16 bytes)",
        "000000  b7 00 00 00 01 00 00 00 95 00 00 00 00 00 00 00  ................",
        ".data (17 bytes)",
        "000000  00 41 42 7f 43 20 21 22 23 24 25 26 27 28 29 2a  .AB.C !\"#$%&'()*",
        "000010  2b                                               +",
      ])
    #expect(!run.outcome.output.contains("DUMP_MEM"))
  }

  @Test("wait passes time, get_regs and nested repeats run, each iteration has its entry")
  func repeats() throws {
    let run = try Run(
      """
      {"repeat": {"count": 3, "index": "k", "steps": [{"wait": "${k + 1}us"},
        {"repeat": {"count": "${k}", "steps": [{"get_regs": {}}]}}]}}
      """)
    #expect(run.outcome.status == 0)
    let kinds = run.steps.compactMap { $0["step"] as? String }
    #expect(kinds == ["wait", "wait", "get_regs", "wait", "get_regs", "get_regs"])
    let waits = run.steps.filter { $0["step"] as? String == "wait" }.compactMap { $0["latency_ps"] as? Int }
    for (k, time) in waits.enumerated() { #expect(((k + 1) * 1_000_000..<(k + 1) * 1_000_000 + 8_000).contains(time)) }
  }
}
