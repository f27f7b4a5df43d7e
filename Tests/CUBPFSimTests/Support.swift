import CUBPFSim
import CUBPFSimHeader
import EBPF
import Foundation

/// A model behind the C interface, as a test bench has it.
final class Bench {
  private(set) var handle: OpaquePointer?
  private(set) var refusal = ""

  init(program: [UInt8], data: [UInt8] = [], version: UInt32 = UInt32(UBPFSIM_ABI_VERSION)) {
    var message = [CChar](repeating: 1, count: 300)
    let status = ubpfsim_open_program(
      version, program, program.count, data, data.count, &handle, &message, message.count)
    refusal = status == UBPFSIM_OK ? "" : Bench.text(message)
  }

  init(scenario path: String) {
    var message = [CChar](repeating: 1, count: 300)
    let status = ubpfsim_open_scenario(UInt32(UBPFSIM_ABI_VERSION), path, &handle, &message, message.count)
    refusal = status == UBPFSIM_OK ? "" : Bench.text(message)
  }

  deinit { ubpfsim_close(handle) }

  /// What stands before the NUL.
  static func text(_ characters: [CChar]) -> String {
    String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The next instruction; nil at the end.
  func step() -> ubpfsim_commit? {
    var commit = ubpfsim_commit()
    return ubpfsim_step(handle, &commit) == UBPFSIM_OK ? commit : nil
  }

  func check(_ commit: ubpfsim_commit, _ rules: ubpfsim_commit_rules? = nil) -> ubpfsim_status {
    withUnsafePointer(to: commit) { commit in
      guard let rules else { return ubpfsim_check_commit(handle, commit, nil) }
      return withUnsafePointer(to: rules) { ubpfsim_check_commit(handle, commit, $0) }
    }
  }

  var message: String {
    var text = [CChar](repeating: 1, count: 300)
    _ = ubpfsim_message(handle, &text, text.count, nil)
    return Bench.text(text)
  }

  var differences: [String] {
    var count: UInt64 = 0
    _ = ubpfsim_counts(handle, nil, nil, &count)
    return (0..<count).map { index in
      var needed = 0
      _ = ubpfsim_difference(handle, index, nil, 0, &needed)
      var text = [CChar](repeating: 1, count: needed)
      _ = ubpfsim_difference(handle, index, &text, needed, nil)
      return Bench.text(text)
    }
  }
}

func usualRules() -> ubpfsim_commit_rules {
  var rules = ubpfsim_commit_rules()
  ubpfsim_default_rules(&rules)
  return rules
}

func bytes(_ program: [Instruction]) -> [UInt8] { Program(program).textBytes }

/// A folder that goes away with the test.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "cubpfsim-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A scenario that loads and runs `program`.
  func scenario(_ program: [UInt8], data: [UInt8] = [], runs: Int = 1) throws -> String {
    func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
    let load = data.isEmpty ? "" : #"{"load_data": {"hex": "\#(hex(data))"}}, "#
    let run = [String](repeating: #"{"run": {}}"#, count: runs).joined(separator: ", ")
    let text = #"{"steps": [\#(load){"load_text": {"program": {"hex": "\#(hex(program))"}}}, \#(run)]}"#
    let file = path + "/s.json"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}
