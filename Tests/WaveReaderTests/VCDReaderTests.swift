import Foundation
import Testing
import TraceSupport
import WaveReader
import Waveform

struct VCDReaderTests {
  let folder = try! TemporaryFolder()

  private func open(_ text: String) throws -> WaveFile {
    let path = folder.file("a.vcd")
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return try WaveFile(path: path)
  }

  @Test(arguments: [1, 2, 3] as [UInt64], [false, true])
  func randomDesign(seed: UInt64, short: Bool) throws {
    let design = Design.random(seed: seed, steps: 3000)
    let story = try Story(of: open(design.vcd(short: short)))
    #expect(story == design.story, "\(story.difference(from: design.story))")
  }

  private static let head = """
    $date today $end $version hand made $end
    $comment anything $scope $upscope $end
    $timescale 10ns $end
    $scope module top $end
    $var wire 1 ! clk $end
    $var wire 8 " count [7:0] $end
    $var reg 8 " same[7:0] $end
    $scope function f $end
    $var real 64 r temperature $end
    $upscope $end
    $upscope $end
    $enddefinitions $end

    """

  @Test func declarations() throws {
    let file = try open(Self.head + "#3\n")
    #expect(file.format == .vcd && file.timescale == -8 && file.startTime == 3 && file.sectionCount == 1)
    #expect(file.date == "today" && file.writer == "hand made")
    let paths = file.hierarchy.signals.indices.map { file.hierarchy.path(of: $0) }
    #expect(paths == ["top.clk", "top.count [7:0]", "top.same[7:0]", "top.f.temperature"])
    #expect(file.hierarchy.signals.map(\.aliasOf) == [nil, nil, 1, nil])
    #expect(file.hierarchy.scopes.map(\.type) == ["module", "function"])
  }

  @Test(arguments: [
    ("1 s", 0), ("100s", 2), ("10 ms", -2), ("1us", -6), ("100 ns", -7), ("1ps", -12), ("10fs", -14),
  ])
  func timescales(text: String, exponent: Int) throws {
    #expect(try open("$timescale \(text) $end\n$enddefinitions $end\n").timescale == exponent)
  }

  @Test func shortVectorsGoOnToTheLeft() throws {
    let values = [
      "b1": "00000001", "bx1": "xxxxxxx1", "bz": "zzzzzzzz", "b0x": "0000000x", "BX": "xxxxxxxx",
      "b111110000": "11110000", "bZ01": "zzzzzz01",
    ]
    for (short, all) in values {
      let file = try open(Self.head + "#0\nb10101010 \"\n#1\n\(short) \"\n")
      #expect(try Story(of: file).signals["top.count [7:0]"]?.last?.value == all)
    }
  }

  @Test func valuesBeforeTheFirstTimeAreOfTimeZero() throws {
    let story = try Story(of: open(Self.head + "$dumpvars 1! b11 \" r-1.5e3 r $end\n#7\n0!\n#9\n"))
    #expect(story.signals["top.clk"]?.map(\.time) == [0, 7])
    #expect(story.signals["top.f.temperature"]?.map(\.value) == ["-1500.0"])
    #expect(story.endTime == 9)
  }

  @Test func dumpOffIsABlackout() throws {
    let text = "#0\n$dumpvars 1! b11 \" $end\n#5\n$dumpoff x! bx \" $end\n#6\n#8\n$dumpon 0! b11 \" $end\n#9\n"
    let file = try open(Self.head + text)
    let story = try Story(of: file)
    #expect(story.signals["top.clk"]?.map(\.value) == ["1", "0"])
    let summary = try WaveSummary(of: file)
    #expect(summary.blackouts.map(\.from) == [5] && summary.blackouts.map(\.to) == [8])
  }

  /// A cut number or code could be taken for another one.
  @Test func aLastWordWithoutLineEndIsLeftOut() throws {
    let file = try open(Self.head + "#5\n1!\n#1")
    let cursor = file.cursor()
    while try cursor.next() {}
    #expect(cursor.endTime == 5)
    #expect(cursor.loss == "it ends in the middle of line 15")
  }

  @Test(arguments: [
    ("hello\n", "a.vcd:1: found \"hello\", expected FST, or VCD, which begins with a $ command"),
    ("$scope module a $end\n", "a.vcd:2: found the end of the file, expected $enddefinitions"),
    ("\n$var wire\n", "a.vcd:3: found the end of the file, expected the $end of $var"),
    ("$timescale 2ns $end\n", "a.vcd:1: found \"2ns\", expected 1, 10 or 100 of s, ms, us, ns, ps or fs"),
    ("$upscope $end\n", "a.vcd:1: found $upscope, expected a scope that it ends"),
    (
      "$var wire w ! a $end\n",
      "a.vcd:1: found \"$var wire w ! a\", expected type, width, code and name of a variable"
    ),
    (
      "$var wire 1 ! a $end $var wire 2 ! b $end\n",
      "a.vcd:1: found code \"!\" for 2 bits, expected the 1 bits that it has for \"a\""
    ),
    (
      "$var port 1 ! a $end\n",
      "a.vcd:1: found a port of an extended VCD ($dumpports), expected a variable of a four-state VCD"
    ),
  ])
  func damagedDeclarations(text: String, message: String) throws {
    let error = #expect(throws: WaveReadError.self) { try open(text) }
    #expect(error.map { "\($0)".hasSuffix(message) } == true, "\(error!)")
  }

  @Test(arguments: [
    ("#5\n#4\n", "14: found \"#4\", expected a time from 5 on"),
    ("#1 \n1?\n", "14: found code \"?\", expected a code that a $var declares"),
    ("#x\n", "13: found \"#x\", expected # and a time of at most 64 bits"),
    ("#99999999999999999999\n", "13: found \"#99999999999999999999\", expected # and a time of at most 64 bits"),
    ("#1\nb12 \"\n", "14: found \"12\", expected a value and the code of a variable"),
    ("#1\nb1 r\n", "14: found \"1\", expected a value and the code of a variable"),
    ("#1\nr1 !\n", "14: found \"1\", expected a value and the code of a variable"),
    ("#1\nr1.5kg r\n", "14: found \"1.5kg\", expected a value and the code of a variable"),
    ("#1\n1\n", "14: found \"1\", expected a value and the code of a variable"),
    ("#1\n$dumpports\n", "14: found an extended VCD ($dumpports), expected a four-state VCD"),
  ])
  func damagedChanges(text: String, message: String) throws {
    let error = #expect(throws: WaveReadError.self) { try Story(of: open(Self.head + text)) }
    #expect(error.map { "\($0)".hasSuffix("a.vcd:" + message) } == true, "\(error!)")
  }

  /// Words meet the borders of the pieces in which a file is read.
  @Test func largeFile() throws {
    let design = Design.random(seed: 9, steps: 30_000)
    #expect(try Story(of: open(design.vcd())) == design.story)
  }

  /// Both writers of the simulator, and both readers.
  @Test func ownWriters() throws {
    func write(_ writer: some WaveformWriter) throws {
      writer.beginScope("top")
      let table = EnumTable(name: "state", cases: [(0, "IDLE"), (2, "ALL DONE")])
      let state = writer.addVariable("state", width: 2, enumeration: table, initial: 1)
      let word = writer.addVariable("word", width: 64, enumeration: nil, initial: 7)
      writer.endScope()
      try writer.start(at: 100)
      for step in 1...5000 as ClosedRange<UInt64> {
        writer.advance(to: 100 + step * 3)
        writer.change(state, to: step % 4)
        if step % 7 == 0 { writer.change(word, to: step &* 0x9E37_79B9_7F4A_7C15) }
      }
      try writer.close(at: 20_000)
    }
    let fst = folder.file("own.fst"), vcd = folder.file("own.vcd")
    try write(FSTWriter(path: fst))
    try write(VCDWriter(path: vcd))
    let file = try WaveFile(path: fst)
    #expect(file.hierarchy.enumTables.map(\.cases) == [[0: "IDLE", 2: "ALL DONE"]])
    #expect(file.writer == "ubpf-sim (complete)" && file.startTime == 100 && file.endTime == 20_000)
    let story = try Story(of: file)
    #expect(story.signals["top.word [63:0]"]?.count == 715)
    #expect(try Story(path: vcd) == story)
  }
}
