import Device
import PCIe
import Scenario
import SimKernel
import Testing

/// DMA of 64 KiB as the driver does it with 64 KiB pages, against the closed forms (Neugebauer et al., SIGCOMM 2018).
///
/// Compared is the payload after the first completion, over the time from the first data at the engine to the last byte
/// in RAM (`DMARecord`): latency is then paid already, and only the rate counts.
@Suite struct BandwidthTests {
  struct Setting: Sendable, CustomTestStringConvertible {
    var preset = "gen3x8"
    var rate = 8.0
    var lanes = 8
    var maxPayload = 256
    var maxReadRequest = 512
    var testDescription: String { "\(preset), MPS \(maxPayload), MRRS \(maxReadRequest)" }

    var link: Double { LinkRate.bandwidth(gtPerSecond: rate, lanes: lanes) }
    /// Host memory lies above 4 GiB: requests have 4 dwords of header.
    var closedForm: Double {
      LinkRate.readBandwidth(link: link, size: 65_536, maxPayload: maxPayload, maxReadRequest: maxReadRequest)
    }
  }

  /// A transfer of 64 KiB. `dma` are overrides of its part, `latency` of the host's read latency.
  ///
  /// 16 KiB outstanding take longer than the default completion timeout on the slowest link, so it is raised.
  private func transfer(
    _ setting: Setting, dma: String = "\"completion_timeout\": \"1ms\"", latency: String = "\"300ns\""
  ) throws -> DMARecord {
    let endpoint = "{\"max_payload\": \(setting.maxPayload), \"max_read_request\": \(setting.maxReadRequest)}"
    let device = "\"preset\": \"\(setting.preset)\", \"endpoint\": \(endpoint), \"dma\": {\(dma)}"
    let memory = "\"memory\": {\"data_path\": 64}"
    let watch = try Watch(
      "\"device\": {\(device), \(memory)}, \"host\": {\"read_latency\": \(latency)}, "
        + "\"driver\": {\"page_size\": 65536}",
      steps: "{\"load_data\": {\"fill\": {\"bytes\": 65536}}}")
    watch.finish()
    #expect(watch.system.driver.failures.isEmpty)
    let records = watch.system.device.dma.records
    #expect(records.count == 1 && records[0].bytes == 65_536)
    return records[0]
  }

  /// Gb/s of the payload after the first completion.
  private func rate(_ record: DMARecord, first: Int) -> Double {
    Double((record.bytes - first) * 8) * 1_000 / Double(record.end - record.firstData)
  }

  @Test(arguments: [
    Setting(), Setting(maxPayload: 128), Setting(maxPayload: 512), Setting(maxPayload: 128, maxReadRequest: 128),
    Setting(maxReadRequest: 4_096), Setting(preset: "gen1x1", rate: 2.5, lanes: 1),
    Setting(preset: "gen2x4", rate: 5, lanes: 4), Setting(preset: "gen3x4", lanes: 4),
    Setting(preset: "gen4x4", rate: 16, lanes: 4),
  ])
  func readsAreWithinThreePercentOfTheClosedForm(setting: Setting) throws {
    let found = rate(try transfer(setting), first: setting.maxPayload)
    #expect((found / setting.closedForm - 1).magnitude < 0.03, "\(found) Gb/s, closed form \(setting.closedForm)")
  }

  /// Start to end, less the latency until the first data, gives the same rate: nothing else is lost.
  @Test func theWholeTransferIsLatencyAndRate() throws {
    let setting = Setting()
    let record = try transfer(setting)
    let latency = record.firstData - record.start
    let expected = Double(latency) + Double((65_536 - 256) * 8) * 1_000 / setting.closedForm
    #expect((Double(record.end - record.start) / expected - 1).magnitude < 0.03)
  }

  /// The host's default latency varies, and comes out of order; with 32 tags the link stays full all the same.
  @Test(arguments: [
    "{\"min\": \"200ns\", \"max\": \"400ns\"}",
    "{\"quantiles\": [[0, \"280ns\"], [500, \"300ns\"], [900, \"320ns\"], [990, \"380ns\"], [1000, \"600ns\"]]}",
  ])
  func aVaryingLatencyDoesNotCostBandwidth(latency: String) throws {
    let setting = Setting()
    let found = rate(try transfer(setting, latency: latency), first: 256)
    #expect((found / setting.closedForm - 1).magnitude < 0.03)
  }

  /// Plausible on real parts: large reads on Gen3 x8 with MPS 256 reach 52.9 to 58.6 Gb/s.
  @Test func gen3x8IsPlausible() throws {
    let found = rate(try transfer(Setting()), first: 256)
    #expect(found > 52.9 && found < 58.6)
  }

  /// With few tags the round trip is the cap: outstanding bytes over the time that a tag is taken. That time is the one
  /// that a single tag takes for each of its 128 requests.
  @Test(arguments: [1, 2, 4])
  func fewTagsAreTheCap(tags: Int) throws {
    let latency = "\"2us\""
    let alone = try transfer(Setting(), dma: "\"tags\": 1", latency: latency)
    let roundTrip = Double(alone.end - alone.start) / 128 / 1_000
    let cap = LinkRate.latencyBound(outstanding: tags, requestSize: 512, roundTripNs: roundTrip)
    #expect(cap < Setting().closedForm / 2)
    let record = try transfer(Setting(), dma: "\"tags\": \(tags)", latency: latency)
    let found = Double(65_536 * 8) * 1_000 / Double(record.end - record.start)
    #expect((found / cap - 1).magnitude < 0.03, "\(found) Gb/s, cap \(cap)")
  }

  /// A narrow data path is the cap when the link is faster: 8 bytes a cycle at 250 MHz are 16 Gb/s.
  @Test func aNarrowDataPathIsTheCap() throws {
    let watch = try Watch(
      "\"device\": {\"memory\": {\"data_path\": 8}}, \"driver\": {\"page_size\": 65536}",
      steps: "{\"load_data\": {\"fill\": {\"bytes\": 65536}}}")
    watch.finish()
    let found = rate(watch.system.device.dma.records[0], first: 256)
    #expect((found / 16 - 1).magnitude < 0.03)
  }
}
