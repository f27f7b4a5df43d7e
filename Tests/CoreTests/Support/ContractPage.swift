import EBPF
import Foundation
import Testing

@testable import Device

/// The timing contract of a core under specs/: its charts are the text blocks that follow the lines `Chart: name`.
struct ContractPage: Sendable {
  private let file: URL
  private static let lock = NSLock()

  init(_ name: String) { file = SpecPage.file("\(name).md") }

  func text() throws -> String { try String(contentsOf: file, encoding: .utf8) }

  func charts() throws -> [String] {
    try text().split(separator: "\n").filter { $0.hasPrefix("Chart: ") }.map { String($0.dropFirst(7)) }
  }

  /// Whether the page has this chart of that name; with UPDATE_SPECS it gets it.
  func compare(_ chart: String, as name: String) throws -> Bool {
    try ContractPage.lock.withLock {
      let parts = try text().components(separatedBy: "Chart: \(name)\n```text\n")
      guard parts.count == 2, let end = parts[1].range(of: "```") else { return false }
      guard ProcessInfo.processInfo.environment["UPDATE_SPECS"] != nil else {
        return parts[1][..<end.lowerBound] == chart + "\n"
      }
      let page = parts[0] + "Chart: \(name)\n```text\n" + chart + "\n" + parts[1][end.lowerBound...]
      try page.write(to: file, atomically: true, encoding: .utf8)
      return true
    }
  }
}

extension ContractPage {
  /// A run of `program` looks as the page's chart of that name says.
  func expectChart(of program: [Instruction], _ spec: CoreSpec, as name: String) throws {
    let bench = CoreBench(spec), chart = PipelineChart(of: program)
    bench.load(program, data: [])
    let outcome = bench.run(watching: chart)
    #expect(outcome.fault == CoreFault.none)
    #expect(!chart.hasOverlap)
    #expect(try compare(chart.text, as: name))
  }

  /// The page has a row for each cause, explains its letter, and names each parameter, those that all cores share too.
  func expectNames(_ causes: [Bubble], _ fields: [String]) throws {
    let page = try text()
    for cause in causes {
      #expect(page.contains("| `\(cause.reportName)` |"))
      #expect(page.contains("`\(PipelineChart.letter(cause))` \(cause.reportName)"))
    }
    for field in fields + MachineSpec.fields.map(\.name) { #expect(page.contains("`\(field)`")) }
  }
}
