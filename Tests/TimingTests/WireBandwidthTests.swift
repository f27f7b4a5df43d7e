import PCIe
import Scenario
import SimKernel
import Testing

/// Bandwidth on the wire, over sizes, payloads, read requests and links: equal to our closed forms within the time of one
/// TLP (Neugebauer et al., SIGCOMM 2018).
///
/// A peer moves transfers of one size back to back, to or from host memory. Measured is what the wire carries, from the first
/// byte of the first packet with data to the last byte of the last.
@Suite struct WireBandwidthTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var preset = "gen3x8"
    var size = 4_096
    var maxPayload = 256
    var maxReadRequest = 512
    var isRead = false
    var dllpBytes = 8
    /// Below 4 GiB requests have 3 dwords of header.
    var memoryBase: UInt64 = 0x1_0000_0000

    var testDescription: String {
      "\(isRead ? "reads" : "writes") of \(size) on \(preset), MPS \(maxPayload), MRRS \(maxReadRequest), "
        + "DLLPs of \(dllpBytes)"
    }

    /// Bytes in all: enough transfers for a steady state.
    var total: Int { max(size, 65_536) / size * size }
    var headerBytes: Int { memoryBase >= 1 << 32 ? 24 : 20 }
  }

  /// Hears of the packets with data, and of those that ask for it, on one link.
  private final class Window: LinkObserver {
    let link: Int
    var first = Picoseconds.max
    var last: Picoseconds = 0
    var bytes = 0

    init(link: Int) { self.link = link }

    override func transmitted(_ t: LinkTransmission, now: Picoseconds) {
      // Interrupts go to another address, and carry 4 bytes.
      guard t.link == link, t.tlp.payload.count > 4 else { return }
      first = min(first, t.start)
      last = max(last, t.end)
      bytes += t.tlp.payload.count
    }
  }

  /// What the wire carried, and for how long.
  private func measure(_ setting: Setting) throws -> (bytes: Int, time: Picoseconds, link: LinkSpec) {
    let step =
      setting.isRead
      ? "\"peer_read\": {\"length\": \(setting.total),"
      : "\"peer_write\": {\"fill\": {\"bytes\": \(setting.total), \"pattern\": \"zero\"},"
    let text = """
      {"device": {"preset": "\(setting.preset)",
         "endpoint": {"max_payload": \(setting.maxPayload), "max_read_request": \(setting.maxReadRequest)}},
       "host": {"read_latency": "300ns", "outstanding_reads": 1024, "memory_base": \(setting.memoryBase)},
       "peers": [{"tags": 256, "queue_depth": 256,
         "link": {"preset": "\(setting.preset)", "dllp_bytes": \(setting.dllpBytes), "retry_buffer": 512,
                  "posted_headers": 127, "posted_data": 2047, "nonposted_headers": 127}}],
       "steps": [{\(step) "to": "host", "chunk": \(setting.size), "flush": false}}]}
      """
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "wire.json", directory: ".", checkProgram: { _, _ in })
    let system = System(document.spec, steps: document.steps)
    let window = Window(link: try #require(system.links.firstIndex { $0.name == "peerLink" }))
    system.observeLinks(with: window)
    system.simulation.run()
    #expect(system.driver.failures.isEmpty)
    #expect(window.bytes == setting.total)
    return (window.bytes, window.last - window.first, document.spec.peers[0].link)
  }

  /// The time of the closed form for so many bytes, in picoseconds, and that of one full packet.
  private func closedForm(_ setting: Setting, _ link: LinkSpec) -> (time: Double, packet: Double) {
    let byte = Double(link.byteTime) / 1_000
    let gigabits = 8_000 / byte
    let rate =
      setting.isRead
      ? LinkRate.readBandwidth(
        link: gigabits, size: setting.size, maxPayload: setting.maxPayload, maxReadRequest: setting.maxReadRequest,
        requestBytes: setting.headerBytes)
      : LinkRate.writeBandwidth(
        link: gigabits, size: setting.size, maxPayload: setting.maxPayload, headerBytes: setting.headerBytes)
    let packet = Double(min(setting.size, setting.maxPayload) + setting.headerBytes) * byte
    return (Double(8 * setting.total) * 1_000 / rate, packet)
  }

  private func check(_ setting: Setting, dllpShare: (LinkSpec) -> Double = { _ in 0 }) throws {
    let (_, time, link) = try measure(setting)
    let (expected, packet) = closedForm(setting, link)
    let scaled = expected * (1 + dllpShare(link))
    #expect((Double(time) - scaled).magnitude <= packet, "\(time) ps, closed form \(scaled), packet \(packet)")
  }

  static let links = [("gen3x8", 256), ("gen3x8", 128), ("gen4x8", 256), ("gen3x4", 256)]
  static let sizes = [64, 128, 256, 512, 1_024, 4_096, 65_536]

  /// Nothing but the writes is on their way: their Acks and credits travel the other way.
  @Test(arguments: links, sizes)
  func writesTakeTheWireAsTheClosedFormSays(link: (String, Int), size: Int) throws {
    try check(Setting(preset: link.0, size: size, maxPayload: link.1))
  }

  @Test(arguments: [
    (Setting(size: 1 << 20)), Setting(preset: "gen4x8", size: 1 << 20),
    Setting(size: 1 << 20, isRead: true, dllpBytes: 0),
  ])
  func aMebibyteToo(setting: Setting) throws { try check(setting) }

  @Test(arguments: links, sizes)
  func readsWithoutDLLPsTakeTheWireAsTheClosedFormSays(link: (String, Int), size: Int) throws {
    try check(Setting(preset: link.0, size: size, maxPayload: link.1, isRead: true, dllpBytes: 0))
  }

  @Test(arguments: [128, 256, 512, 1_024, 2_048, 4_096])
  func everySizeOfReadRequests(maxReadRequest: Int) throws {
    try check(Setting(size: 65_536, maxReadRequest: maxReadRequest, isRead: true, dllpBytes: 0))
    try check(Setting(size: 65_536, maxPayload: 128, maxReadRequest: maxReadRequest, isRead: true, dllpBytes: 0))
  }
}
