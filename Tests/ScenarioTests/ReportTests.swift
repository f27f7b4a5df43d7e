import Foundation
import Measure
import Testing

@testable import Scenario

@Suite("The report")
struct ReportTests {
  /// A report of a scenario without steps that was told of other latencies.
  private static func report(_ latencies: [LatencySeries]) throws -> Report {
    let document = try read("{\"steps\": []}")
    let system = System(document.spec, steps: document.steps)
    system.simulation.run()
    return Report(
      scenario: "s", system: system,
      host: .init(wallSeconds: 0, startupSeconds: 0, coreCycles: 0, pcieCycles: 0), latencies: latencies)
  }

  @Test("further latencies have a summary and a histogram as transfers and runs have")
  func furtherLatencies() throws {
    let samples = (0..<16).map { 1_000 + 100 * UInt64($0 % 4) }
    let report = try ReportTests.report([LatencySeries("chunks", title: "chunks of the peer", samples)])
    let json = try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
    #expect((json["chunks"] as? [String: Int])?["p50_ps"] == 1_100)
    #expect((json["dma"] as? [String: Int])?["count"] == 0)
    let histograms = try #require(json["histograms"] as? [[String: Any]])
    #expect(histograms.map { $0["name"] as? String } == ["chunks"])
    #expect(report.text().contains("chunks of the peer     16  1.000 ns  1.100 ns"))
    #expect(report.text(histograms: true).contains("latency of chunks of the peer  count"))
  }
}
