import Testing

@testable import Tracing

struct TraceFilterTests {
  @Test(arguments: [
    ("core.*", "device.core.decode.pc", true), ("core", "device.core.decode.pc", true), ("core", "device.core", true),
    ("pc", "device.core.decode.pc", true), ("decode.pc", "device.core.decode.pc", true),
    ("device.*.pc", "device.core.decode.pc", true), ("d?code", "device.core.decode.pc", true),
    ("*.pc", "device.core.decode.pc", true), ("*", "x", true), ("lost_*", "device.core.lost_branch", true),
    ("core.*", "device.score.pc", false), ("ore.*", "device.core.pc", false), ("core.p", "device.core.pc", false),
    ("cor", "device.core.pc", false), ("pc.*", "device.core.pc", false), ("", "device", false),
    ("***c*", "device.core.pc", true), ("core.pc.x", "device.core.pc", false),
  ])
  func patterns(pattern: String, path: String, matches: Bool) {
    #expect(TraceFilter([pattern]).includes(path) == matches)
  }

  @Test func withoutPatternsEverythingIsChosen() {
    #expect(TraceFilter([]).includes("anything"))
    #expect(TraceFilter(["a", "b"]).includes("x.b.c"))
    #expect(TraceFilter(["a", "q"]).unused(among: ["x.a", "y"]) == "q")
    #expect(TraceFilter(["a"]).unused(among: ["x.a", "y"]) == nil)
  }

  /// Many stars must not take for ever.
  @Test func hostilePatternsEnd() {
    let pattern = String(repeating: "*a", count: 40) + "b"
    #expect(!TraceFilter([pattern]).includes(String(repeating: "a.", count: 100) + "a"))
  }
}
