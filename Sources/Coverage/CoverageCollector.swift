import Device
import PCIe

/// Listens to the parts of a system and counts. It sees what happens and cannot change it.
public final class CoverageCollector {
  private let counter = CoverageCounter()
  /// By device.
  public let cores: [any CoreObserver]
  /// By device.
  public let commands: [any CommandObserver]
  /// By device.
  public let transfers: [any DMAObserver]
  public let links: LinkObserver

  /// - Parameters:
  ///   - maxPayload: MPS, bytes
  ///   - maxReadRequest: MRRS, bytes
  ///   - deviceLinks: the positions of the links that have a device below them
  public init(devices: Int, maxPayload: Int, maxReadRequest: Int, deviceLinks: Set<Int>) {
    let counter = counter
    let devices = (0..<devices).map { _ in DeviceCoverage(counter) }
    cores = devices.map { _ in CoreCoverage(counter) }
    (commands, transfers) = (devices, devices)
    links = LinkCoverage(
      counter, .init(maxPayload: maxPayload, maxReadRequest: maxReadRequest, deviceLinks: deviceLinks))
  }

  /// What has been counted, with the runs of the cores.
  /// - Parameter runs: for each device the name of its core's preset, and its records
  public func coverage(runs: [(core: String, records: [RunRecord])]) -> Coverage {
    let all = CoverageCounter()
    for (core, records) in runs {
      for record in records {
        all.hit("faults", "\(record.fault)")
        for (bubble, cycles) in record.counts where bubble != .none {
          all.hit("bubbles", "\(core) \(bubble.reportName)", times: cycles)
        }
      }
    }
    var coverage = all.coverage
    coverage.merge(counter.coverage)
    coverage.scenarios = 1
    return coverage
  }
}
