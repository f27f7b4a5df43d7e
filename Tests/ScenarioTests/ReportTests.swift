import Foundation
import Testing

@testable import Scenario

@Suite("The report")
struct ReportTests {
  private static func report(_ parts: String = "", steps: String) throws -> Report {
    Report(
      scenario: "s", system: try pass(parts, steps: steps),
      host: .init(wallSeconds: 0, startupSeconds: 0, coreCycles: 0, pcieCycles: 0))
  }

  private static func json(_ report: Report) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
  }

  @Test("a peer's chunks have a summary and a histogram as transfers and runs have; idle peers have none")
  func chunks() throws {
    let report = try ReportTests.report(
      #""peers": [{"name": "nvme"}, {"name": "nic"}]"#, steps: #"{"peer_write": {"fill": {"bytes": "64KiB"}}}"#)
    let json = try ReportTests.json(report)
    #expect((json["nvme"] as? [String: Int])?["count"] == 16 && json["nic"] == nil)
    #expect((json["dma"] as? [String: Int])?["count"] == 0)
    let histograms = try #require(json["histograms"] as? [[String: Any]])
    #expect(histograms.map { $0["name"] as? String } == ["nvme"])
    #expect(report.text().contains("chunks of nvme"))
    #expect(report.text(histograms: true).contains("latency of chunks of nvme  count"))
  }

  @Test("every link has its traffic, and every function its errors")
  func hierarchy() throws {
    let report = try ReportTests.report(
      #""topology": [{"switch": "sw", "ports": ["device", "peer"]}]"#,
      steps: #"{"send_tlp": {"hex": "40000001 0000000f e0400000"}}, {"wait": "1us"}, {"load_data": {"hex": "00"}}"#)
    let pcie = try #require(try ReportTests.json(report)["pcie"] as? [String: Any])
    let links = try #require(pcie["links"] as? [[String: Any]])
    #expect(links.map { $0["name"] as? String } == ["swLink", "swLink", "link", "link", "peerLink", "peerLink"])
    #expect(links.map { $0["direction"] as? String } == ["down", "up", "down", "up", "down", "up"])
    #expect(links.allSatisfy { ($0["tlps"] as? Int ?? 0) > 0 && $0["replays"] as? Int == 0 })
    let functions = try #require(pcie["functions"] as? [[String: Any]])
    #expect(functions.map { $0["name"] as? String } == ["rootPort0", "device", "peer"])
    #expect(functions.map { $0["id"] as? String } == ["00:00.0", "03:00.0", "04:00.0"])
  }
}
