import PCIe
import Scenario
import SimKernel
import Testing

/// Against an independent model: how long cocotbext-pcie 0.2.16 takes for 256 KiB on Gen3 x8 with MPS 256 and MRRS 512,
/// without DLLPs and without latency of memory. Addresses are below 4 GiB, so that all headers have 3 dwords.
@Suite struct CocotbextFiguresTests {
  static let bytes = 262_144

  /// When the transfer begins on the peer's link, when its last packet with data is at the other end, and its data.
  private final class Transfer: LinkObserver {
    let link: Int
    let isRead: Bool
    var start = Picoseconds.max
    var arrival: Picoseconds = 0
    var bytes = 0

    init(link: Int, isRead: Bool) {
      self.link = link
      self.isRead = isRead
    }

    override func transmitted(_ t: LinkTransmission, now: Picoseconds) {
      guard t.link == link else { return }
      // Interrupts and completions of configuration requests carry 4 bytes.
      let hasData = t.tlp.payload.count > 4
      if isRead ? t.tlp.header.type == .memoryRead && t.direction == .up : hasData { start = min(start, t.start) }
      guard hasData else { return }
      arrival = max(arrival, t.arrival)
      bytes += t.tlp.payload.count
    }
  }

  private func time(of step: String, isRead: Bool) throws -> Double {
    let text = """
      {"device": {"preset": "gen3x8", "endpoint": {"max_payload": 256, "max_read_request": 512}},
       "host": {"read_latency": "0ns", "outstanding_reads": 1024, "memory_base": \(0x4000_0000)},
       "peers": [{"tags": 256, "queue_depth": 256,
         "link": {"preset": "gen3x8", "dllp_bytes": 0, "retry_buffer": 512,
                  "posted_headers": 127, "posted_data": 2047, "nonposted_headers": 127}}],
       "steps": [{\(step), "to": "host", "chunk": \(Self.bytes), "flush": false}}]}
      """
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "cocotbext.json", directory: ".", checkProgram: { _, _ in })
    let system = System(document.spec, steps: document.steps)
    let transfer = Transfer(link: try #require(system.links.firstIndex { $0.name == "peerLink" }), isRead: isRead)
    system.observeLinks(with: transfer)
    system.simulation.run()
    #expect(system.driver.failures.isEmpty)
    #expect(transfer.bytes == Self.bytes)
    return Double(transfer.arrival - transfer.start) / 1_000
  }

  /// From the first byte of the first write to the arrival of the last one at the root complex.
  @Test func aWriteTakesAsLongWithinOnePercent() throws {
    let step = "\"peer_write\": {\"fill\": {\"bytes\": \(Self.bytes), \"pattern\": \"zero\"}"
    let ours = try time(of: step, isRead: false)
    #expect((ours / 35_812.9 - 1).magnitude < 0.01, "\(ours) ns")
  }

  /// From the first byte of the first request to the arrival of the last completion.
  @Test func aReadTakesAsLongWithinOnePercent() throws {
    let ours = try time(of: "\"peer_read\": {\"length\": \(Self.bytes)", isRead: true)
    #expect((ours / 36_080.1 - 1).magnitude < 0.01, "\(ours) ns")
  }
}
