/// Directives: those that carry no bytes, and raw slots. All others are beyond this assembler.
extension AssemblyUnit {
  struct Section: Equatable {
    var name: String
    var isText: Bool
  }

  /// Without effect on the bytes of a text.
  private static let ignored: Set<String> = [
    ".size", ".file", ".ident", ".addrsig", ".addrsig_sym", ".hidden", ".local", ".internal", ".protected",
  ]

  mutating func directive(_ parser: inout LineParser) throws(AssemblyError) {
    let token = parser.next()
    switch token.text {
    case ".text":
      try parser.expectEnd()
      section = Section(name: ".text", isText: true)
    case ".section": try enterSection(&parser)
    case ".globl", ".global", ".weak": declareGlobals(&parser)
    case ".type": declareType(&parser)
    case ".p2align", ".align", ".balign": return try align(token, &parser)
    case ".8byte": return try rawSlots(token, &parser)
    case _ where Self.ignored.contains(token.text) || token.text.hasPrefix(".cfi_"): return
    default: throw .needsObjectFile(token)
    }
  }

  /// `.section name, "flags", …`: code is what has the flag x, or a name that begins with .text.
  private mutating func enterSection(_ parser: inout LineParser) throws(AssemblyError) {
    if parser.isAtEnd { throw parser.unexpected("the name of a section") }
    var name = ""
    while !parser.isAtEnd, !parser.current.isSymbol(",") { name += parser.next().text }
    let flags = parser.accept(",") ? parser.next().text : ""
    section = Section(name: name, isText: flags.contains("x") || name == ".text" || name.hasPrefix(".text."))
  }

  private mutating func declareGlobals(_ parser: inout LineParser) {
    while !parser.isAtEnd {
      let token = parser.next()
      if token.kind == .word { globals.insert(token.text) }
    }
  }

  /// `.type name,@function`
  private mutating func declareType(_ parser: inout LineParser) {
    let name = parser.next()
    _ = parser.accept(",")
    let kinds = ["@function", "%function", "STT_FUNC", "function"]
    if kinds.contains(parser.current.text) { functions.insert(name.text) }
  }

  /// Slots are aligned to 8 bytes anyhow; more would take padding.
  private func align(_ token: Token, _ parser: inout LineParser) throws(AssemblyError) {
    let isPower = token.text == ".p2align"
    let alignment = try parser.number("an alignment", in: isPower ? 0...12 : 0...4096)
    let bytes = isPower ? 1 << Int(alignment) : Int(alignment)
    guard bytes <= 8 || (text.count * 8).isMultiple(of: bytes) else { throw .needsObjectFile(token) }
  }

  /// `.8byte 0x…, …`: whole slots, legal or not.
  private mutating func rawSlots(_ token: Token, _ parser: inout LineParser) throws(AssemblyError) {
    guard parser.isAtNumber || parser.isAtEnd else { throw .needsObjectFile(parser.current) }
    repeat {
      let word = try parser.number("a slot", in: LineParser.wideImmediates)
      try append(raw: UInt64(truncatingIfNeeded: word), token)
    } while parser.accept(",")
    try parser.expectEnd()
  }
}
