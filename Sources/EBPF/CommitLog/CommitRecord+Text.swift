import Logs

// The line of an instruction in a commit log, as specs/commit-log.md describes it.
extension CommitRecord {
  /// The record as a line of a commit log, without its line feed.
  public var line: String {
    var text: [UInt8] = []
    text.append("core")
    text.append(decimal: UInt64(core))
    text.append(run: run, order: order, pc: pc, instruction: instruction)
    writeEffects(to: &text)
    text.append(cycle: cycle, time: time)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the fault, the register writes and the accesses, a blank before each.
  package func writeEffects(to text: inout [UInt8]) {
    text.append(fault: fault, writes: writes.span, accesses: accesses.span)
  }
}

extension Commit {
  /// Appends its line as one of core 0, without its line feed.
  /// - Parameter fault: why the instruction ended the run instead
  package func writeLine(fault: String?, to text: inout [UInt8]) {
    text.append("core0")
    text.append(run: run, order: order, pc: pc, instruction: instruction)
    text.append(
      fault: fault, writes: writes.span.extracting(first: writeCount),
      accesses: accesses.span.extracting(first: accessCount))
    text.append(cycle: cycle, time: time)
  }
}

extension [UInt8] {
  fileprivate mutating func append(run: Int, order: UInt64, pc: Int, instruction: UInt64) {
    append(" run")
    append(decimal: UInt64(run))
    append(" #")
    append(decimal: order)
    append(" pc=0x")
    append(hex: UInt64(pc), digits: 4)
    append(" insn=0x")
    append(hex: instruction, digits: 16)
  }

  fileprivate mutating func append(
    fault: String?, writes: Span<CommitRecord.RegisterWrite>, accesses: Span<CommitRecord.MemoryAccess>
  ) {
    if let fault {
      append(" fault=")
      append(contentsOf: fault.utf8)
    }
    for index in writes.indices {
      append(" r")
      append(decimal: UInt64(writes[index].register))
      append("=0x")
      append(hex: writes[index].value)
    }
    for index in accesses.indices {
      append(accesses[index].kind == .load ? " ld" : " st")
      append(decimal: UInt64(accesses[index].size))
      append(" 0x")
      append(hex: accesses[index].address)
      append("=0x")
      append(hex: accesses[index].value)
    }
  }

  fileprivate mutating func append(cycle: UInt64, time: UInt64) {
    append(" ; c=")
    append(decimal: cycle)
    append(" t=")
    append(decimal: time)
    append("ps")
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
