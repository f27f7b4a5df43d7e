import Foundation
import Testing

@testable import Scenario

@Suite("Programs in assembly")
struct AssemblyTests {
  private static let step = #"{"load_text": {"program": "p.s"}}"#

  private func program(_ source: String) throws -> [UInt8] {
    try withFolder(["p.s": source]) { folder in
      let found = try actions(AssemblyTests.step, in: folder)
      guard case .loadText(let load) = found[0] else { return [] }
      return load.transfer.bytes
    }
  }

  private func message(_ source: String) throws -> String {
    try withFolder(["p.s": source]) { try refusal("{\"steps\": [\(AssemblyTests.step)]}", in: $0) }
  }

  static let sources = ["r0 = 5\nexit", "mov %r0, 5\nexit", ".globl f\n.type f,@function\nf: r0 = 5\nexit"]

  @Test("become raw slots, in either syntax", arguments: sources)
  func slots(_ source: String) throws {
    #expect(try program(source) == [0xb7, 0, 0, 0, 5, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
  }

  static let refusals = [
    ("r0 = 5\n  exti", ":2:3: 'exti', expected an instruction; did you mean 'exit'?"),
    ("goto +32768", ":1:6: '+32768', expected a distance in slots, -32768...32767"),
  ]

  @Test("are refused with line and column of the source", arguments: refusals)
  func refused(_ source: String, _ says: String) throws {
    #expect(try message(source) == "s.json:1:38: $.steps[0].load_text.program: found \"p.s\"" + says)
  }
}
