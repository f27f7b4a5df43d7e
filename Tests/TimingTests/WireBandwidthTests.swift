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
    let dllpsSent: () -> UInt64
    var first = Picoseconds.max
    var last: Picoseconds = 0
    var bytes = 0
    /// Between the first and the last packet with data, and in their direction.
    var dllps: UInt64 { (dllpsAt?.last ?? 0) - (dllpsAt?.first ?? 0) }
    private var dllpsAt: (first: UInt64, last: UInt64)?

    init(link: Int, dllpsSent: @escaping () -> UInt64) {
      self.link = link
      self.dllpsSent = dllpsSent
    }

    override func transmitted(_ t: LinkTransmission, now: Picoseconds) {
      // Interrupts go to another address, and carry 4 bytes.
      guard t.link == link, t.tlp.payload.count > 4 else { return }
      first = min(first, t.start)
      last = max(last, t.end)
      bytes += t.tlp.payload.count
      dllpsAt = (dllpsAt?.first ?? dllpsSent(), dllpsSent())
    }
  }

  /// What the wire carried, and for how long.
  private func measure(_ setting: Setting) throws -> (dllps: UInt64, time: Picoseconds, link: LinkSpec) {
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
    let index = try #require(system.links.firstIndex { $0.name == "peerLink" }), link = system.links[index].link
    let window = Window(link: index) { link.end(setting.isRead ? .down : .up).dllps }
    system.observeLinks(with: window)
    system.simulation.run()
    #expect(system.driver.failures.isEmpty)
    #expect(window.bytes == setting.total)
    return (window.dllps, window.last - window.first, document.spec.peers[0].link)
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

  /// - Returns: DLLPs that went between the packets
  @discardableResult
  private func check(_ setting: Setting) throws -> (dllps: UInt64, time: Picoseconds, link: LinkSpec) {
    let measured = try measure(setting)
    let (data, packet) = closedForm(setting, measured.link)
    let dllps = Double(measured.dllps * UInt64(setting.dllpBytes) * measured.link.byteTime) / 1_000
    let difference = Double(measured.time) - data - dllps
    #expect(difference.magnitude <= packet, "\(measured.time) ps, closed form \(data + dllps), packet \(packet)")
    return measured
  }

  static let links = [("gen3x8", 256), ("gen3x8", 128), ("gen4x8", 256), ("gen3x4", 256)]
  static let sizes = [64, 128, 256, 512, 1_024, 4_096, 65_536]

  /// Nothing but the writes is on their way: their Acks and credits travel the other way.
  @Test(arguments: links, sizes)
  func writesTakeTheWireAsTheClosedFormSays(link: (String, Int), size: Int) throws {
    let measured = try check(Setting(preset: link.0, size: size, maxPayload: link.1))
    #expect(measured.dllps == 0)
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

  /// Acks and UpdateFCs of the requests go between the completions, and nothing else takes the wire. There is at most one
  /// of each in the time in which one may wait (2.6.1.2, 3.6.3.1).
  @Test(arguments: links, sizes + [1 << 20])
  func readsShareTheWireWithTheDLLPsOfTheirRequests(link: (String, Int), size: Int) throws {
    let (dllps, time, spec) = try check(Setting(preset: link.0, size: size, maxPayload: link.1, isRead: true))
    let most = 2 * (time / spec.ackLimit(maxPayload: link.1) + 1)
    #expect(dllps <= most, "\(dllps) DLLPs, at most \(most)")
    // The tags do not suffice for all of it, so that requests go on while data comes.
    if size == 1 << 20 { #expect(dllps > 0) }
  }

  @Test(arguments: [128, 256, 512, 1_024, 2_048, 4_096])
  func everySizeOfReadRequestsWithDLLPs(maxReadRequest: Int) throws {
    try check(Setting(size: 1 << 20, maxReadRequest: maxReadRequest, isRead: true))
    try check(Setting(size: 1 << 20, maxPayload: 128, maxReadRequest: maxReadRequest, isRead: true))
  }
}
