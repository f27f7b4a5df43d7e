import Scenario
import SimKernel
import Testing
import TraceSupport

/// Sleeping is never visible: the waveform of a run that skips idle edges is that of a run in which everybody ticks at
/// every edge, bit for bit.
struct SkippingTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let seed: UInt64
    var pcie = "250MHz"
    var core = "200MHz"
    var device = ""
    var testDescription: String { "seed \(seed), pcie \(pcie), core \(core)\(device)" }
  }

  static let cases = [
    Case(seed: 1), Case(seed: 2), Case(seed: 3),
    // Periods without a common divisor, and equal ones.
    Case(seed: 4, core: "333MHz"), Case(seed: 5, pcie: "125MHz", core: "999MHz"),
    Case(seed: 6, pcie: "500MHz", core: "500MHz"),
    // Every queue is as short, and every path as narrow, as it can be.
    Case(
      seed: 7,
      device:
        ", \"link\": {\"posted_headers\": 1, \"nonposted_headers\": 1, \"retry_buffer\": 1}, \"memory\": {\"data_path\": 8}"
    ),
    Case(seed: 8, core: "71MHz", device: ", \"endpoint\": {\"max_read_request\": 128, \"max_payload\": 128}"),
    Case(seed: 10, device: ", \"helpers\": [{\"number\": 3, \"function\": \"sqrti\", \"cycles\": 77}]"),
    Case(seed: 11, device: ", \"core\": {\"preset\": \"deep8\"}"),
    Case(seed: 12, device: ", \"core\": {\"preset\": \"hbpf\"}"),
    Case(seed: 13, device: ", \"core\": {\"preset\": \"functional\", \"instructions_per_cycle\": 1}"),
    Case(seed: 14, device: ", \"core\": {\"preset\": \"functional\", \"slice_instructions\": 16}"),
    Case(seed: 15, device: ", \"commands\": {\"queue_depth\": 5, \"msi\": true}, \"memory\": {\"burst_length\": 5}"),
    Case(seed: 16, core: "999MHz", device: ", \"memory\": {\"banks\": 1}, \"core\": {\"preset\": \"deep8\"}"),
    Case(seed: 17, device: ", \"memory\": {\"banks\": 4, \"data_path\": 8, \"burst_length\": 2}"),
    Case(seed: 9, device: ", \"memory\": {\"data_path\": 8, \"read_cycles\": 9}, \"decoder\": {\"decode_cycles\": 5}"),
  ]

  @Test(arguments: cases)
  func waveformsAreEqual(test: Case) throws {
    try compare(Scenarios.everything(seed: test.seed, pcie: test.pcie, core: test.core, device: test.device))
  }

  /// Several transfers at a time, and a run behind them.
  @Test(arguments: ["in_order", "round_robin"])
  func waveformsOfAQueueAreEqual(arbitration: String) throws {
    try compare(Scenarios.queue(arbitration: arbitration))
  }

  private func compare(_ document: ScenarioDocument) throws {
    let folder = try TemporaryFolder()
    let skipping = try TracedRun(document, trace: folder.file("skipping.vcd"))
    let ticking = try TracedRun(document, trace: folder.file("ticking.vcd"), skipsIdle: false)
    #expect(skipping.outcome == .stopped)
    #expect(ticking.outcome == .stopped)
    #expect(skipping.system.driver.failures == [])
    #expect(skipping.report == ticking.report)
    let texts = try [folder.file("skipping.vcd"), folder.file("ticking.vcd")].map(readText)
    #expect(texts[0] == texts[1], "\(Self.firstDifference(texts[0], texts[1]))")
  }

  /// The first lines that differ, with the time they belong to.
  private static func firstDifference(_ a: String, _ b: String) -> String {
    var time: Substring = ""
    for (left, right) in zip(a.split(separator: "\n"), b.split(separator: "\n")) {
      if left.hasPrefix("#") { time = left }
      if left != right { return "\(time): skipping \(left), ticking \(right)" }
    }
    return "one is longer"
  }
}
