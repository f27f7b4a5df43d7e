import Logs

// The line of a record in a commit log, as specs/commit-log.md describes it.
extension CommitRecord {
  /// The record as a line of a commit log, without its line feed.
  public var line: String {
    var text: [UInt8] = []
    write(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the line of the record, without its line feed.
  public func write(to text: inout [UInt8]) {
    text.append("core")
    text.append(decimal: UInt64(core))
    text.append(" run")
    text.append(decimal: UInt64(run))
    text.append(" #")
    text.append(decimal: order)
    text.append(" pc=0x")
    text.append(hex: UInt64(pc), digits: 4)
    text.append(" insn=0x")
    text.append(hex: instruction, digits: 16)
    writeEffects(to: &text)
    text.append(" ; c=")
    text.append(decimal: cycle)
    text.append(" t=")
    text.append(decimal: time)
    text.append("ps")
  }

  /// Appends the fault, the register writes and the accesses, a blank before each.
  package func writeEffects(to text: inout [UInt8]) {
    if let fault {
      text.append(" fault=")
      text.append(contentsOf: fault.utf8)
    }
    for write in writes {
      text.append(" r")
      text.append(decimal: UInt64(write.register))
      text.append("=0x")
      text.append(hex: write.value)
    }
    for access in accesses {
      text.append(access.kind == .load ? " ld" : " st")
      text.append(decimal: UInt64(access.size))
      text.append(" 0x")
      text.append(hex: access.address)
      text.append("=0x")
      text.append(hex: access.value)
    }
  }
}

extension CommitRecord {
  /// Reads one line of a commit log. A line without timing gives cycle 0 and time 0, where nothing can retire.
  /// - Parameter number: of the line in its log, for errors
  /// - Throws: `LogLineError`, which says in which line and column, what was found and what was expected
  public init(line: String, number: Int = 1) throws(LogLineError) {
    var parser = CommitLineParser(Array(line.utf8)[...], line: number)
    self = try parser.record()
  }
}
