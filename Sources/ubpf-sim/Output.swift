import Device
import Glibc
import SimKernel
import UBPFSim

/// Where the command's words go.
enum Output {
  static func printError(_ text: String) { writeError(text + "\n") }

  /// Straight to the descriptor: `stderr` is a mutable global, which Swift 6 does not let anybody share.
  private static func writeError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard written > 0 else { return }
      bytes = bytes.dropFirst(written)
    }
  }

  /// One line on standard error, then the end.
  static func fail(_ message: String, status: Int32) -> Never {
    printError("ubpf-sim: \(message)")
    Glibc.exit(status)
  }

  /// Shows progress on a terminal; nil in a pipe.
  static var progressLine: ((Simulator.Progress) -> Void)? {
    guard isatty(STDERR_FILENO) != 0 else { return nil }
    return { progress in
      let rate = (progress.coreCyclesPerSecond / 1e6).rounded()
      writeError("\r\u{1b}[K\(progress.simulated.readable) simulated, \(Int(rate)) M core cycles/s")
    }
  }

  /// Whatever comes next on the terminal begins on a clean line.
  static func eraseProgress() {
    if isatty(STDERR_FILENO) != 0 { writeError("\r\u{1b}[K") }
  }

  /// What was asked for, on standard output; if it gets lost, that is no success.
  static func printText(_ text: String) {
    print(text)
    guard fflush(nil) == 0 else {
      fail("cannot write to standard output: \(String(cString: strerror(errno)))", status: 2)
    }
  }

  /// Fails before anything runs when one of `outputs` cannot be written, or would replace one before it or of `others`.
  static func check(_ outputs: [(what: String, path: String?)], beside others: [(what: String, path: String?)]) throws {
    var taken = others
    for case (let what, let path?) in outputs {
      try checkDistinct(path, as: what, from: taken)
      try checkWritable(path, as: what)
      taken.append((what, path))
    }
  }

  /// Fails when `path` is one of the files that it must not replace, under whatever name.
  static func checkDistinct(_ path: String, as what: String, from others: [(what: String, path: String?)])
    throws
  {
    let file = canonical(path)
    for case (let other, let otherPath?) in others where canonical(otherPath) == file {
      throw OutputError(what: what, path: path, reason: "it is the \(other)")
    }
  }

  /// Absolute, links followed; the file itself need not exist.
  private static func canonical(_ path: String) -> String {
    func resolved(_ path: String) -> String? {
      guard let real = realpath(path, nil) else { return nil }
      defer { free(real) }
      return String(cString: real)
    }
    if let real = resolved(path) { return real }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "."
    return (resolved(folder) ?? folder) + "/" + (slash.map { path[path.index(after: $0)...] } ?? path[...])
  }

  /// Fails before anything runs when `path` cannot be written; creates nothing that was not there.
  static func checkWritable(_ path: String, as what: String) throws {
    let existed = access(path, F_OK) == 0
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
    guard descriptor >= 0 else { throw OutputError(what: what, path: path, reason: String(cString: strerror(errno))) }
    close(descriptor)
    if !existed { unlink(path) }
  }

  static func write(_ bytes: [UInt8], to path: String, as what: String) {
    guard let file = fopen(path, "w") else {
      fail("cannot write \(what) '\(path)': \(String(cString: strerror(errno)))", status: 2)
    }
    let complete = fwrite(bytes, 1, bytes.count, file) == bytes.count
    guard fclose(file) == 0 && complete else {
      fail("cannot write \(what) '\(path)': \(String(cString: strerror(errno)))", status: 2)
    }
  }
}

/// An output file that cannot be written.
struct OutputError: Error, CustomStringConvertible {
  let what: String
  let path: String
  let reason: String
  var description: String { "cannot write \(what) '\(path)': \(reason)" }
}

/// DUMP_MEM as the device's log shows it.
enum HexDump {
  static func text(of dump: MemoryDump) -> String {
    "DUMP_MEM at \(dump.time.readable)\n.text (\(dump.text.count) bytes)\n\(lines(dump.text))\n"
      + ".data (\(dump.data.count) bytes)\n\(lines(dump.data))"
  }

  /// Sixteen bytes a line: offset, hexadecimal, ASCII.
  private static func lines(_ bytes: [UInt8]) -> String {
    stride(from: 0, to: bytes.count, by: 16).map { start in
      let row = bytes[start..<min(start + 16, bytes.count)]
      let hex = row.map { padded(Int($0), 2) }.joined(separator: " ")
      let ascii = String(String.UnicodeScalarView(row.map { (32..<127).contains($0) ? Unicode.Scalar($0) : "." }))
      return "\(padded(start, 6))  \(hex)\(String(repeating: "   ", count: 16 - row.count))  \(ascii)"
    }.joined(separator: "\n")
  }

  static func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
