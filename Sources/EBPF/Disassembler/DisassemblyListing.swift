/// A whole program as text that ``Assembler`` turns into the same slots, with the number and the bytes of each slot
/// as comments.
///
/// Functions are labels by their names, other targets of jumps by `L` and their slot. A name that no label can have
/// is replaced the same way.
public struct DisassemblyListing: Sendable {
  /// One string a line, without line feeds.
  public let lines: [String]

  public var text: String { lines.joined(separator: "\n") }

  public init(_ program: Program) {
    let slots = program.text.map(Instruction.init(word:))
    let tails = Verifier.wideTails(program.text)
    let labels = Self.labels(program, slots, tails)
    let rows = slots.indices.filter { !tails[$0] }.flatMap { Self.rows(at: $0, slots, labels) }
    // Wide enough for nearly every program, so that the comments of two listings are in the same column.
    let width = max(38, rows.map(\.text.count).max() ?? 0)
    let digits = max(4, "\(slots.count)".count)
    lines =
      Self.heading(program)
      + rows.flatMap { row in
        let comment = "; \(padded("\(row.slot)", digits)) \(row.bytes)"
        return (labels[row.slot] ?? []).map { $0 + ":" } + ["  \(padded(row.text, width))  \(comment)"]
      }
  }

  private struct Row {
    let slot: Int
    let text: String
    let words: [UInt64]

    /// As they lie in memory.
    var bytes: String {
      words.flatMap { word in (0..<8).map { twoDigits(UInt8(truncatingIfNeeded: word >> ($0 * 8))) } }
        .joined(separator: " ")
    }
  }

  /// One row, or two for an LDDW that is none: its halves are shown as numbers, as is one without its second half.
  private static func rows(at pc: Int, _ slots: [Instruction], _ labels: [Int: [String]]) -> [Row] {
    let instruction = slots[pc]
    let next = instruction.traits.isWide && slots.indices.contains(pc + 1) ? slots[pc + 1] : nil
    let label = instruction.target(at: pc).flatMap { labels[$0]?.first }
    let text = Disassembler.text(of: instruction, next: next, label: label)
    let all = [instruction] + (next.map { [$0] } ?? [])
    guard instruction.traits.isWide, next == nil || text == Disassembler.raw(instruction) else {
      return [Row(slot: pc, text: text, words: all.map(\.word))]
    }
    return all.indices.map { Row(slot: pc + $0, text: Disassembler.raw(all[$0]), words: [all[$0].word]) }
  }

  /// What the slots do not say: where execution begins, and where the data lies.
  private static func heading(_ program: Program) -> [String] {
    var lines: [String] = []
    if program.entry != 0 { lines.append("; entry: slot \(program.entry)") }
    let parts = [
      ("read-only", 0..<program.writableDataOffset), ("writable", program.writableDataOffset..<program.data.count),
    ]
    for (what, range) in parts where !range.isEmpty {
      let (first, last) = (
        program.dataBase &+ UInt64(range.lowerBound), program.dataBase &+ UInt64(range.upperBound - 1)
      )
      lines.append("; data: \(hex(first))...\(hex(last)), \(range.count) bytes, \(what)")
    }
    return lines
  }

  /// The labels of each slot that has some, the one to refer to first.
  private static func labels(_ program: Program, _ slots: [Instruction], _ tails: [Bool]) -> [Int: [String]] {
    var labels: [Int: [String]] = [:]
    for (name, slot) in program.functions.sorted(by: { $0.key < $1.key })
    where tails.indices.contains(slot) && !tails[slot] && isLabel(name, of: slot) {
      labels[slot, default: []].append(name)
    }
    let functions = program.functions.values
    let targets = slots.indices.filter { !tails[$0] }.compactMap { slots[$0].target(at: $0) }
    for slot in targets + functions where tails.indices.contains(slot) && !tails[slot] && labels[slot] == nil {
      labels[slot] = ["L\(slot)"]
    }
    return labels
  }

  /// Whether the assembler takes the name for a label, and no other slot's `L…` can be meant.
  private static func isLabel(_ name: String, of slot: Int) -> Bool {
    let isWord = name.utf8.allSatisfy(\.isWordByte) && name.utf8.first.map { !$0.isDigit } ?? false
    let isGenerated = name.hasPrefix("L") && name.utf8.dropFirst().allSatisfy(\.isDigit)
    let isKeyword = LineParser.isRegister(Token(kind: .word, text: name, offset: 0))
    return isWord && !isKeyword && (!isGenerated || name == "L\(slot)")
  }
}

extension Instruction {
  /// The slot that a jump or a local call at slot `pc` goes to.
  fileprivate func target(at pc: Int) -> Int? {
    let isLocalCall = traits.isCall && source == 1
    return traits.isBranch || traits.isJump || isLocalCall ? pc + 1 + jumpDistance : nil
  }
}

private func twoDigits(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

private func padded(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
