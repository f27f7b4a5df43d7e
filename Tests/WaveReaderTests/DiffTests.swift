import Diagnostics
import Foundation
import TestSupport
import Testing
import TraceSupport
import WaveReader

/// What `WaveDiff` calls a difference.
struct DiffTests {
  let folder = try! TemporaryFolder()

  private static let head = """
    $scope module top $end
    $var wire 1 c clk $end
    $var wire 8 v value [7:0] $end
    $var real 64 r level $end
    $upscope $end
    $enddefinitions $end

    """

  private func file(_ text: String, _ timescale: String = "1ns", head: String = head) throws -> WaveFile {
    let path = folder.file("\(UUID().uuidString).vcd")
    try "$timescale \(timescale) $end\n\(head)\(text)\n".write(toFile: path, atomically: false, encoding: .utf8)
    return try WaveFile(path: path)
  }

  private func compare(_ a: String, _ b: String, _ options: WaveDiff.Options = .init()) throws -> [String] {
    try Self.lines(WaveDiff.compare(file(a), file(b), options))
  }

  private static func lines(_ result: WaveDiff.Result) -> [String] {
    result.differences.map { "\($0.time.readable) \($0.pathInA) \($0.valueInA) \($0.valueInB)" }
  }

  @Test func firstDifferencesByTime() throws {
    let a = "#0 0c b0 v r0 r #10 1c #20 b11 v 0c r0.5 r #30"
    let b = "#0 0c b0 v r0 r #10 1c #20 b10 v 0c r0.5 r #25 1c #26 b11 v #30"
    #expect(try compare(a, b) == ["20 ns top.value [7:0] 0x3 0x2", "25 ns top.clk 0 1"])
    #expect(try compare(a, a).isEmpty)
  }

  @Test func theLastChangeOfATimeCounts() throws {
    #expect(try compare("#0 0c #5 1c 0c 1c #9", "#0 0c #5 1c #9").isEmpty)
    #expect(try compare("#0 0c #5 1c 0c #9", "#0 0c #5 1c #9") == ["5 ns top.clk 0 1"])
  }

  @Test func changesToTheSameValueAreNone() throws {
    #expect(try compare("#0 0c b1 v #3 0c #5 b1 v #9", "#0 0c b00000001 v #9").isEmpty)
  }

  @Test func unknownBitsEqualThemselvesOnly() throws {
    let all = "#0 xc bx v #9"
    #expect(try compare(all, "#0 0c #9") == ["0 ns top.clk x 0"])
    #expect(try compare(all, "#0 zc bz v #9") == ["0 ns top.clk x z", "0 ns top.value [7:0] x 0xzz"])
    // A signal without a value is unknown.
    #expect(try compare(all, "#0 #9").isEmpty)
    #expect(try compare("#0 b1xxx v #9", "#0 b00001xxx v #9").isEmpty)
    #expect(try compare("#0 b1xxx v #9", "#0 b1 v #9") == ["0 ns top.value [7:0] 0b00001xxx 0x1"])
    #expect(try compare("#0 b1x v #9", "#0 b0x v #9") == ["0 ns top.value [7:0] 0b0000001x 0b0000000x"])
  }

  @Test func onlyCommonTimesAreCompared() throws {
    let result = try WaveDiff.compare(file("#2 0c #10 1c #20"), file("#0 1c #4 0c #10 1c #12 1c #15"))
    #expect(Self.lines(result) == ["2 ns top.clk 0 1"])
    let late = try WaveDiff.compare(file("#4 0c #10 1c #16 0c #20"), file("#0 1c #4 0c #10 1c #12 1c #15"))
    #expect(Self.lines(late).isEmpty)
    #expect(late.from.readable == "4 ns" && late.to.readable == "15 ns")
    #expect(late.endOfA == nil && late.endOfB?.readable == "15 ns")
    #expect(throws: WaveReadError.self) { try WaveDiff.compare(file("#0 0c #3"), file("#5 0c #9")) }
  }

  @Test func windows() throws {
    let a = "#0 0c #10 1c #20 0c #30", b = "#0 1c #10 1c #20 0c #25 1c #30"
    var options = WaveDiff.Options()
    options.from = WaveTime(text: "5ns")
    // What a signal is when the window opens counts.
    #expect(try compare(a, b, options) == ["5 ns top.clk 0 1"])
    options.from = WaveTime(text: "10 ns")
    #expect(try compare(a, b, options) == ["25 ns top.clk 0 1"])
    options.to = WaveTime(text: "24.999ns")
    #expect(try compare(a, b, options).isEmpty)
    options.from = WaveTime(text: "1 us")
    #expect(throws: WaveReadError.self) { try compare(a, b, options) }
  }

  @Test func differentTimescales() throws {
    let a = try file("#0 0c #3 1c #5", "10ns"), b = try file("#0 0c #30000 1c #50000", "1ps")
    #expect(try WaveDiff.compare(a, b).differences.isEmpty)
    let late = try WaveDiff.compare(a, file("#0 0c #30001 1c #50000", "1ps"))
    #expect(Self.lines(late) == ["30 ns top.clk 1 0"])
    let error = #expect(throws: WaveReadError.self) {
      try WaveDiff.compare(file("#0 0c #18446744073709551615 1c", "1s"), file("#0 0c #5", "1fs"))
    }
    #expect(error?.found == "time 18446744073709551615 s")
  }

  @Test func blackoutsAreNotCompared() throws {
    let a = "#0 0c b1 v #10 $dumpoff xc bx v $end #20 $dumpon 1c b1 v $end #30"
    let b = "#0 0c b1 v #12 1c #13 b111 v #17 b1 v #30"
    let result = try WaveDiff.compare(file(a), file(b))
    #expect(Self.lines(result).isEmpty && result.hadBlackout)
    // What is different when recording goes on is found then.
    #expect(try compare(a, "#0 0c b1 v #12 1c #13 b111 v #30") == ["20 ns top.value [7:0] 0x1 0x7"])
  }

  // MARK: - Names

  private func names(_ names: [String], scopes: [String] = [], widths: Int = 4) throws -> WaveFile {
    var head = scopes.map { "$scope module \($0) $end\n" }.joined()
    for (index, name) in names.enumerated() {
      let parts = name.split(separator: ".").map(String.init)
      head += parts.dropLast().map { "$scope module \($0) $end " }.joined()
      head += "$var wire \(widths) n\(index) \(parts.last!) $end"
      head += parts.dropLast().map { _ in " $upscope $end" }.joined() + "\n"
    }
    return try file("#0\n#1", head: head + "$enddefinitions $end\n")
  }

  @Test func bitRangesDoNotCount() throws {
    let result = try WaveDiff.compare(
      names(["a [3:0]", "b[3:0]", "c", "m[2] [3:0]"]), names(["a", "b", "c[3:0]", "m[2]"]))
    #expect(result.comparedCount == 4)
    #expect(result.onlyInA.isEmpty && result.onlyInB.isEmpty)
    // Parts of one vector are different signals.
    let parts = try WaveDiff.compare(names(["a [7:4]", "a [3:0]", "c"]), names(["a[7:4]", "a[3:0]", "c"]))
    #expect(parts.comparedCount == 3)
  }

  @Test func scopesAtTheTopOfOneFile() throws {
    let result = try WaveDiff.compare(names(["dut.a", "dut.b"], scopes: ["TOP", "tb"]), names(["dut.a", "dut.c"]))
    #expect(result.comparedCount == 1 && result.omittedInA == "TOP.tb" && result.omittedInB.isEmpty)
    #expect(result.onlyInA == ["TOP.tb.dut.b"] && result.onlyInB == ["dut.c"])
    let other = try WaveDiff.compare(names(["dut.a"]), names(["dut.a"], scopes: ["TOP"]))
    #expect(other.comparedCount == 1 && other.omittedInB == "TOP")
    let equal = try WaveDiff.compare(names(["x.a", "y.x.a"]), names(["x.a", "y.x.a"]))
    #expect(equal.comparedCount == 2 && equal.omittedInA.isEmpty)
  }

  @Test func noCommonSignal() throws {
    let error = #expect(throws: WaveReadError.self) { try WaveDiff.compare(names(["x.a"]), names(["y.b"])) }
    #expect(error?.found.hasPrefix("no signal that is compared with one of ") == true)
    #expect(error?.expected == "equal paths, or a map of names (A has x.a, B has y.b)")
  }

  @Test func scopesAndIgnored() throws {
    let a = try names(["core.a", "core.alu.b", "link.c"]), b = try names(["core.a", "core.alu.b", "link.c", "link.d"])
    func count(_ scopes: [String], _ ignored: [String]) throws -> Int {
      var options = WaveDiff.Options()
      (options.scopes, options.ignored) = (scopes.map { PathPattern($0) }, ignored.map { PathPattern($0) })
      return try WaveDiff.compare(a, b, options).comparedCount
    }
    #expect(try count([], []) == 3)
    #expect(try count(["core"], []) == 2)
    #expect(try count(["*.alu", "link"], []) == 2)
    #expect(try count([], ["core.alu"]) == 2)
    #expect(try count(["co*"], ["*.b"]) == 1)
    #expect(throws: WaveReadError.self) { try count(["none"], []) }
  }

  @Test func nameMap() throws {
    let a = try names(["top.core.pc", "top.core.regs0", "top.core.regs1", "top.same"])
    let b = try names(["tb.dut.program_counter [3:0]", "tb.dut.x0", "tb.dut.x1", "top.same"])
    var options = WaveDiff.Options()
    let text = "# comment\n\ntop.core.pc = tb.dut.program_counter # clock\n top.core.regs* = tb.dut.x* \n"
    options.map = try NameMap(text: text, path: "names.map")
    let result = try WaveDiff.compare(a, b, options)
    #expect(result.comparedCount == 4 && result.mappedCount == 3)
    #expect(result.onlyInA.isEmpty && result.onlyInB.isEmpty)
  }

  @Test(arguments: [
    ("a", "m:1: found \"a\", expected 'path in A = path in B', with one * in both or in none"),
    ("\na* = b", "m:2: found \"a* = b\", expected 'path in A = path in B', with one * in both or in none"),
    ("top.clock = top.clk", "m:1: found \"top.clock\", expected a signal of A (nearest: top.clk)"),
    ("top.clk = dut.value", "m:1: found \"dut.value\", expected a signal of B (nearest: top.value)"),
    ("none.* = x.*", "m:1: found \"none.*\", expected a signal of A"),
    ("top.* = x.*", "m:1: found \"x.clk\", expected a signal of B (nearest: top.clk)"),
  ])
  func badMaps(text: String, message: String) throws {
    let error = #expect(throws: WaveReadError.self) {
      var options = WaveDiff.Options()
      options.map = try NameMap(text: text, path: "m")
      return try WaveDiff.compare(file("#0\n#1"), file("#0\n#1"), options)
    }
    #expect(error.map { "\($0)" } == message)
  }

  @Test func widthsAreTold() throws {
    let result = try WaveDiff.compare(names(["a"], widths: 4), names(["a"], widths: 70))
    #expect(result.widthMismatches.map(\.widthInA) == [4] && result.widthMismatches.map(\.widthInB) == [70])
    #expect(result.differences.isEmpty)
  }

  @Test(arguments: [
    ("b101", "b101", true), ("b101", "b1101", false), ("bx", "bx", true), ("bz", "bz", true), ("b1x", "b1x", true),
    ("b1xx", "b0xx", false), ("b0", "b0", true), ("b1" + String(repeating: "0", count: 69), "b0", false),
  ])
  func wideSignals(a: String, b: String, areEqual: Bool) throws {
    func wave(_ value: String, _ width: Int) throws -> WaveFile {
      try file("#0 \(value) w #5", head: "$var wire \(width) w w $end $enddefinitions $end ")
    }
    // Of equal width, and of another one.
    for width in [70, 75] {
      #expect(try WaveDiff.compare(wave(a, 70), wave(b, width)).differences.isEmpty == areEqual)
    }
    if a.count < 60 { #expect(try WaveDiff.compare(wave(a, 70), wave(b, 60)).differences.isEmpty == areEqual) }
  }

  // MARK: - Against a slow comparison

  /// One change is taken away or added in a copy; the walk finds what comparing the whole stories finds.
  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func randomDesigns(seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    let design = Design.random(seed: seed, steps: 300)
    var other = design
    for _ in 0...random.below(4) {
      let step = random.below(other.steps.count)
      if random.flag(), !other.steps[step].changes.isEmpty {
        other.steps[step].changes.removeLast()
      } else {
        other.steps[step].changes.append((3, .bits(["00", "01", "1x", "zz"][random.below(4)])))
      }
    }
    let a = folder.file("a.vcd"), b = folder.file(Tools.hasLibFST && seed % 2 == 0 ? "b.fst" : "b.vcd")
    try design.vcd().write(toFile: a, atomically: false, encoding: .utf8)
    if b.hasSuffix("fst") {
      other.writeFST(b, flushInterval: 50)
    } else {
      try other.vcd(short: false).write(toFile: b, atomically: false, encoding: .utf8)
    }
    let result = try WaveDiff.compare(WaveFile(path: a), WaveFile(path: b))
    let found = Dictionary(uniqueKeysWithValues: result.differences.map { ($0.pathInA, $0.time.count) })
    #expect(found == Self.slowly(design.story, other.story))
  }

  private static func slowly(_ a: Story, _ b: Story) -> [String: UInt64] {
    var differences: [String: UInt64] = [:]
    for (path, left) in a.signals {
      let right = b.signals[path] ?? []
      func value(_ changes: [Story.Change], _ time: UInt64) -> String {
        let value = changes.last { $0.time <= time }?.value ?? ""
        return value.allSatisfy { $0 == "x" } ? "" : value
      }
      let times = Set((left + right).map(\.time)).sorted()
      differences[path] = times.first { value(left, $0) != value(right, $0) }
    }
    return differences
  }
}
