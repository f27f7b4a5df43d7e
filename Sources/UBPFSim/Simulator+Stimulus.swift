import Device
import Logs
import PCIe
import Replay
import SimKernel

/// The stimulus of a scenario for the first device, and what the model does with it.
public struct DeviceStimulus {
  public let recording: DeviceRecording
  public let record: ReplayRecord
  /// Where the replay parts from the scenario.
  public let comparison: ReplayComparison
  private let parameters: [(name: String, value: UInt64)]
  private let scenario: String

  init(_ simulator: Simulator, _ recording: DeviceRecording, _ record: ReplayRecord) {
    self.recording = recording
    self.record = record
    comparison = ReplayComparison(recording, record)
    parameters = simulator.document.spec.device.stimulusParameters(
      pciePeriod: simulator.system.pcie.period, corePeriod: simulator.system.coreClock.period)
    scenario = simulator.document.name
  }

  /// How many the replay sends.
  public var packetsToDevice: Int {
    record.stimuli.count { if case .packet = $0.what { true } else { false } }
  }

  /// Writes what a test bench does, and what the device is to do (specs/stimulus.md).
  public func write(stimulus: String, expected: String) throws {
    let files = ReplayFiles(record, scenario: scenario)
    try files.writeStimulus(to: stimulus, parameters: parameters)
    try files.writeExpected(to: expected)
  }
}

extension Simulator {
  /// Runs the scenario, and then its first device alone with what it heard in the scenario. Instead of `run`.
  /// - Parameter stallSeed: draws windows in which the host takes nothing; nil for none
  /// - Throws: what `run` throws, and `ModelFault` when the replay does not end
  public func makeStimulus(stallSeed: UInt64?, interruption: () -> String? = { nil }) throws -> DeviceStimulus {
    let recorder = DeviceRecorder(system.device), spec = document.spec.device
    observeEdges(with: recorder)
    try run(interruption: interruption)
    let period = system.pcie.period
    let roundTrip = spec.endpoint.transmitCycles + 2 * spec.link.propagation / period + 1
    let replay = Replay(
      specs: spec.specs, identity: system.device.endpoint.identity, pciePeriod: period,
      corePeriod: system.coreClock.period, stallSeed: stallSeed)
    do {
      let record = try replay.run(
        ReplaySchedule(recorder.recording, roundTrip: roundTrip), atLeast: system.simulation.time / period)
      return DeviceStimulus(self, recorder.recording, record)
    } catch {
      throw ModelFault(description: "\(error)")
    }
  }
}
