import Coverage
import Foundation
import RandomScenarios
import Scenario
import Testing

@testable import UBPFSim

@Suite("random scenarios")
struct ScenarioGeneratorTests {
  private func simulator(_ text: String, _ name: String) throws -> Simulator {
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "\(name).json", directory: ".", checkProgram: System.checkProgram)
    return Simulator(document) { _ in }
  }

  @Test("the same options give the same text, others another", arguments: ScenarioGenerator.Profile.allCases)
  func determinism(profile: ScenarioGenerator.Profile) {
    let generator = ScenarioGenerator(seed: 5, profile: profile)
    #expect(generator.scenario(3) == ScenarioGenerator(seed: 5, profile: profile).scenario(3))
    let others = [
      generator.scenario(4), ScenarioGenerator(seed: 6, profile: profile).scenario(3),
      ScenarioGenerator(seed: 5, profile: profile, length: .long).scenario(3),
    ]
    #expect(Set(others + [generator.scenario(3)]).count == 4)
  }

  @Test("they pass, and hit most bins together", arguments: ScenarioGenerator.Profile.allCases)
  func passing(profile: ScenarioGenerator.Profile) throws {
    let generator = ScenarioGenerator(seed: 1, profile: profile)
    var coverage = Coverage()
    for number in 0..<30 {
      let simulator = try simulator(generator.scenario(number), generator.name(number))
      simulator.observeCoverage()
      try simulator.run()
      #expect(simulator.report.passed, "\(generator.name(number)): \(simulator.report.failures)")
      coverage.merge(try #require(simulator.coverage))
    }
    #expect(coverage.scenarios == 30)
    #expect(coverage.percent > 50, "\(coverage.text)")
  }

  @Test("long ones do more, and pass")
  func long() throws {
    let generator = ScenarioGenerator(seed: 2, profile: .system, length: .long)
    let long = try simulator(generator.scenario(0), "long")
    let short = try simulator(ScenarioGenerator(seed: 2, profile: .system).scenario(0), "short")
    #expect(long.document.steps.count > 2 * short.document.steps.count)
    try long.run()
    #expect(long.report.passed, "\(long.report.failures)")
  }

  @Test("preset and core are those that were asked for")
  func choices() throws {
    let generator = ScenarioGenerator(seed: 3, profile: .device, preset: "gen5x2", core: "deep8")
    let spec = try simulator(generator.scenario(0), "choices").document.spec.device
    #expect(spec.link.lanes == 2 && spec.link.rate == 32_000_000_000)
    #expect(spec.core.microarchitecture.name == "deep8")
  }

  /// Each kind of expectation, wrong by one bit.
  @Test("expectations can fail", arguments: [#""ret": "0x"#, #""r0": "0x"#, #""expect": "0x"#, #""hex": ""#])
  func mutation(key: String) throws {
    let generator = ScenarioGenerator(seed: 1, profile: .device)
    let step = key.contains("hex") ? "expect_memory" : "{"
    let texts = (0..<30).map(generator.scenario)
    let text = try #require(
      texts.first { $0.split(separator: "\n").contains { $0.contains(step) && $0.contains(key) } })
    var lines = text.split(separator: "\n").map(String.init)
    let line = try #require(lines.firstIndex { $0.contains(step) && $0.contains(key) })
    let place = try #require(lines[line].range(of: key)).upperBound
    let digit = try #require(lines[line][place].hexDigitValue)
    lines[line].replaceSubrange(place...place, with: String(digit ^ 1, radix: 16))
    let simulator = try simulator(lines.joined(separator: "\n"), "mutation")
    try simulator.run()
    #expect(!simulator.report.passed)
  }
}
