import Device
import EBPF
import Testing

@testable import Scenario

@Suite("Helper functions of a device")
struct HelperTests {
  private func helpers(_ entries: String) throws -> [HelperSpec] {
    try read(#"{"device": {"helpers": [\#(entries)]}, "steps": []}"#).spec.device.helpers
  }

  @Test("without a word, uBPF's test helpers at a cycle each")
  func standard() throws {
    let expected = ["gather_bytes", "memfrob", "trash_registers", "sqrti", "strcmp_ext", "unwind"]
    for helpers in [try read(#"{"steps": []}"#).spec.device.helpers, try helpers("")] {
      #expect(helpers.map(\.name) == expected)
      #expect(helpers.map(\.number) == [0, 1, 2, 3, 4, 5])
      #expect(helpers.allSatisfy { $0.cycles == 1 })
    }
  }

  @Test("an entry adds a function, or takes the place of the one with its number")
  func added() throws {
    let helpers = try helpers(
      #"{"number": 28, "function": "checksum", "cycles": 9}, {"number": "0x2", "name": "pop", "function": "popcount"}"#)
    #expect(helpers.map(\.number) == [0, 1, 2, 3, 4, 5, 28])
    #expect(helpers[2] == HelperSpec(number: 2, name: "pop", function: .library("popcount"), cycles: 1))
    #expect(helpers[6] == HelperSpec(number: 28, name: "checksum", function: .library("checksum"), cycles: 9))
  }

  @Test("a program may be the function")
  func program() throws {
    let code = "bf 10 00 00 00 00 00 00 95 00 00 00 00 00 00 00"
    let helpers = try helpers(#"{"number": 9, "program": {"hex": "\#(code)"}}"#)
    let identity = Program([Instruction(opcode: 0xbf, src: 1), Instruction(opcode: Opcode.exit)])
    guard case .program(let program) = helpers[6].function else {
      Issue.record("no program")
      return
    }
    #expect(program.text == identity.text)
    #expect(helpers[6].name == "helper9")
  }

  @Test("programs are checked against the functions that the device has")
  func calls() throws {
    func load(_ helpers: String) throws -> ScenarioDocument {
      let code = "85 00 00 00 1c 00 00 00 95 00 00 00 00 00 00 00"
      return try read(
        #"{"device": {"helpers": [\#(helpers)]}, "steps": [{"load_text": {"program": {"hex": "\#(code)"}}}]}"#,
        checkProgram: System.checkProgram)
    }
    #expect(try load(#"{"number": 28, "function": "checksum"}"#).steps.count == 1)
    let error = #expect(throws: ScenarioError.self) { try load("") }
    #expect(error?.description.contains("call to nonexistent helper 28") == true)
  }

  static let refusals: [(entries: String, message: String)] = [
    (#"{"function": "checksum"}"#, #"found only function, expected the key "number""#),
    (#"{"number": 1}"#, "found neither, expected exactly one of function, program"),
    (
      #"{"number": 1, "function": "crc32", "program": {"hex": "95"}}"#,
      "found both, expected exactly one of function, program"
    ),
    (#"{"number": 7, "function": "crc32", "entry": "f"}"#, #"expected no "entry" beside "function""#),
    (#"{"number": -1, "function": "crc32"}"#, "found -1, expected"),
    (#"{"number": 2147483648, "function": "crc32"}"#, "expected"),
    (#"{"number": 7, "function": "crc3"}"#, #"did you mean "crc32"?"#),
    (#"{"number": 7, "function": "crc32", "cycles": 0}"#, "found 0, expected"),
    (
      #"{"number": 7, "function": "crc32"}, {"number": 7, "function": "memset"}"#,
      "found number 7 twice, expected helper functions with different numbers"
    ),
    (#"{"number": 7, "function": "memfrob"}"#, #"found the name "memfrob" twice"#),
    (#"{"number": 7, "function": "crc32", "speed": 1}"#, "unknown"),
    (#"{"number": 7, "program": {"hex": "00 00 00 00 00 00 00 00"}}"#, "expected a loadable program"),
    (
      #"{"number": 7, "program": {"hex": "85 00 00 00 03 00 00 00 95 00 00 00 00 00 00 00"}}"#,
      "call to nonexistent helper 3"
    ),
    ("7", "expected an object of helper function keys"),
  ]

  @Test("what is wrong is refused with its place", arguments: refusals.indices)
  func refused(_ index: Int) {
    let (entries, message) = Self.refusals[index]
    let error = #expect(throws: ScenarioError.self) { try helpers(entries) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("$.device.helpers") == true)
  }
}
