import Diagnostics

/// One source on its way to slots: reads its lines, then puts the labels' distances in.
struct AssemblyUnit {
  /// A jump or call whose distance is still missing.
  private struct Reference {
    let slot: Int
    let label: Token
  }

  private struct Label {
    let slot: Int
    let token: Token
  }

  private let source: [UInt8]
  private var lexer: Lexer
  private(set) var text: [UInt64] = []
  private var labels: [String: Label] = [:]
  /// Slots of the labels that are numbers, which may be there more than once.
  private var numberedLabels: [String: [Int]] = [:]
  private var references: [Reference] = []
  private var firstExit: Int?
  /// Names that `.globl` and `.type … @function` declare.
  var globals: Set<String> = []
  var functions: Set<String> = []
  /// The section that lines go to.
  var section = Section(name: ".text", isText: true)
  /// The one that holds the code, once there is some.
  private var textSection: Section?

  init(_ source: [UInt8]) {
    self.source = source
    lexer = Lexer(source)
  }

  mutating func assemble() throws(AssemblyError) -> AssembledText {
    while let line = try lexer.line() { try add(line) }
    guard !text.isEmpty else {
      throw AssemblyError(at: source.count, found: "the end of the source", expected: "an instruction")
    }
    try checkEntry()
    for reference in references { try resolve(reference) }
    let slots = labels.mapValues(\.slot)
    let called = Set(references.filter { isCall($0) }.map(\.label.text))
    let named = globals.union(functions).union(called)
    return AssembledText(text: text, labels: slots, functions: slots.filter { named.contains($0.key) })
  }

  // MARK: Lines

  private mutating func add(_ line: Lexer.Line) throws(AssemblyError) {
    var parser = LineParser(line.tokens)
    while parser.following.isSymbol(":") {
      try define(parser.next())
      parser.next()
    }
    if parser.isAtEnd { return }
    let first = parser.current
    if first.kind == .word, first.text.hasPrefix(".") { return try directive(&parser) }
    let parsed = try parser.instruction()
    try enterText(first)
    try checkRemark(line)
    if let label = parsed.label { references.append(Reference(slot: text.count, label: label)) }
    if parsed.instruction.opcode == Opcode.exit, firstExit == nil { firstExit = text.count }
    text.append(parsed.instruction.word)
    if let upper = parsed.upper { text.append(Instruction(opcode: 0, imm: upper).word) }
  }

  /// Content goes to one section with code; more take a linker.
  private mutating func enterText(_ token: Token) throws(AssemblyError) {
    guard section.isText, textSection == nil || textSection == section else { throw .needsObjectFile(token) }
    textSection = section
  }

  mutating func append(raw word: UInt64, _ token: Token) throws(AssemblyError) {
    try enterText(token)
    text.append(word)
  }

  /// clang separates instructions by `;`: one behind it must not get lost as a comment.
  private func checkRemark(_ line: Lexer.Line) throws(AssemblyError) {
    guard let remark = line.remark else { return }
    var lexer = Lexer(source, from: remark)
    guard let tokens = try? lexer.line()?.tokens, let first = tokens.first else { return }
    var parser = LineParser(tokens)
    guard (try? parser.instruction()) != nil else { return }
    throw AssemblyError(
      at: first.offset, found: "an instruction behind ';'", expected: "a line of its own for it (';' begins a comment)")
  }

  // MARK: Labels

  private mutating func define(_ token: Token) throws(AssemblyError) {
    let isNumber = token.kind == .number && token.text.utf8.allSatisfy(\.isDigit)
    guard isNumber || (token.kind == .word && !LineParser.isRegister(token) && !token.text.hasPrefix("%")) else {
      throw AssemblyError(at: token.offset, found: token.shown, expected: "a label or an instruction")
    }
    try enterText(token)
    if isNumber {
      numberedLabels[token.text, default: []].append(text.count)
    } else if labels.updateValue(Label(slot: text.count, token: token), forKey: token.text) != nil {
      throw AssemblyError(.badLabel, at: token.offset, found: "label \(token.shown) again", expected: "a new name")
    }
  }

  /// Raw slots begin to run at the first, objects at their first global function: where that is another slot, only an
  /// object says what is meant.
  private func checkEntry() throws(AssemblyError) {
    let entries = globals.intersection(functions).compactMap { labels[$0] }
    guard let entry = entries.min(by: { $0.slot < $1.slot }), entry.slot > 0 else { return }
    throw .needsObjectFile(entry.token)
  }

  private func isCall(_ reference: Reference) -> Bool {
    Instruction(word: text[reference.slot]).opcode == Opcode.call
  }

  private mutating func resolve(_ reference: Reference) throws(AssemblyError) {
    let instruction = Instruction(word: text[reference.slot])
    let distance = try slot(of: reference) - reference.slot - 1
    let isLong = instruction.opcode == Opcode.ja32 || instruction.opcode == Opcode.call
    let range = isLong ? LineParser.distances : LineParser.offsets
    guard range.contains(LineParser.Number(distance)) else {
      throw AssemblyError(
        .outOfRange, at: reference.label.offset, found: "\(reference.label.shown) at a distance of \(distance) slots",
        expected: "a distance of \(range.lowerBound)...\(range.upperBound) (gotol reaches further)")
    }
    text[reference.slot] =
      Instruction(
        opcode: instruction.opcode, dst: instruction.destination, src: instruction.source,
        offset: isLong ? 0 : Int16(truncatingIfNeeded: distance),
        imm: isLong ? Int32(truncatingIfNeeded: distance) : instruction.immediate
      ).word
  }

  private func slot(of reference: Reference) throws(AssemblyError) -> Int {
    let token = reference.label
    guard token.kind == .number else {
      if let label = labels[token.text] { return label.slot }
      // The conformance tests jump to the first exit by this name.
      if token.text == "exit", let firstExit { return firstExit }
      throw AssemblyError(
        .badLabel, at: token.offset, found: "\(token.shown), which is nowhere", expected: "a label of this source",
        hint: Spelling.nearest(to: token.text, in: labels.keys.sorted()))
    }
    return try numberedSlot(of: reference)
  }

  /// `1b` is the last label `1:` up to the instruction, `1f` the first one behind it.
  private func numberedSlot(of reference: Reference) throws(AssemblyError) -> Int {
    let (number, isAhead) = (String(reference.label.text.dropLast()), reference.label.text.hasSuffix("f"))
    let slots = numberedLabels[number] ?? []
    let index = slots.count(before: reference.slot + 1) - (isAhead ? 0 : 1)
    guard slots.indices.contains(index) else {
      throw AssemblyError(
        .badLabel, at: reference.label.offset, found: reference.label.shown,
        expected: "a label '\(number):' \(isAhead ? "below" : "above")")
    }
    return slots[index]
  }
}

extension [Int] {
  /// How many of the ascending elements are less than `bound`.
  fileprivate func count(before bound: Int) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
