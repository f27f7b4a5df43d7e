import Scenario

/// The file that a sub-command works on.
enum InputFile {
  /// Its bytes; ends the command when it cannot be read.
  static func read(_ path: String, expected: String, limit: Int = 64 << 20) -> [UInt8] {
    do throws(FileReader.Failure) {
      return try FileReader.read(path, limit: limit)
    } catch {
      Output.fail("\(path): found \(error.description), expected \(expected)", status: 2)
    }
  }
}
