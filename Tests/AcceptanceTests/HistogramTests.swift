import Foundation
import Testing

@Suite("Histograms")
struct HistogramTests {
  private static func scenario(_ loads: Int, host: String = "generic") -> String {
    """
    {"host": {"preset": "\(host)"},
     "steps": [{"repeat": {"count": \(loads), "steps": [{"load_data": {"hex": "00ff"}}]}}]}
    """
  }

  @Test("are drawn with --histograms, from 16 latencies of a kind on")
  func onTheTerminal() throws {
    let folder = try Folder(["15.json": HistogramTests.scenario(15), "16.json": HistogramTests.scenario(16)])
    let enough = try Command.run(["16.json", "--histograms"], in: folder)
    #expect(enough.status == 0)
    #expect(enough.output.contains("latency of transfers  count  share"))
    #expect(!enough.output.contains("latency of runs") && !enough.output.contains("no histogram"))
    #expect(!(try Command.run(["16.json"], in: folder)).output.contains("latency of transfers"))
    let few = try Command.run(["15.json", "--histograms"], in: folder)
    #expect(few.status == 0 && !few.output.contains("latency of transfers"))
    #expect(few.output.contains("no histogram: fewer than 16 latencies of a kind"))
  }

  @Test("are in every JSON report, with the counts of the summaries")
  func inJSON() throws {
    let folder = try Folder(["s.json": HistogramTests.scenario(40, host: "xeon_e3")])
    #expect(try Command.run(["s.json", "--report", "r.json"], in: folder).status == 0)
    let report = try folder.json("r.json")
    let histograms = try #require(report["histograms"] as? [[String: Any]])
    #expect(histograms.map { $0["name"] as? String } == ["dma"] && histograms.map { $0["unit"] as? String } == ["ps"])
    let buckets = try #require(histograms[0]["buckets"] as? [[String: Int]])
    let summary = try #require(report["dma"] as? [String: Int])
    #expect(buckets.allSatisfy { Set($0.keys) == ["from", "to", "count"] })
    #expect(buckets.reduce(0) { $0 + $1["count"]! } == 40 && summary["count"] == 40)
    let least = try #require(summary["min_ps"]), most = try #require(summary["max_ps"])
    #expect(buckets[0]["from"]! <= least && least < buckets[0]["to"]!)
    #expect(buckets.last!["from"]! <= most && most < buckets.last!["to"]!)
  }
}
