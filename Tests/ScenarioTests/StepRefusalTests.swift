import Testing

@testable import Scenario

@Suite("Refusals: Steps, repeats and expressions")
struct StepRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{"steps": [3]}"#,
      #"1:12: $.steps[0]: found 3, expected an object with exactly one of load_text, load_data, run, mmio_write, "#
        + #"mmio_read, poll, wait, peer_write, dump_mem, expect_memory, inject, get_regs, peer_read, await_peer, "#
        + #"reset, config_read, config_write, send_tlp, repeat"#),
    Refusal(
      #"{"steps": [{}]}"#,
      #"1:12: $.steps[0]: found an empty object, expected an object with exactly one of load_text, load_data, run, "#
        + #"mmio_write, mmio_read, poll, wait, peer_write, dump_mem, expect_memory, inject, get_regs, peer_read, await_peer, "#
        + #"reset, config_read, config_write, send_tlp, repeat"#),
    Refusal(
      #"{"steps": [{"runn": {}}]}"#,
      #"1:13: $.steps[0].runn: unknown key "runn"; did you mean "run"? known keys: load_text, load_data, run, "#
        + #"mmio_write, mmio_read, poll, wait, peer_write, dump_mem, expect_memory, inject, get_regs, peer_read, await_peer, "#
        + #"reset, config_read, config_write, send_tlp, repeat"#),
    Refusal(
      #"{"steps": [{"run": {}, "wait": "1ns"}]}"#,
      #"1:12: $.steps[0]: found the keys run, wait, expected an object with exactly one of load_text, load_data, run, "#
        + #"mmio_write, mmio_read, poll, wait, peer_write, dump_mem, expect_memory, inject, get_regs, peer_read, await_peer, "#
        + #"reset, config_read, config_write, send_tlp, repeat"#),
    Refusal(
      #"{"steps": [{"run": []}]}"#,
      #"1:20: $.steps[0].run: found a list, expected an object of run keys"#),
    Refusal(
      #"{"steps": [{"run": {"offset": "1XiB"}}]}"#,
      #"1:31: $.steps[0].run.offset: found "1XiB", expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, MB) from 0B "#
        + #"to 4294967295B"#),
    Refusal(
      #"{"steps": [{"run": {"offset": -4}}]}"#,
      #"1:31: $.steps[0].run.offset: found -4, expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, MB) from 0B to "#
        + #"4294967295B"#),
    Refusal(
      #"{"steps": [{"run": {"offset": 4294967296}}]}"#,
      #"1:31: $.steps[0].run.offset: found 4294967296, expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, MB) "#
        + #"from 0B to 4294967295B"#),
    Refusal(
      #"{"steps": [{"run": {"timeout": 5}}]}"#,
      #"1:32: $.steps[0].run.timeout: found 5, expected a duration such as "400ns" (ps, ns, us, ms, s) from 1ns to "#
        + #"1000s"#),
    Refusal(
      #"{"steps": [{"run": {"expect": {"ret": "0x100000000"}}}]}"#,
      #"1:39: $.steps[0].run.expect.ret: found "0x100000000", expected a 4-byte value from 0x0 to 0xffffffff"#),
    Refusal(
      #"{"steps": [{"run": {"expect": {"rets": 1}}}]}"#,
      #"1:32: $.steps[0].run.expect.rets: unknown key "rets"; did you mean "ret"? known keys: ret, r0, error, fault"#),
    Refusal(
      #"{"steps": [{"run": {"expect": 5}}]}"#,
      #"1:31: $.steps[0].run.expect: found 5, expected an object of expect keys"#),
    Refusal(
      #"{"steps": [{"run": {"expect": {"error": "FAULTY"}}}]}"#,
      #"1:41: $.steps[0].run.expect.error: found "FAULTY", expected one of "OPCODE", "RANGE", "BUSY", "ABORTED", "#
        + #""UR", "CA", "TIMEOUT", "POISON", "LOAD", "FAULT", "DISABLED", "UNREACHABLE"; did you mean "FAULT"?"#),
    Refusal(
      #"{"steps": [{"run": {"expect": {"fault": "divByZero"}}}]}"#,
      #"1:41: $.steps[0].run.expect.fault: found "divByZero", expected one of "aborted", "badProgram", "#
        + #""invalidInstruction", "loadOutOfBounds", "storeOutOfBounds", "misalignedAtomic", "callDepth", "#
        + #""unknownHelper", "instructionLimit", "offsetOutOfRange""#),
    Refusal(
      #"{"steps": [{"run": {"expect": {"ret": 1, "error": "FAULT"}}}]}"#,
      #"1:31: $.steps[0].run.expect: found the result and the failure of one run, expected either ret and r0, or "#
        + #"error and fault"#),
    Refusal(
      #"{"steps": [{"dump_mem": {"x": 1}}]}"#,
      #"1:26: $.steps[0].dump_mem.x: unknown key "x"; known keys: device"#),
    Refusal(
      #"{"steps": [{"get_regs": null}]}"#,
      #"1:25: $.steps[0].get_regs: found null, expected an object of get_regs keys"#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "UR"}}]}"#,
      #"1:32: $.steps[0].inject.kind: found "UR", expected one of "ur", "ca", "poison", "drop", "delay", "#
        + #""completion_timeout", "unexpected_completion", "malformed_completion", "crs", "drop_tlp", "corrupt_tlp", "#
        + #""drop_dllp", "corrupt_dllp", "delay_tlp", "credit_starvation", "retrain", "surprise_removal"; did you mean "#
        + #""ur"?"#),
    Refusal(
      #"{"steps": [{"inject": {"kind": "ur", "count": 0}}]}"#,
      #"1:47: $.steps[0].inject.count: found 0, expected a whole number of times from 1 to 1000000"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2}}]}"#,
      #"1:23: $.steps[0].repeat: found only count, expected the key "steps""#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2, "steps": []}}]}"#,
      #"1:45: $.steps[0].repeat.steps: found an empty list, expected at least one step"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 1000001, "steps": [{"get_regs": {}}]}}]}"#,
      #"1:33: $.steps[0].repeat.count: found 1000001, expected a whole number of iterations from 0 to 1000000"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2, "index": "2x", "steps": [{"get_regs": {}}]}}]}"#,
      #"1:45: $.steps[0].repeat.index: found "2x", expected a name of letters, digits and _ that starts with "#
        + #"no digit"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2, "steps": [{"run": {"offset": "${j}"}}]}}]}"#,
      #"1:65: $.steps[0].repeat.steps[0].run.offset: found the unknown name "j" in "${j}" at i = 0, expected one of "#
        + #"the indices i"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2, "steps": [{"run": {"offset": "${4 / i}"}}]}}]}"#,
      #"1:65: $.steps[0].repeat.steps[0].run.offset: found a division by zero in "${4 / i}" at i = 0, expected a "#
        + #"divisor that is not zero"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2, "steps": [{"run": {"offset": "${i - 1}"}}]}}]}"#,
      #"1:65: $.steps[0].repeat.steps[0].run.offset: found "${i - 1}" (-1 at i = 0), expected a size such as "64KiB" "#
        + #"(B, KiB, MiB, GiB, kB, MB) from 0B to 4294967295B"#),
    Refusal(
      #"{"steps": [{"repeat": {"count": 2, "steps": [{"mmio_write": {"address": 0, "size": 1, "value": "${i * "#
        + #"256}"}}]}}]}"#,
      #"1:96: $.steps[0].repeat.steps[0].mmio_write.value: found "${i * 256}" (256 at i = 1), expected a value of 1 "#
        + #"byte"#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${i}"}}]}"#,
      #"1:31: $.steps[0].run.offset: found the unknown name "i" in "${i}", expected numbers only, since indices exist "#
        + #"inside "repeat""#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${1"}}]}"#,
      #"1:31: $.steps[0].run.offset: found "${1", expected "}" after "${""#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${(1}"}}]}"#,
      #"1:31: $.steps[0].run.offset: found the end in "${(1}", expected ")""#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${1 2}"}}]}"#,
      #"1:31: $.steps[0].run.offset: found "2" in "${1 2}", expected an operator or the end"#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${}"}}]}"#,
      #"1:31: $.steps[0].run.offset: found the end in "${}", expected a number, a name or "(""#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${99999999999999999999}"}}]}"#,
      #"1:31: $.steps[0].run.offset: found "99999999999999999999" in "${99999999999999999999}", expected a whole "#
        + #"number below 2^64"#),
    Refusal(
      #"{"steps": [{"run": {"offset": "${0xffffffffffffffff * 0xffffffffffffffff * 4}"}}]}"#,
      #"1:31: $.steps[0].run.offset: found an overflow in "${0xffffffffffffffff * 0xffffffffffffffff * 4}", expected "#
        + #"values below 2^127"#),
  ]
}
