import Logs
import SimKernel

/// Writes a line for each TLP that a link transmits, in the order in which transmissions start (specs/tlp-log.md).
public final class TLPLogWriter: LinkObserver {
  private let file: LogFile
  private let form: TLPLogForm
  private let links: [String]
  /// Sorted. Another link may yet tell of one that starts before them.
  private var pending: [LinkTransmission] = []

  /// Replaces the file at `path`; one that ends in `.jsonl` gets JSON lines.
  /// - Parameters:
  ///   - scenario: its name, for the head of the log
  ///   - links: their names by index: a letter, then letters, digits, `.`, `_`, `-`, `[` and `]`
  public init(path: String, scenario: String, links: [String]) throws(LogError) {
    precondition(links.allSatisfy { TLPLogRecord.isWord($0.utf8) }, "a link has a name that a log cannot hold")
    file = try LogFile(path: path, what: "TLP log")
    form = TLPLogForm(path: path)
    self.links = links
    super.init()
    writeHead(scenario)
  }

  private func writeHead(_ scenario: String) {
    let form = form
    file.append { text in
      if form == .jsonLines {
        text.append("{\"log\":\"ubpf-sim TLP log\",\"version\":1,\"scenario\":")
        text.append(json: scenario)
        text.append("}\n")
      } else {
        text.append("# ubpf-sim TLP log 1\n# ")
        text.append(contentsOf: scenario.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 })
        text.append("\n")
      }
    }
  }

  public override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    var place = pending.endIndex
    while place > 0, transmission.isBefore(pending[place - 1]) { place -= 1 }
    pending.insert(transmission, at: place)
    write(before: now)
  }

  /// Writes what is left and ends the file. Call after the run.
  /// - Throws: the first error of the file's life
  public func close() throws(LogError) {
    write(before: nil)
    try file.close()
  }

  deinit { try? close() }

  /// Writes what starts before `time`, or everything.
  private func write(before time: Picoseconds?) {
    var count = 0
    while count < pending.count, time.map({ pending[count].start < $0 }) ?? true {
      let record = TLPLogRecord(pending[count], link: links[pending[count].link])
      file.append { text in
        record.write(form, to: &text)
        text.append("\n")
      }
      count += 1
    }
    pending.removeFirst(count)
  }
}

extension LinkTransmission {
  /// Links that start at the same time stand in the order of their index, `down` before `up`.
  fileprivate func isBefore(_ other: LinkTransmission) -> Bool {
    if start != other.start { return start < other.start }
    if link != other.link { return link < other.link }
    return direction.rawValue < other.direction.rawValue
  }
}
