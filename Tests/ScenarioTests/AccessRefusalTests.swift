import Testing

@testable import Scenario

@Suite("Refusals: Accesses, polls and waits")
struct AccessRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{"steps": [{"mmio_write": {"address": 0}}]}"#,
      #"1:27: $.steps[0].mmio_write: found only address, expected the key "value""#),
    Refusal(
      #"{"steps": [{"mmio_write": {"address": "0x1000000", "value": 0}}]}"#,
      #"1:39: $.steps[0].mmio_write.address: found "0x1000000", expected a BAR4 offset from 0x0 to 0xffffff"#),
    Refusal(
      #"{"steps": [{"mmio_write": {"address": "0xfffffe", "value": 0}}]}"#,
      #"1:39: $.steps[0].mmio_write.address: found "0xfffffe" with a size of 4, expected an access inside the 16 MiB "#
        + #"of BAR4"#),
    Refusal(
      #"{"steps": [{"mmio_write": {"address": "0x400ffe", "value": 0}}]}"#,
      #"1:39: $.steps[0].mmio_write.address: found "0x400ffe" with a size of 4, expected an access that crosses no 4 KiB "#
        + #"boundary"#),
    Refusal(
      #"{"steps": [{"mmio_write": {"address": 0, "size": 3, "value": 0}}]}"#,
      #"1:50: $.steps[0].mmio_write.size: found 3, expected one of 1, 2, 4, 8 bytes"#),
    Refusal(
      #"{"steps": [{"mmio_write": {"address": 0, "size": 1, "value": 256}}]}"#,
      #"1:62: $.steps[0].mmio_write.value: found 256, expected a value of 1 byte"#),
    Refusal(
      #"{"steps": [{"mmio_read": {"address": 0, "expect": "x"}}]}"#,
      #"1:51: $.steps[0].mmio_read.expect: found "x", expected an 8-byte value from 0x0 to 0xffffffffffffffff"#),
    Refusal(
      #"{"steps": [{"mmio_read": {"address": 0, "expect": {"value": 2, "mask": 1}}}]}"#,
      #"1:61: $.steps[0].mmio_read.expect.value: found 2, expected no bits outside the mask 0x1"#),
    Refusal(
      #"{"steps": [{"mmio_read": {"address": 0, "size": 2, "expect": 65536}}]}"#,
      #"1:62: $.steps[0].mmio_read.expect: found 65536, expected a value of 2 bytes"#),
    Refusal(
      #"{"steps": [{"poll": {"address": 0, "mask": 4}}]}"#,
      #"1:21: $.steps[0].poll: found only address, mask, expected the key "value""#),
    Refusal(
      #"{"steps": [{"poll": {"address": 0, "value": 4, "interval": "1m"}}]}"#,
      #"1:60: $.steps[0].poll.interval: found "1m", expected a duration such as "400ns" (ps, ns, us, ms, s) from 0ps "#
        + #"to 10ms"#),
    Refusal(
      #"{"steps": [{"wait": 5}]}"#,
      #"1:21: $.steps[0].wait: found 5, expected a duration such as "400ns" (ps, ns, us, ms, s) from 0ps to 10s"#),
    Refusal(
      #"{"steps": [{"wait": "5 parsecs"}]}"#,
      #"1:21: $.steps[0].wait: found "5 parsecs", expected a duration such as "400ns" (ps, ns, us, ms, s) from 0ps to "#
        + #"10s"#),
    Refusal(
      #"{"steps": [{"wait": "11s"}]}"#,
      #"1:21: $.steps[0].wait: found "11s", expected a duration such as "400ns" (ps, ns, us, ms, s) from 0ps to 10s"#),
    Refusal(
      #"{"steps": [{"wait": {"tim": "1ns"}}]}"#,
      #"1:22: $.steps[0].wait.tim: unknown key "tim"; did you mean "time"? known keys: time"#),
  ]
}
