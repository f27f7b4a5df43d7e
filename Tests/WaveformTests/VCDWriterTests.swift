import Testing
import TraceSupport
import Waveform

/// The text is part of the contract: other tools parse it, and people read it.
struct VCDWriterTests {
  let folder = try! TemporaryFolder()

  @Test func wholeFile() throws {
    let path = folder.file("trace.vcd")
    let writer = try VCDWriter(path: path)
    writer.beginScope("top level")
    let clock = writer.addVariable("clk", width: 1, enumeration: nil, initial: 1)
    let state = writer.addVariable(
      "state", width: 3, enumeration: EnumTable(name: "fsm", cases: [(1, "RUN"), (0, "IDLE")]), initial: 0)
    let word = writer.addVariable("word", width: 64, enumeration: nil, initial: .max)
    writer.endScope()
    try writer.start(at: 100)
    writer.change(state, to: 1)
    writer.advance(to: 200)
    writer.advance(to: 300)
    writer.change(clock, to: 0xFE)
    writer.change(word, to: 0x180)
    writer.advance(to: 300)
    writer.change(state, to: 0xFC)
    try writer.close(at: 400)
    #expect(
      try readText(path) == """
        $date
          Thu Jan  1 00:00:00 1970
        $end
        $version
          ubpf-sim
        $end
        $timescale
          1ps
        $end
        $scope module top_level $end
        $var reg 1 ! clk $end
        $comment enum fsm 0=IDLE 1=RUN $end
        $var reg 3 " state [2:0] $end
        $var reg 64 # word [63:0] $end
        $upscope $end
        $enddefinitions $end
        #100
        $dumpvars
        1!
        b0 "
        b\(String(repeating: "1", count: 64)) #
        $end
        b1 "
        #300
        0!
        b110000000 #
        b100 "
        #400

        """)
  }

  @Test func identifiersAreShortAndDifferent() throws {
    let count = 10_000
    let path = folder.file("many.vcd")
    let writer = try VCDWriter(path: path)
    for index in 0..<count { _ = writer.addVariable("s\(index)", width: 1, enumeration: nil, initial: 0) }
    try writer.start(at: 0)
    try writer.close(at: 0)
    let codes = try readText(path).split(separator: "\n").filter { $0.hasPrefix("$var") }
      .map { $0.split(separator: " ")[3] }
    #expect(Set(codes).count == count)
    #expect(codes.allSatisfy { $0.utf8.count <= 3 && $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } })
    #expect(codes.prefix(94).allSatisfy { $0.utf8.count == 1 })
  }

  @Test func formatIsNamedByTheEnding() {
    #expect(WaveformFormat(path: "a/b.fst") == .fst)
    #expect(WaveformFormat(path: "OUT.VCD") == .vcd)
    #expect(WaveformFormat(path: "fst") == nil)
    #expect(WaveformFormat(path: "trace.fst.gz") == nil)
  }
}
