import Check
import Scenario
import TestSupport
import Testing

/// Maps of signals: what is refused says where and what, in one line.
struct DumpMapTests {
  static let valid = """
    {"scope": "tb", "clock": "clk", "edge": "rising", "reset": {"signal": "rst_n", "active": "low"},
     "commits": {"valid": "v", "ready": "r", "pc": "pc", "insn": "insn", "rd_write": "w", "rd": "rd", "rd_value": "value",
       "load": "ld", "store": "st", "size": "size", "address": "a", "load_value": "lv", "store_value": "sv",
       "fault": {"signal": "fault", "names": ["", "loadOutOfBounds"]}, "cycles": 2, "mask": {"r1": "0xff"}, "ignore": ["r2"]},
     "streams": [{"name": "fetch", "model": {"scope": "device.core", "valid": "phase == running", "fields": {"pc": "pc"}},
       "design": {"valid": "v", "ready": "!stall", "fields": {"pc": "pc[7:0]"}}, "cycles": 0, "mask": {"pc": "0xff"}}],
     "tlps": [{"link": "link", "direction": "up", "scope": "tx", "clock": "clk2", "edge": "falling", "valid": "v",
       "ready": "!stall", "last": "last", "data": "data", "keep": "keep", "header": "h[127:0]", "lanes": "dwords",
       "time": "20ns", "ignore": ["tag"], "by_class": true}, {"link": "link", "direction": "down", "valid": "v", "data": "d"}],
     "align": {"model": "device.core.phase == running", "design": "v && !stall"},
     "until": {"model": "device.core.phase != running", "design": "!v"},
     "signals": [{"model": "device.core.pc", "design": "pc", "mask": "0xffff", "late": 2, "when": "v"},
       {"model": "device.core.r0", "design": "r0", "when": {"model": "device.core.draining", "design": "v"}}]}
    """

  @Test func aMapWithEverythingIsRead() throws {
    let map = try Dumps.map(Self.valid)
    #expect(map.commits != nil)
    #expect(
      Set(map.modelNames.map(\.text)) == [
        "device.core.phase", "device.core.pc", "device.core.r0", "device.core.draining",
      ])
    var rules = CommitRules()
    rules.ignored = ["pc"]
    let changed = try #require(map.commits).rules(over: rules)
    #expect(changed.ignored == ["r2"] && changed.cycleTolerance == 2 && changed.masks[1] == 0xff)
    #expect(changed.masks[2] == .max && changed.absent == ["place"])
    let tlps = map.rules(over: TLPRules())
    let up = tlps.of(TLPStream(link: "link", direction: .up)), down = tlps.of(TLPStream(link: "link", direction: .down))
    #expect(map.links.map(\.text) == ["link", "link"])
    #expect(up.ignored == ["tag"] && up.timeTolerance == 20_000 && up.separatesClasses)
    #expect(down.ignored.isEmpty && down.timeTolerance == nil && !down.separatesClasses)
    #expect(changed.names["r3"] == "tb.value" && changed.names["stores"] == "tb.sv" && changed.hasOneWritePort)
  }

  @Test(arguments: [
    ("[]", "m.json:1:1: $: found a list, expected an object"),
    ("{\"clock\": \"c\"", "found the end of the text"),
    ("{\"clock\": 7, \"commits\": {}}", "$.clock: found 7, expected the name of a signal"),
    ("{\"clock\": \"c\", \"colck\": 1}", "unknown key \"colck\"; did you mean \"clock\"?"),
    ("{\"commits\": {\"valid\": \"v\", \"pc\": \"p\"}}", "expected the key \"clock\""),
    ("{\"clock\": \"c\"}", "found nothing to compare, expected one of the keys \"commits\""),
    ("{\"clock\": \"c\", \"edge\": \"up\"}", "found \"up\", expected \"rising\" or \"falling\""),
    ("{\"clock\": \"c\", \"reset\": {\"signal\": \"r\"}}", "expected the key \"active\""),
    ("{\"clock\": \"c\", \"commits\": {\"valid\": \"v\"}}", "$.commits: found nothing to compare"),
    ("{\"clock\": \"c\", \"commits\": {\"pc\": \"p\"}}", "expected the key \"valid\""),
    ("{\"clock\": \"c\", \"commits\": {\"valid\": \"v\", \"rd\": \"r\"}}", "expected the key \"rd_write\" beside it"),
    ("{\"clock\": \"c\", \"commits\": {\"valid\": \"v\", \"stroe\": \"r\"}}", "did you mean \"store\"?"),
    (
      "{\"clock\": \"c\", \"commits\": {\"valid\": \"v\", \"pc\": \"p\", \"mask\": {\"r11\": \"0x1\"}}}",
      "unknown key \"r11\""
    ),
    (
      "{\"clock\": \"c\", \"commits\": {\"valid\": \"v\", \"pc\": \"p\", \"ignore\": [\"tag\"]}}",
      "found \"tag\", expected one of"
    ),
    (
      "{\"clock\": \"c\", \"commits\": {\"valid\": \"v\", \"fault\": {\"signal\": \"f\", \"names\": [\"loadOutOfBound\"]}}}",
      "did you mean \"loadOutOfBounds\"?"
    ),
    (
      "{\"clock\": \"c\", \"commits\": {\"valid\": \"v\", \"write_mask\": \"w\", \"registers\": [\"a\"]}}",
      "found a list of 1, expected 11 signals"
    ),
    ("{\"clock\": \"c\", \"signals\": [{\"model\": \"a\", \"design\": \"b\"}]}", "expected \"align\" beside it"),
    ("{\"clock\": \"c\", \"align\": {\"model\": \"a\", \"design\": \"b\"}}", "expected \"signals\" beside it"),
    (
      "{\"clock\": \"c\", \"align\": {\"model\": \"a > 1\", \"design\": \"b\"}, \"signals\": []}",
      "found \"a > 1\", expected a condition"
    ),
    (
      "{\"clock\": \"c\", \"streams\": [{\"model\": {\"valid\": \"v\", \"fields\": {\"a\": \"x\"}}, \"design\": {\"valid\": \"v\", \"fields\": {\"b\": \"x\"}}}]}",
      "found only b, expected a field \"a\" as in the model"
    ),
    ("{\"clock\": \"c\", \"tlps\": []}", "$.tlps: found an empty list, expected at least one stream of TLPs"),
    (
      "{\"clock\": \"c\", \"tlps\": [{\"link\": \"l\", \"direction\": \"up\", \"valid\": \"v\"}]}",
      "expected the key \"data\""
    ),
    (
      "{\"clock\": \"c\", \"tlps\": [{\"link\": \"l\", \"direction\": \"in\", \"valid\": \"v\", \"data\": \"d\"}]}",
      "found \"in\", expected \"down\" or \"up\""
    ),
    (
      "{\"clock\": \"c\", \"tlps\": [{\"link\": \"l\", \"direction\": \"up\", \"valid\": \"v\", \"data\": \"d\", \"time\": 3}]}",
      "$.tlps[0].time: found 3, expected a duration"
    ),
    (
      "{\"clock\": \"c\", \"tlps\": [{\"link\": \"l\", \"direction\": \"up\", \"valid\": \"v\", \"data\": \"d\", \"by_class\": 1}]}",
      "found 1, expected true or false"
    ),
    (
      "{\"clock\": \"c\", \"tlps\": [{\"link\": \"l\", \"direction\": \"up\", \"valid\": \"v\", \"data\": \"d\"}, {\"link\": \"l\", \"direction\": \"up\", \"valid\": \"v\", \"data\": \"d\"}]}",
      "$.tlps[1]: found l up again, expected each direction of a link once"
    ),
    (
      "{\"clock\": \"c\", \"align\": {\"model\": \"a\", \"design\": \"b\"}, \"signals\": [{\"model\": \"a\", \"design\": \"b\", \"mask\": 0}]}",
      "expected a mask with at least one bit"
    ),
  ])
  func whatIsNoMapIsRefused(text: String, message: String) throws {
    let error = try #require(throws: ScenarioError.self) { _ = try Dumps.map(text) }
    #expect(error.description.contains(message), "\(error)")
    #expect(error.description.hasPrefix("m.json:") && !error.description.contains("\n"))
  }

  /// Any bytes give a map or an error in one line, and a map any outcome but a crash.
  @Test func mutationsNeverCrash() throws {
    let dump = try Dumps.file(
      Dumps.text([("rst_n", 1, ["1", "1"]), ("v", 1, ["1", "1"]), ("pc", 16, ["0", "1"]), ("insn", 64, ["0", "1"])]))
    let pieces = [
      "\"", "{", "}", "[", "]", ",", ":", "0x", "\\u0000", "null", "-1", "1e9", "\"pc\"", "&&", "[3:", "\n",
    ]
    var random = SeededRandom(state: 7), accepted = 0
    for _ in 0..<4000 {
      var bytes = Array(Self.valid.utf8)
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = UInt8(random.below(256))
        case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(20)))
        case 2: bytes.insert(contentsOf: Array(random.pick(pieces).utf8), at: place)
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 30)], at: place)
        }
        if bytes.isEmpty { break }
      }
      do {
        let map = try DumpMap(bytes, path: "m.json")
        accepted += 1
        if let commits = map.commits { _ = try DesignLog(dump: dump, map, commits).record() }
        if map.hasTLPs { _ = try DesignLog(dumpOfTLPs: dump, map).record() }
      } catch {
        #expect(
          !"\(error)".contains("\n") && ("\(error)".contains(", expected ") || "\(error)".contains("unknown key ")),
          "\(error)")
      }
    }
    #expect(accepted > 100)
  }
}
