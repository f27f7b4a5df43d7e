import EBPF
import Logs
import PCIe

/// A log that a design's test bench wrote, as it is read.
public struct DesignLog<Record: CheckedRecord> {
  /// Why a log cannot be compared.
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// As given, for messages.
  public let path: String
  /// What the places of its records are counted in.
  public let unit: DesignUnit
  private let next: () throws(Failure) -> (record: Record, position: Int)?

  init(path: String, unit: DesignUnit, next: @escaping () throws(Failure) -> (record: Record, position: Int)?) {
    self.path = path
    self.unit = unit
    self.next = next
  }

  /// A log of lines.
  private init(
    path: String, bytes: [UInt8], next: @escaping () throws(LogLineError) -> (record: Record, line: Int)?
  ) {
    let isCutShort = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
    var lastLine = 0
    self.init(path: path, unit: .line) { () throws(Failure) in
      do throws(LogLineError) {
        if let (record, line) = try next() {
          lastLine = line
          return (record, line)
        }
      } catch {
        let hint = error.hasUnknownDigits ? "; x and z are values that nobody drives or resets" : ""
        throw Failure(description: "\(path):\(error)\(hint)")
      }
      guard isCutShort else { return nil }
      throw Failure(
        description:
          "\(path): found no line feed at the end, expected one behind line \(lastLine): the log was cut short")
    }
  }

  /// The next record and its line or cycle; nil at the end.
  /// - Throws: ``Failure`` for a line that is no record, a dump that cannot be read, and at the end of one that was cut
  ///   short: what a last line without its end says may be half of what was written.
  public func record() throws(Failure) -> (record: Record, position: Int)? { try next() }
}

extension DesignLog<CommitRecord> {
  /// - Parameter bytes: the whole log (specs/commit-log.md)
  public init(commits bytes: [UInt8], path: String) {
    var reader = CommitLogReader(bytes)
    self.init(path: path, bytes: bytes) { () throws(LogLineError) in
      guard let record = try reader.record() else { return nil }
      return (record, reader.line)
    }
  }
}

extension DesignLog<TLPLogRecord> {
  /// - Parameter bytes: the whole log, of either form (specs/tlp-log.md)
  public init(tlps bytes: [UInt8], path: String) {
    var reader = TLPLogReader(bytes)
    self.init(path: path, bytes: bytes) { () throws(LogLineError) in
      guard let record = try reader.record() else { return nil }
      return (record, reader.line)
    }
  }
}

extension LogLineError {
  /// Whether a number was expected, and something like `0x00xx` found, as simulators print what they do not know.
  fileprivate var hasUnknownDigits: Bool {
    let word = found.dropFirst().dropLast().split(separator: "=").last ?? ""
    let digits = word.hasPrefix("0x") || word.hasPrefix("0X") ? word.dropFirst(2) : word
    return !digits.isEmpty && digits.allSatisfy { $0.isHexDigit || "xXzZ".contains($0) }
      && digits.contains { "xXzZ".contains($0) }
  }
}
