import PCIe
import Testing

@Suite struct ClosedFormsTests {
  private func isClose(_ value: Double, _ expected: Double, within tolerance: Double = 0.011) -> Bool {
    (value - expected).magnitude <= tolerance
  }

  @Test func lineRates() {
    #expect(isClose(LinkRate.bandwidth(gtPerSecond: 2.5, lanes: 1), 2.0))
    #expect(isClose(LinkRate.bandwidth(gtPerSecond: 5, lanes: 4), 16.0))
    #expect(isClose(LinkRate.bandwidth(gtPerSecond: 8, lanes: 8), 63.02))
    #expect(isClose(LinkRate.bandwidth(gtPerSecond: 16, lanes: 16), 252.06))
  }

  /// The published figures for Gen3 x8, MRRS 512. The model behind them takes DLLPs off the link first, which leaves
  /// 57.88 Gb/s with MPS 256 and 56.66 with MPS 128: size, MPS, write, read, both ways.
  @Test(arguments: [
    (64, 256, 57.88, [42.10, 44.10, 33.08]), (256, 256, 57.88, [52.92, 53.69, 48.75]),
    (512, 256, 57.88, [52.92, 53.69, 50.75]), (4096, 256, 57.88, [52.92, 53.69, 50.75]),
    (64, 128, 56.66, [41.21, 43.17, 32.38]), (256, 128, 56.66, [47.72, 49.01, 44.23]),
    (2048, 128, 56.66, [47.72, 49.01, 45.91]),
  ])
  func publishedModel(size: Int, maxPayload: Int, link: Double, expected: [Double]) {
    #expect(isClose(LinkRate.writeBandwidth(link: link, size: size, maxPayload: maxPayload), expected[0]))
    #expect(
      isClose(
        LinkRate.readBandwidth(link: link, size: size, maxPayload: maxPayload, maxReadRequest: 512), expected[1]))
    #expect(
      isClose(
        LinkRate.bothWaysBandwidth(link: link, size: size, maxPayload: maxPayload, maxReadRequest: 512), expected[2]))
  }

  @Test func smallReadsAreBoundByTheirRequests() {
    let found = LinkRate.readBandwidth(link: 60, size: 1, maxPayload: 256, maxReadRequest: 512)
    #expect(isClose(found, 60.0 / 24.0))
  }

  @Test func shortAddressesSaveFourBytes() {
    #expect(isClose(LinkRate.writeBandwidth(link: 69, size: 256, maxPayload: 256, headerBytes: 20), 64.0))
  }

  @Test func latencyBoundsReads() {
    #expect(isClose(LinkRate.latencyBound(outstanding: 8, requestSize: 512, roundTripNs: 1000), 32.768))
  }
}
