import EBPF
import Foundation
import Stimulus

/// `RTLPrograms FOLDER COUNT SEED FAULTS`: random programs without helper functions. Of 1,000 instructions FAULTS may fault.
///
/// Program n is `n.bin` (raw slots), works on `n.dat`, and is in the scenario `n.json`.
@main struct RTLPrograms {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    let numbers = arguments.dropFirst().compactMap { UInt64($0) }
    guard let path = arguments.first, numbers.count == 3 else {
      FileHandle.standardError.write(Data("usage: RTLPrograms FOLDER COUNT SEED FAULTS\n".utf8))
      exit(2)
    }
    let folder = URL(filePath: path)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for number in 0..<numbers[0] {
      var generator = ProgramGenerator(
        seed: numbers[1] << 20 | number, faultsPerMille: Int(numbers[2]), callsHelpers: false)
      let data = generator.data(), program = Program(generator.program()).textBytes
      try Data(program).write(to: folder.appending(path: "\(number).bin"))
      try Data(data).write(to: folder.appending(path: "\(number).dat"))
      let scenario = """
        {"steps": [
          {"load_data": {"hex": "\(hex(data))"}},
          {"load_text": {"program": {"hex": "\(hex(program))"}}},
          {"run": {}}]}
        """
      try Data(scenario.utf8).write(to: folder.appending(path: "\(number).json"))
    }
  }

  private static func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
}
