import Testing

@testable import Tracing

struct TraceTriggerTests {
  @Test(arguments: [
    ("core.phase == running", "core.phase", "==", "running", 1), ("a.b>=0x10", "a.b", ">=", "0x10", 1),
    ("a <3 #4", "a", "<", "3", 4), ("a != b#2", "a", "!=", "b", 2), ("a<=0b1", "a", "<=", "0b1", 1),
    ("go #3", "x.y", "==", "7", 3), ("go", "x.y", "==", "7", 1),
  ])
  func texts(text: String, signal: String, comparison: String, value: String, occurrence: UInt64) throws {
    let trigger = try TraceTrigger(text, names: ["go": "x.y == 7"])
    #expect(trigger.signal == signal && trigger.comparison.rawValue == comparison)
    #expect(trigger.value == value && trigger.occurrence == occurrence)
  }

  @Test(arguments: ["", "a", "a ==", "== 3", "a == 3 #0", "a == 3 #x", "#2", "gone"])
  func nonsenseIsRefused(text: String) {
    #expect(throws: TraceError.self) { try TraceTrigger(text, names: ["go": "x.y == 7"]) }
  }

  @Test func refusalsSayWhatIsExpected() {
    #expect(throws: TraceError("trigger \"a\": expected a condition such as \"core.phase == running\", or \"go\"")) {
      try TraceTrigger("a", names: ["go": "x.y == 7"])
    }
    #expect(throws: TraceError("trigger \"a == 1 #0\": expected a number from 1 on behind #")) {
      try TraceTrigger("a == 1 #0")
    }
  }
}
