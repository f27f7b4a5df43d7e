import Foundation
import Testing

/// `ubpf-sim check --dump --map` with streams of TLPs: dumps of what passes between a device's PCI Express block and its user
/// logic, made of what `ubpf-sim stimulus` says of it.
@Suite("ubpf-sim check with TLPs in a dump")
struct CheckTLPDumpTests {
  private static let files = [
    "s.json": """
    {"steps": [
      {"load_text": {"program": {"hex": "b7000000070000009500000000000000"}}},
      {"load_data": {"fill": {"bytes": 300}}},
      {"run": {"expect": {"ret": 7}}},
      {"mmio_write": {"address": "0x400003", "size": 8, "value": "0x1122334455667788"}},
      {"mmio_read": {"address": "0x400003", "size": 8, "expect": "0x1122334455667788"}}]}
    """,
    "m.json": map("device"),
  ]

  private static func map(_ link: String, _ more: String = "") -> String {
    func stream(_ direction: String) -> String {
      """
      {"link": "\(link)", "direction": "\(direction)", "scope": "\(direction)", "valid": "valid", "ready": "ready",
       "last": "last", "data": "data", "keep": "keep"\(more)}
      """
    }
    return "{\"scope\": \"tb\", \"clock\": \"clk\", \"tlps\": [\(stream("up")), \(stream("down"))]}"
  }

  /// A folder with the dump `d.vcd` of a device that does what the model does, unless `change` changes its packets.
  private func design(_ change: (inout [[UInt8]]) -> Void = { _ in }) throws -> Folder {
    let folder = try Folder(Self.files)
    let outcome = try Command.run(["stimulus", "s.json", "--out", "in", "--expect", "out"], in: folder)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let down = Self.packets(try folder.text("in"), "rx")
    var up = Self.packets(try folder.text("out"), "tx")
    change(&up)
    try folder.write(Self.dump(["up": up, "down": down]), to: "d.vcd")
    return folder
  }

  /// `WORD CYCLE DWORDS HEADER BYTES PAYLOAD`, as in specs/stimulus.md.
  private static func packets(_ text: String, _ word: String) -> [[UInt8]] {
    text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }.filter { $0[0] == word }.map {
      words in
      let header = bytes(words[3]).prefix(4 * Int(words[2])!), count = Int(words[4])!
      return header + (count == 0 ? [] : bytes(words[5]).reversed())
    }
  }

  private static func bytes(_ digits: String) -> [UInt8] {
    stride(from: 0, to: digits.count, by: 2).map { UInt8(digits.dropFirst($0).prefix(2), radix: 16)! }
  }

  private static let beat = 32

  /// A beat at every second edge, the others without `valid`, or without `ready`.
  private static func dump(_ streams: [String: [[UInt8]]]) -> String {
    var text = "$timescale 1ps $end\n$scope module tb $end\n$var wire 1 ! clk $end\n", beats: [[[String]]] = []
    for (index, (name, packets)) in streams.sorted(by: { $0.key < $1.key }).enumerated() {
      text += "$scope module \(name) $end\n"
      for (signal, width) in [("valid", 1), ("ready", 1), ("last", 1), ("data", 8 * beat), ("keep", beat)] {
        text += "$var wire \(width) \(signal.first!)\(index) \(signal) $end\n"
      }
      text += "$upscope $end\n"
      beats.append(packets.flatMap { Self.beats($0, index) })
    }
    text += "$upscope $end\n$enddefinitions $end\n#0\n0!\n"
    for edge in 0..<2 * (beats.map(\.count).max() ?? 0) {
      for (index, beats) in beats.enumerated() {
        let isBeat = edge % 2 == 1 && edge / 2 < beats.count
        text += isBeat ? beats[edge / 2].joined(separator: "\n") : edge % 4 == 0 ? "0v\(index)" : "0r\(index)"
        text += "\n"
      }
      text += "#\(4000 * edge + 2000)\n0!\n#\(4000 * edge + 4000)\n1!\n"
    }
    return text
  }

  private static func beats(_ packet: [UInt8], _ index: Int) -> [[String]] {
    stride(from: 0, to: packet.count, by: beat).map { start in
      let part = packet.dropFirst(start).prefix(beat)
      let data = part.reversed().map { byte in
        String(repeating: "0", count: byte.leadingZeroBitCount) + (byte == 0 ? "" : String(byte, radix: 2))
      }
      return [
        "1v\(index)", "1r\(index)", "\(start + beat >= packet.count ? 1 : 0)l\(index)", "b\(data.joined()) d\(index)",
        "b\(String(repeating: "1", count: part.count)) k\(index)",
      ]
    }
  }

  private func check(_ folder: Folder, _ options: String...) throws -> Command.Outcome {
    try Command.run(["check", "s.json", "--dump", "d.vcd", "--map", "m.json"] + options, in: folder)
  }

  @Test("a dump like the model is the same")
  func same() throws {
    let outcome = try check(try design())
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)\(outcome.output)")
    let found = try #require(
      outcome.output.wholeMatch(of: #/The same: (\d+) TLPs of device down; (\d+) TLPs of device up\n/#),
      "\(outcome.output)")
    #expect(Int(found.1)! > 20 && Int(found.2)! > 5)
  }

  @Test("the first packet that differs is told with its cycle, and is in the waveform around it")
  func different() throws {
    // The answer to the last read, one of whose bytes is wrong.
    let folder = try design { $0[$0.count - 1][15] ^= 1 }
    let outcome = try check(folder, "--window", "w.fst", "--context", "1")
    #expect(outcome.status == 1 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(
      outcome.output.contains(#/Different: device up CplD differs in cycle \d+ \(.*\) of d.vcd: crc is /#),
      "\(outcome.output)")
    let info = try Command.run(["wave", "info", "w.fst"], in: folder)
    #expect(
      info.status == 0 && info.output.contains("    down: 5 signals") && info.output.contains("model: 0 signals"),
      "\(info.output)")
    #expect(try check(folder, "--ignore", "crc").status == 0)
  }

  @Test("a packet less, or one more, differs")
  func count() throws {
    let short = try check(try design { $0.removeLast() })
    #expect(
      short.status == 1 && short.output.hasPrefix("Different: d.vcd ends before device up CplD"), "\(short.output)")
    let long = try check(try design { $0.append($0[0]) })
    #expect(long.status == 1 && long.output.contains("d.vcd goes on with device up "), "\(long.output)")
  }

  @Test("packets of different classes may pass each other, where that is allowed")
  func classes() throws {
    // A read of the device, before or behind the answer to one of the host.
    let folder = try design { packets in
      for index in 1..<packets.count where packets[index - 1][0] == 0x4a && packets[index][0] & 0xdf == 0 {
        packets.swapAt(index - 1, index)
        return
      }
      Issue.record("found no completion before a read")
    }
    let strict = try check(folder)
    #expect(strict.status == 1 && strict.output.hasPrefix("Different: device up "), "\(strict.output)")
    let free = try check(folder, "--by-class")
    #expect(free.status == 0 && free.output.contains(" TLPs of device up non-posted"), "\(free.output)")
    // None of a class is not the same as all of it.
    let none = try check(try design { $0.removeAll { $0[0] == 0x4a } }, "--by-class")
    #expect(
      none.status == 1 && none.output.hasPrefix("Different: d.vcd ends before device up CplD"), "\(none.output)")
  }

  @Test("what is on the link is something else")
  func link() throws {
    let folder = try design()
    try folder.write(Self.map("link"), to: "m.json")
    let outcome = try check(folder)
    #expect(outcome.status == 1 && outcome.output.hasPrefix("Different: link down Cfg"), "\(outcome.output)")
    #expect(outcome.output.contains("\nA design behind a PCI Express block, "), "\(outcome.output)")
    try folder.write(Self.map("lonk"), to: "m.json")
    let unknown = try check(folder)
    #expect(
      unknown.status == 2
        && unknown.errors.contains("found \"lonk\", expected a link or a device of the model: link, peerLink, device"),
      "\(unknown.errors)")
    try folder.write(Self.map("device", ", \"time\": \"0ns\""), to: "m.json")
    let timed = try check(folder)
    #expect(timed.status == 1 && timed.output.contains("time since the first TLP is "), "\(timed.output)")
  }

  @Test("a log of TLPs beside them is refused, and one of the device's packets is not")
  func logs() throws {
    let folder = try design()
    try folder.write("", to: "t.log")
    let both = try check(folder, "--tlps", "t.log")
    #expect(both.status == 2 && both.errors.contains("--tlps: found \"tlps\" in m.json too"), "\(both.errors)")
    try folder.write("device down MRd 3DW req=00:00.0 tag=0x00 addr=0x4 len=1dw be=f/0\n", to: "t.log")
    let log = try Command.run(["check", "s.json", "--tlps", "t.log"], in: folder)
    #expect(log.status == 1 && log.output.contains("Different: device down "), "\(log.output)")
  }
}
