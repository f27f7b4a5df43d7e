import Coverage
import Device

// Which of the declared bins a run hits (specs/coverage.md).
extension Simulator {
  /// Counts coverage in the run that comes. Call before `run`, once.
  public func observeCoverage() {
    let endpoint = system.spec.device.endpoint
    let collector = CoverageCollector(
      devices: system.devices.count, maxPayload: endpoint.maxPayload, maxReadRequest: endpoint.maxReadRequest,
      deviceLinks: system.deviceLinks)
    coverageCollector = collector
    for device in system.devices.indices {
      observeCore(of: device, with: collector.cores[device])
      observeCommands(of: device, with: collector.commands[device])
      observeTransfers(of: device, with: collector.transfers[device])
    }
    observeLinks(with: collector.links)
  }

  /// What the run hit; nil when nobody asked for it.
  public var coverage: Coverage? {
    coverageCollector?.coverage(
      runs: zip(system.spec.devices, system.devices).map { ($0.core.microarchitecture.name, $1.core.runs) })
  }
}
