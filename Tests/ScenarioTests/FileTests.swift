import EBPF
import Foundation
import Testing

@testable import Scenario

@Suite("Files and programs")
struct FileTests {
  private static func load(
    _ path: String, checkProgram: @escaping ([UInt8], HelperTable) throws -> Void = { _, _ in }
  ) throws(ScenarioError) -> ScenarioDocument {
    try ScenarioDocument.load(path: path, checkProgram: checkProgram)
  }

  @Test("file names are relative to the scenario, and its name is the default name")
  func relative() throws {
    try withFolder(["demo.v1.json": #"{"steps": [{"load_data": {"file": "x.dat"}}]}"#, "x.dat": "ab"]) { folder in
      let document = try FileTests.load(folder + "demo.v1.json")
      #expect(document.name == "demo.v1")
      guard case .loadData(let load) = document.steps[0].action else {
        Issue.record("\(document.steps)")
        return
      }
      #expect(load.name == "x.dat" && load.transfer.bytes == [97, 98])
    }
  }

  @Test("scenarios that are none, are folders, or cannot be read")
  func unreadable() throws {
    try withFolder(["empty.json": ""]) { folder in
      let expected = [
        ("none.json", ": found No such file or directory, expected a scenario file"),
        ("", ": found a directory, expected a scenario file"),
        ("empty.json", ":1:1: found the end of the text, expected a JSON value"),
      ]
      for (name, message) in expected {
        let error = #expect(throws: ScenarioError.self) { try FileTests.load(folder + name) }
        #expect(error?.description == folder + name + message)
      }
    }
    let error = #expect(throws: ScenarioError.self) { try FileTests.load("/dev/zero") }
    #expect(error?.description == "/dev/zero: found a pipe or device, expected a scenario file")
  }

  @Test("bytes that are not UTF-8 are placed")
  func encoding() {
    let error = #expect(throws: ScenarioError.self) {
      try ScenarioDocument.parse(Array("{\n\"é\": \"".utf8) + [0xff], file: "s.json", directory: ".") { _, _ in }
    }
    #expect(error?.description == "s.json:2:7: found a byte that is not UTF-8, expected JSON text in UTF-8")
  }

  @Test("a byte order mark and every escape are read")
  func texts() throws {
    let text = "\u{feff}" + #"{"name": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00", "steps": []}"#
    #expect(try read(text).name == "\"\\/\u{8}\u{c}\n\r\té😀")
  }

  @Test("nesting stops at the limit")
  func nesting() throws {
    let text = String(repeating: "[", count: 100_000)
    #expect(try refusal(text) == "s.json:1:65: found a value nested 65 deep, expected at most 64 levels")
  }

  @Test("object and raw programs are taken as they are")
  func objects() throws {
    try withFolder(["p.o": "ELF", "p.bin": "raw"]) { folder in
      for name in ["p.o", "p.bin"] {
        let found = try actions("{\"load_text\": {\"program\": \"\(name)\"}}", in: folder)
        guard case .loadText(let load) = found[0] else {
          Issue.record("\(found)")
          return
        }
        #expect(load.name == name && load.transfer.bytes.count == 3)
      }
    }
  }

  @Test("an image larger than TEXT is refused")
  func tooLong() throws {
    try withFolder(["p.bin": String(repeating: "x", count: 0xfff01)]) { folder in
      let message = try refusal(#"{"steps": [{"load_text": {"program": "p.bin"}}]}"#, in: folder)
      #expect(
        message == "s.json:1:38: $.steps[0].load_text.program: found \"p.bin\" of 1048321 bytes, "
          + "expected at most 1048320 bytes, for TEXT")
    }
  }

  @Test("a program that cannot be loaded is refused, unless it is a later piece or the check is off")
  func checks() throws {
    struct Unloadable: Error, CustomStringConvertible { let description = "line one\nline two" }
    let check: ([UInt8], HelperTable) throws -> Void = { _, _ in throw Unloadable() }
    func text(_ options: String) -> String {
      "{\"steps\": [{\"load_text\": {\"program\": {\"hex\": \"95\"}\(options)}}]}"
    }
    #expect(
      try refusal(text(""), checkProgram: check)
        == "s.json:1:38: $.steps[0].load_text.program: found an object: line one\\nline two, "
        + "expected a loadable program")
    #expect(try read(text(", \"check\": false"), checkProgram: check).steps.count == 1)
    #expect(try read(text(", \"offset\": 8"), checkProgram: check).steps.count == 1)
    #expect(throws: ScenarioError.self) { try read(text(", \"offset\": 8, \"check\": true"), checkProgram: check) }
  }

  @Test("a total of payload is refused before memory runs out")
  func total() throws {
    let step = #"{"load_data": {"fill": {"bytes": "${i + 1}MiB", "pattern": "zero"}}}"#
    let steps = "[{\"repeat\": {\"count\": 64, \"steps\": [\(step)]}}]"
    let message = try refusal("{\"host\": {\"memory_size\": \"4GiB\"}, \"steps\": \(steps)}")
    #expect(message.contains("bytes of payload, expected at most 1073741824 bytes in all"))
  }
}
