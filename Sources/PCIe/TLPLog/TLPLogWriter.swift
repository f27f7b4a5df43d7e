import Logs
import SimKernel

/// Writes a line for each TLP that a link transmits, in the order in which transmissions start (specs/tlp-log.md).
public final class TLPLogWriter: LinkObserver {
  private let file: LogFile
  private let form: TLPLogForm
  private let links: [String]
  private let slack: Picoseconds
  /// Sorted; another transmission may still come before them.
  private var pending: [LinkTransmission] = []

  /// Replaces the file at `path`; one that ends in `.jsonl` gets JSON lines.
  /// - Parameters:
  ///   - scenario: its name, for the head of the log
  ///   - links: their names by index: a letter, then letters, digits, `.`, `_`, `-`, `[` and `]`
  ///   - slack: how much earlier than one it told of a link may tell of another: the period of the links' clock
  public init(path: String, scenario: String, links: [String], slack: Picoseconds) throws(LogError) {
    precondition(links.allSatisfy { TLPLogRecord.isWord($0.utf8) }, "a link has a name that a log cannot hold")
    file = try LogFile(path: path, what: "TLP log")
    form = TLPLogForm(path: path)
    self.links = links
    self.slack = slack
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

  public override func transmitted(_ transmission: LinkTransmission) {
    var place = pending.endIndex
    while place > 0, transmission.isBefore(pending[place - 1]) { place -= 1 }
    pending.insert(transmission, at: place)
    // Only what starts less than the slack before this one can still be told of.
    write { $0.start &+ slack <= transmission.start }
  }

  /// Writes what is left and ends the file. Call after the run.
  /// - Throws: the first error of the file's life
  public func close() throws(LogError) {
    write { _ in true }
    try file.close()
  }

  deinit { try? close() }

  /// Writes the first of `pending`, up to one of which something may come before it.
  private func write(while isComplete: (LinkTransmission) -> Bool) {
    var count = 0
    while count < pending.count, isComplete(pending[count]) {
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
