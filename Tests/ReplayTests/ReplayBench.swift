import Foundation
import PCIe
import Replay
import Testing
import UBPFSim

/// A scenario, its stimulus and what the test looks at.
struct ReplayBench {
  let simulator: Simulator
  let stimulus: DeviceStimulus
  let folder: URL

  var record: ReplayRecord { stimulus.record }
  var sent: [TLP] { record.sent.map(\.tlp) }

  /// - Parameters:
  ///   - parts: members of the scenario beside its steps
  ///   - tlpLog: whether the scenario's TLPs are logged
  init(_ parts: String = "", steps: String, stall: UInt64? = nil, tlpLog: Bool = false) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "replay-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let scenario = folder.appending(path: "s.json")
    let text = "{\"name\": \"bench\", \(parts)\(parts.isEmpty ? "" : ", ")\"steps\": [\(steps)]}"
    try text.write(to: scenario, atomically: false, encoding: .utf8)
    simulator = try Simulator(scenario: scenario.path(percentEncoded: false))
    if tlpLog { try simulator.writeTLPLog(to: folder.appending(path: "s.log").path(percentEncoded: false)) }
    stimulus = try simulator.makeStimulus(stallSeed: stall)
    #expect(simulator.report.passed)
  }

  /// Both files, as lines.
  func files() throws -> (stimulus: [String], expected: [String]) {
    let stimulusFile = folder.appending(path: "s.stim"), expectedFile = folder.appending(path: "s.exp")
    try stimulus.write(
      stimulus: stimulusFile.path(percentEncoded: false), expected: expectedFile.path(percentEncoded: false))
    func lines(_ file: URL) throws -> [String] {
      try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    return (try lines(stimulusFile), try lines(expectedFile))
  }

  /// What the device sent over its link for the first time, by the TLP log.
  func loggedTLPs() throws -> [TLPLogRecord] {
    var reader = TLPLogReader(Array(try Data(contentsOf: folder.appending(path: "s.log"))))
    var all: [TLPLogRecord] = []
    while let record = try reader.record() {
      if record.link == "link", record.direction == .up, !record.isReplay { all.append(record) }
    }
    return all
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }
}
