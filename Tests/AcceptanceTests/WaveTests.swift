import Foundation
import Testing

@Suite("ubpf-sim wave diff and ubpf-sim wave info")
struct WaveTests {
  static let head = """
    $version by hand $end
    $timescale 1 ns $end
    $scope module top $end
    $var wire 1 ! clk $end
    $scope module core $end
    $var wire 16 " pc [15:0] $end
    $var wire 16 " copy [15:0] $end
    $upscope $end
    $upscope $end
    $enddefinitions $end

    """

  static let a = head + "#0\n0!\nb0 \"\n#10\n1!\nb101 \"\n#20\n0!\n"
  static let b = head + "#0\n0!\nb0 \"\n#10\n1!\nb110 \"\n#15\n0!\n#25\n"

  /// Small, and yet of several sections.
  static let scenario = """
    {"steps": [
      {"load_text": {"program": {"hex": "b7000000050000009500000000000000"}}},
      {"repeat": {"count": 100, "steps": [{"run": {"expect": {"ret": 5}}}]}}]}
    """

  @Test("the scenario's FST and VCD say the same, whatever is looked at")
  func bothFormats() throws {
    let folder = try Folder(["s.json": Self.scenario])
    for name in ["t.fst", "t.vcd"] {
      #expect(try Command.run(["s.json", "--trace", name], in: folder).status == 0)
    }
    let all = try Command.run(["wave", "diff", "t.fst", "t.vcd"], in: folder)
    #expect(all.status == 0 && all.errors.isEmpty)
    #expect(all.output.hasPrefix("The same: ") && all.output.split(separator: "\n").count == 1, "\(all.output)")
    let part = try Command.run(
      ["wave", "diff", "t.fst", "t.vcd", "--scope", "device.core", "--from", "1us", "--to", "2 us"], in: folder)
    #expect(part.status == 0 && part.output.hasSuffix(" signals, from 1 us to 2 us\n"), "\(part.output)")
  }

  @Test("differences are told by time, with both values")
  func differences() throws {
    let folder = try Folder(["a.vcd": Self.a, "b.vcd": Self.b])
    let outcome = try Command.run(["wave", "diff", "a.vcd", "b.vcd"], in: folder)
    #expect(outcome.status == 1 && outcome.errors.isEmpty)
    #expect(
      outcome.output == """
        Different: 3 of 3 signals, from 0 ns to 15 ns
        first at  signal                in A  in B
        10 ns     top.core.copy [15:0]  0x5   0x6
        10 ns     top.core.pc [15:0]    0x5   0x6
        15 ns     top.clk               1     0

        """)
    let some = try Command.run(["wave", "diff", "a.vcd", "b.vcd", "--ignore", "top.core", "--to", "14ns"], in: folder)
    #expect(some.status == 0 && some.output == "The same: 1 signal, from 0 ns to 14 ns\n")
    let limited = try Command.run(["wave", "diff", "a.vcd", "b.vcd", "--limit", "1"], in: folder)
    #expect(limited.status == 1 && limited.output.hasSuffix("0x6\n… and 2 signals more (--limit)\n"))
  }

  @Test("a trace that lost its end is repaired, and what needs none is told so")
  func repair() throws {
    let folder = try Folder(["s.json": Self.scenario, "a.vcd": Self.a])
    #expect(try Command.run(["s.json", "--trace", "t.fst"], in: folder).status == 0)
    let whole = try Command.run(["wave", "repair", "t.fst"], in: folder)
    #expect(whole.status == 0 && whole.output == "t.fst: is whole\n")
    let bytes = try Data(contentsOf: folder.url.appending(path: "t.fst"))
    try bytes.dropLast(50).write(to: folder.url.appending(path: "t.fst"))
    let info = try Command.run(["wave", "info", "t.fst"], in: folder)
    #expect(info.output.contains("(see wave repair)"))
    let repaired = try Command.run(["wave", "repair", "t.fst"], in: folder)
    #expect(repaired.status == 0 && repaired.output.hasPrefix("t.fst: kept "), "\(repaired.output)\(repaired.errors)")
    #expect(repaired.output.hasSuffix(" bytes behind them\n"))
    #expect(try Command.run(["wave", "info", "t.fst"], in: folder).output.contains("finished     yes"))
    let text = try Command.run(["wave", "repair", "a.vcd"], in: folder)
    #expect(
      text.status == 2
        && text.errors
          == "ubpf-sim: a.vcd: found a VCD file, which readers take as it is, expected an FST file whose end is missing\n"
    )
  }

  @Test("signals of other names are paired by a map, and what has no partner is told")
  func names() throws {
    let other = Self.a.replacingOccurrences(of: " pc [15:0]", with: " program_counter")
      .replacingOccurrences(of: "$scope module top $end", with: "$scope module tb $end\n$scope module top $end")
      .replacingOccurrences(of: "$enddefinitions", with: "$upscope $end\n$enddefinitions")
    let folder = try Folder([
      "a.vcd": Self.a, "b.vcd": other, "m": "top.core.pc = tb.top.core.program_counter\n",
    ])
    let plain = try Command.run(["wave", "diff", "a.vcd", "b.vcd"], in: folder)
    #expect(plain.status == 0)
    #expect(
      plain.output == """
        The same: 2 signals, from 0 ns to 20 ns
        Paths in B are compared without tb
        Only in A: 1 signal, top.core.pc [15:0]
        Only in B: 1 signal, tb.top.core.program_counter

        """)
    #expect(try Command.run(["wave", "diff", "a.vcd", "b.vcd", "--all-signals"], in: folder).status == 1)
    let mapped = try Command.run(["wave", "diff", "a.vcd", "b.vcd", "--map", "m", "--all-signals"], in: folder)
    #expect(mapped.status == 0 && mapped.output.hasPrefix("The same: 3 signals, "), "\(mapped.output)")
    #expect(mapped.output.contains("Paired by the map: 1 signal\n"))
  }

  @Test("info tells what a file has")
  func info() throws {
    let folder = try Folder(["a.vcd": Self.a + "#3"])
    let outcome = try Command.run(["wave", "info", "a.vcd"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(
      outcome.output == """
        format       VCD
        size         \(Self.a.utf8.count + 2) bytes
        writer       by hand
        date         -
        time scale   1 ns
        time         0 ns to 20 ns, 20 ns
        scopes       2
        signals      3, 1 of them aliases
        enum tables  0
        sections     1
        changes      5 in 3 time steps
        recording    without gaps
        finished     no: it ends in the middle of line 19
        top: 1 signal
          core: 2 signals

        """)
    let signals = try Command.run(["wave", "info", "a.vcd", "--signals"], in: folder)
    #expect(
      signals.output == """
        top.clk: 1 bit, wire
        top.core.pc [15:0]: 16 bits, wire
        top.core.copy [15:0]: 16 bits, wire, alias of top.core.pc [15:0]

        """)
    #expect(
      try Command.run(["wave", "info", "a.vcd", "--scope", "*.clk"], in: folder).output == "top.clk: 1 bit, wire\n")
  }

  @Test("a trace of ours that was cut is read as far as it goes")
  func cut() throws {
    let folder = try Folder(["s.json": Self.scenario])
    #expect(try Command.run(["s.json", "--trace", "t.fst"], in: folder).status == 0)
    let bytes = try folder.data("t.fst")
    try bytes.prefix(bytes.count * 2 / 3).write(to: folder.url.appending(path: "cut.fst"))
    let info = try Command.run(["wave", "info", "cut.fst"], in: folder)
    #expect(info.status == 0 && info.output.contains("\nfinished     no: the block at byte "), "\(info.output)")
    let diff = try Command.run(["wave", "diff", "cut.fst", "t.fst"], in: folder)
    #expect(diff.status == 0 && diff.output.contains("\nA is not whole: the block at byte "), "\(diff.output)")
    #expect(diff.output.contains("\nA ends earlier: at "))
  }

  @Test("bad input", arguments: refusals)
  func refused(_ arguments: [String], _ says: String) throws {
    let folder = try Folder([
      "a.vcd": Self.a, "b.vcd": Self.b, "text": "hello", "m": "top.clock = top.clk\n", "n": "one\n",
      "other.vcd": "$var wire 1 ! x $end\n$enddefinitions $end\n#0\n",
    ])
    let outcome = try Command.run(["wave"] + arguments, in: folder)
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(outcome.errors == "ubpf-sim: \(says)\n")
  }

  static let refusals = [
    (["info", "none.fst"], "none.fst: found No such file or directory, expected a waveform file"),
    (["info", "text"], "text:1: found the end of the file, expected $enddefinitions"),
    (["info", "a.vcd", "--scope", "x"], "a.vcd: found no such signal, expected a path like those of --signals"),
    (
      ["diff", "a.vcd", "b.vcd", "--scope", "x"],
      "b.vcd: found no signal that is compared with one of a.vcd, expected some of the 3 signals that both have"
    ),
    (["diff", "a.vcd"], "Missing expected argument '<b>'; see ubpf-sim --help"),
    (
      ["diff", "a.vcd", "other.vcd"],
      "other.vcd: found no signal that is compared with one of a.vcd, expected equal paths, or a map of names (A has "
        + "top.clk, B has x)"
    ),
    (
      ["diff", "a.vcd", "b.vcd", "--map", "m"],
      #"m:1: found "top.clock", expected a signal of A (nearest: top.clk)"#
    ),
    (
      ["diff", "a.vcd", "b.vcd", "--map", "n"],
      #"n:1: found "one", expected 'path in A = path in B', with one * in both or in none"#
    ),
    (
      ["diff", "a.vcd", "b.vcd", "--map", "none"],
      "none: found No such file or directory, expected lines 'path in A = path in B'"
    ),
    (
      ["diff", "a.vcd", "b.vcd", "--from", "soon"],
      #"--from: found "soon", expected a time such as 12us (fs, ps, ns, us, ms, s); see ubpf-sim --help"#
    ),
    (
      ["diff", "a.vcd", "b.vcd", "--from", "2us", "--to", "1us"],
      "--to: found 1 us, expected --from (2 us) or later; see ubpf-sim --help"
    ),
    (["diff", "a.vcd", "b.vcd", "--limit=-1"], "--limit: found -1, expected 0 or more; see ubpf-sim --help"),
    (
      ["diff", "a.vcd", "b.vcd", "--from", "30ns"],
      "b.vcd: found no time that is compared with one of a.vcd, expected a time from 30 ns on; the comparison ends at 20 ns"
    ),
  ]
}
