import Foundation
import Testing

@Suite("The scenarios under traces/")
struct ExampleTests {
  @Test("count: the report, all keys of the contract, and a trace that GTKWave's tools read")
  func count() throws {
    let folder = try Folder()
    let outcome = try Command.run(
      [Traces.scenario("count"), "--trace", "t.fst", "--report", "r.json"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.hasPrefix("count: PASSED after 5.092 ms of simulated time\n"))
    #expect(outcome.output.contains("2  run        83.20 us  5.009 ms"))
    #expect(outcome.output.contains("ret 0x194, 1000820 core cycles, IPC 0.500"))

    let report = try folder.json("r.json")
    #expect(report["scenario"] as? String == "count" && report["status"] as? String == "passed")
    #expect(report["simulated_ps"] as? Int == 5_092_412_000 && report["failures"] == nil)
    let steps = try #require(report["steps"] as? [[String: Any]])
    #expect(steps.map { $0["step"] as? String } == ["load_text", "load_data", "run"])
    let load = steps[1], run = steps[2]
    #expect(Set(load.keys) == ["step", "start_ps", "latency_ps", "bytes", "transfers", "gbps", "stream_gbps"])
    #expect(load["bytes"] as? Int == 100_005 && load["transfers"] as? Int == 25)
    let seconds = Double(try #require(load["latency_ps"] as? Int)) * 1e-12
    #expect(abs(try #require(load["gbps"] as? Double) * 1e9 * seconds - 800_040) < 1)
    #expect(
      Set(run.keys).isSuperset(of: [
        "step", "start_ps", "latency_ps", "ret", "r0", "cycles", "instructions", "stalls",
      ]))
    #expect(run["ret"] as? String == "0x194" && run["r0"] as? String == "0x0000000000000194")
    let stalls = try #require(run["stalls"] as? [String: Int])
    #expect(stalls["load_use"] != nil && stalls["branch"] != nil)
    // Every cycle has one cause.
    let cycles = try #require(run["cycles"] as? Int), instructions = try #require(run["instructions"] as? Int)
    #expect(instructions + stalls.values.reduce(0, +) == cycles)

    for (name, count) in [("dma", 26), ("run", 1)] {
      let summary = try #require(report[name] as? [String: Int])
      #expect(Set(summary.keys) == ["count", "min_ps", "p50_ps", "p90_ps", "p99_ps", "max_ps"])
      #expect(summary["count"] == count)
      let order = try ["min_ps", "p50_ps", "p90_ps", "p99_ps", "max_ps"].map { try #require(summary[$0]) }
      #expect(order == order.sorted())
    }
    let host = try #require(report["host"] as? [String: Any])
    #expect(try #require(host["wall_s"] as? Double) > 0)
    #expect((host["cycles"] as? [String: Int])?.keys.sorted() == ["core", "pcie"])
    #expect((host["cycles_per_s"] as? [String: Double])?.keys.sorted() == ["core", "pcie"])

    let read = try Command.run("/usr/bin/fst2vcd", ["-o", "t.vcd", "t.fst"], in: folder)
    #expect(read.status == 0)
    // Only its two ends: the text in between is large, and strings are slow to search.
    let waves = try folder.data("t.vcd"), end = try #require(waves.range(of: Data("$enddefinitions".utf8)))
    let head = String(decoding: waves[..<end.lowerBound], as: UTF8.self)
    #expect(head.contains("$timescale"))
    #expect(String(decoding: waves.suffix(4096), as: UTF8.self).contains("#5092412000"))
    let names = Set(ExampleTests.signalNames(head))
    #expect(names.isSuperset(of: ["link.down.header0", "device.dmaEngine.channel0.phase", "device.core.retired"]))

    // GTKWave drops what its save file names and the trace has not, without a word.
    let saved = try folder.text("t.gtkw")
      .split(separator: "\n").filter { $0.hasPrefix("+{") }
      .map { $0.split(separator: "} ")[1].split(separator: "[")[0] }
    #expect(saved.count > 20)
    for name in saved { #expect(names.contains(String(name)), "\(name)") }
  }

  @Test("chunks: ten runs with ten right answers, by DMA and through the peer", arguments: ["chunks", "chunks-p2p"])
  func chunks(_ name: String) throws {
    let folder = try Folder()
    let outcome = try Command.run([Traces.scenario(name), "--report", "r.json", "--trace", "t.vcd"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let steps = try #require(try folder.json("r.json")["steps"] as? [[String: Any]])
    let answers = steps.filter { $0["step"] as? String == "run" }.compactMap { $0["ret"] as? String }
    #expect(answers == (0..<10).map { "0x" + String(4096 + 7 * $0, radix: 16) })
    let waves = try folder.text("t.vcd")
    #expect(waves.hasPrefix("$") && waves.contains("$enddefinitions $end"))
    let names = ExampleTests.signalNames(waves)
    #expect(names.count > 500 && Set(names).count == names.count, "two signals share a name")
    // A VCD that vcd2fst can read is one that GTKWave can.
    #expect(try Command.run("/usr/bin/vcd2fst", ["t.vcd", "t.fst"], in: folder).status == 0)
  }

  /// Full names of the signals that a VCD declares.
  private static func signalNames(_ waves: String) -> [String] {
    var scopes: [Substring] = [], names: [String] = []
    for line in waves.split(separator: "\n").prefix(while: { !$0.hasPrefix("$enddefinitions") }) {
      let words = line.split(separator: " ")
      switch words.first {
      case "$scope": scopes.append(words[2])
      case "$upscope": scopes.removeLast()
      case "$var": names.append((scopes + [words[4]]).joined(separator: "."))
      default: break
      }
    }
    return names
  }

  @Test("loop: what a loop with one of everything costs on each core", arguments: LoopCycles.all)
  func loop(_ expected: LoopCycles) throws {
    let folder = try Folder()
    let outcome = try Command.run(
      [Traces.scenario("loop"), "--mode", expected.mode, "--report", "r.json", "--pipeline", "p.kanata"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let steps = try #require(try folder.json("r.json")["steps"] as? [[String: Any]])
    #expect(steps[2]["ret"] as? String == "0x76")
    #expect(steps[2]["cycles"] as? Int == expected.cycles && steps[2]["instructions"] as? Int == 123)
    #expect(try folder.text("p.kanata").hasPrefix("Kanata\t0004\n"))
  }

  struct LoopCycles: Sendable, CustomTestStringConvertible {
    let mode: String
    let cycles: Int
    var testDescription: String { mode }

    static let all = [
      LoopCycles(mode: "classic5", cycles: 321), LoopCycles(mode: "deep8", cycles: 339),
      LoopCycles(mode: "hbpf", cycles: 897),
    ]
  }

  @Test("idle: more than 95% of the time passes in waiting")
  func idle() throws {
    let folder = try Folder()
    let outcome = try Command.run([Traces.scenario("idle"), "--report", "r.json"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let report = try folder.json("r.json")
    #expect(try #require(report["dma"] as? [String: Int])["count"] == 401)
    #expect(outcome.output.contains("… 388 more"))
  }

  @Test("two runs write the same trace and the same report, save for the host's own times")
  func repeatable() throws {
    let folder = try Folder()
    for run in ["a", "b"] {
      let arguments = [Traces.scenario("chunks"), "--trace", "\(run).vcd", "--report", "\(run).json"]
      #expect(try Command.run(arguments, in: folder).status == 0)
    }
    #expect(try folder.text("a.vcd") == folder.text("b.vcd"))
    var reports = try [folder.json("a.json"), folder.json("b.json")]
    for i in reports.indices { reports[i]["host"] = nil }
    #expect(NSDictionary(dictionary: reports[0]) == NSDictionary(dictionary: reports[1]))
  }

  @Test("another seed draws other latencies, and the answers stay")
  func seeds() throws {
    func latency(_ seed: Int) throws -> Int {
      let run = try Run(#"{"load_data": {"fill": {"bytes": 20000}}}"#, system: "\"seed\": \(seed)")
      #expect(run.outcome.status == 0)
      return try #require(run.steps[0]["latency_ps"] as? Int)
    }
    let times = try [1, 1, 2, 3].map(latency)
    #expect(times[0] == times[1] && Set(times).count > 1)
  }
}
