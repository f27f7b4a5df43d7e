import EBPF
import Foundation
import PCIe
import Testing

@testable import Scenario

/// The repository (or package) that holds these tests.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// Reads a scenario text as if it stood in `s.json`.
func read(
  _ text: String, in directory: String = "/nonexistent",
  checkProgram: @escaping ([UInt8], HelperTable) throws -> Void = { _, _ in }
) throws(ScenarioError) -> ScenarioDocument {
  try ScenarioDocument.parse(Array(text.utf8), file: "s.json", directory: directory, checkProgram: checkProgram)
}

/// The actions of a scenario that has only these steps.
func actions(_ steps: String, in directory: String = "/nonexistent") throws -> [Step.Action] {
  try read("{\"steps\": [\(steps)]}", in: directory).steps.map(\.action)
}

/// What the reader says about a text that it must refuse.
func refusal(
  _ text: String, in directory: String = "/nonexistent",
  checkProgram: @escaping ([UInt8], HelperTable) throws -> Void = { _, _ in }
) throws -> String {
  let error = #expect(throws: ScenarioError.self) { try read(text, in: directory, checkProgram: checkProgram) }
  return try #require(error).description
}

/// A folder with files in it, removed after `body`, which gets its path with a slash at the end.
@discardableResult
func withFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "scenario-\(UUID().uuidString)", directoryHint: .isDirectory)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  for (name, text) in files { try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8) }
  return try body(folder.path(percentEncoded: false))
}

/// A refused text and the one line that says why.
struct Refusal: Sendable, CustomTestStringConvertible {
  let text: String
  let message: String

  init(_ text: String, _ message: String) {
    self.text = text
    self.message = "s.json:" + message
  }

  var testDescription: String { text }
}

/// Runs a scenario of these steps in the system that `parts` describes, to its end.
func simulate(_ parts: String = "", steps: String) throws -> System {
  let text = "{\(parts)\(parts.isEmpty ? "" : ", ")\"steps\": [\(steps)]}"
  let document = try read(text, checkProgram: System.checkProgram)
  let system = System(document.spec, steps: document.steps)
  #expect(system.simulation.run() == .stopped)
  return system
}

/// Like `simulate`, and every expectation of the scenario has to be met.
func pass(_ parts: String = "", steps: String) throws -> System {
  let system = try simulate(parts, steps: steps)
  #expect(system.driver.failures == [])
  return system
}

extension System {
  /// TLPs that went over the link of that name in a direction, replays counted.
  func packets(_ link: String, _ direction: LinkDirection) -> UInt64 {
    links.first { $0.name == link }!.link.end(direction).packets
  }

  /// What the steps of a kind recorded, in their order.
  func records(_ kind: String) -> [StepRecord] { driver.records.filter { $0.kind == kind } }
}

/// The bytes of "fill" with the default pattern.
func counter(_ count: Int) -> [UInt8] { FillPattern.counter.bytes(count, seed: 0, name: "") }
