/// clang's syntax of loads, stores and atomics.
extension LineParser {
  /// A base register and an offset.
  struct Address {
    let base: UInt8
    let offset: Int16
  }

  /// Field `sz` of a load or store, in its place (RFC 9669 section 5).
  enum Size: UInt8, CaseIterable {
    case word = 0x00, half = 0x08, byte = 0x10, double = 0x18

    var bits: Int {
      switch self {
      case .byte: 8
      case .half: 16
      case .word: 32
      case .double: 64
      }
    }
  }

  /// Field `mode`, in its place.
  enum Mode {
    static let absolute: UInt8 = 0x20
    static let indirect: UInt8 = 0x40
    static let memory: UInt8 = 0x60
    static let signed: UInt8 = 0x80
  }

  /// What `*(u8 *)` says.
  private struct Access {
    let size: Size
    let isSigned: Bool
  }

  /// `(r10 - 4)`, `[%r10-4]`, or `(r1 + 0,` at the head of arguments.
  mutating func address(_ opening: String, _ closing: String) throws(AssemblyError) -> Address {
    try expect(opening)
    let base = try register(isNarrow: false)
    let offset = try offset()
    try expect(closing)
    return Address(base: base, offset: offset)
  }

  /// `(u8 *)`; of a register's low half there are no more than 32 bits.
  private mutating func pointer(signed: Bool = false, _ sizes: [Size]) throws(AssemblyError) -> Access {
    try expect("(")
    let unsigned = sizes.map { (name: "u\($0.bits)", access: Access(size: $0, isSigned: false)) }
    // There is no sign-extending load of 64 bits.
    let extending = sizes.filter { $0 != .double }.map {
      (name: "s\($0.bits)", access: Access(size: $0, isSigned: true))
    }
    let types = signed ? unsigned + extending : unsigned
    guard let type = types.first(where: { current.isWord($0.name) }) else {
      throw unexpected("a type: " + types.map(\.name).joined(separator: ", "))
    }
    next()
    try expect("*", ")")
    return type.access
  }

  private static let allSizes: [Size] = [.byte, .half, .word, .double]
  private static let narrowSizes: [Size] = [.byte, .half, .word]

  mutating func load(_ destination: Register) throws(AssemblyError) -> Parsed {
    try expect("*")
    let isNarrow = destination.isNarrow
    let access = try pointer(signed: !isNarrow, isNarrow ? Self.narrowSizes : Self.allSizes)
    if current.isWord("skb") { return try packet(destination, access) }
    let address = try address("(", ")")
    let mode = access.isSigned ? Mode.signed : Mode.memory
    return Parsed(
      Instruction(
        opcode: mode | access.size.rawValue | InstructionClass.ldx.rawValue, dst: destination.number,
        src: address.base, offset: address.offset))
  }

  /// The legacy packet loads, `skb[14]` and `skb[r2 + 4]`: always into r0 (RFC 9669 section 5.5).
  private mutating func packet(_ destination: Register, _ access: Access) throws(AssemblyError) -> Parsed {
    guard destination == Register(number: 0, isNarrow: false), !access.isSigned, access.size != .double else {
      throw unexpected("an address (packets are loaded into r0, as u8, u16 or u32)")
    }
    next()
    try expect("[")
    var opcode = Mode.absolute | access.size.rawValue
    var source: UInt8 = 0
    var offset: Int32 = 0
    if isAtNumber {
      offset = try immediate()
    } else {
      opcode = Mode.indirect | access.size.rawValue
      source = try register(isNarrow: false)
      if !current.isSymbol("]") { offset = try immediate() }
    }
    try expect("]")
    return Parsed(Instruction(opcode: opcode, src: source, imm: offset))
  }

  mutating func store() throws(AssemblyError) -> Parsed {
    try expect("*")
    let size = try pointer(Self.allSizes).size
    let address = try address("(", ")")
    try expect("=")
    let opcode = Mode.memory | size.rawValue
    if isAtNumber {
      return Parsed(
        Instruction(
          opcode: opcode | InstructionClass.st.rawValue, dst: address.base, offset: address.offset,
          imm: try immediate()))
    }
    // Only a store of 64 bits needs a whole register.
    let source = size == .double ? try register(isNarrow: false) : try register("a register or an immediate").number
    return Parsed(
      Instruction(
        opcode: opcode | InstructionClass.stx.rawValue, dst: address.base, src: source, offset: address.offset))
  }

  /// `lock *(u64 *)(r1 + 0) += r2`, the first word already read.
  mutating func lockedStore() throws(AssemblyError) -> Parsed {
    try expect("*")
    let isNarrow = try pointer([.word, .double]).size == .word
    let address = try address("(", ")")
    guard let operation = AtomicOperator.all.first(where: { current.isSymbol($0.symbol) }) else {
      throw unexpected("an atomic operation: " + AtomicOperator.all.map(\.symbol).joined(separator: " "))
    }
    next()
    let source = isNarrow ? try register().number : try register(isNarrow: false)
    return atomic(operation.operation, address, source, isNarrow: isNarrow)
  }

  func atomic(_ operation: Int32, _ address: Address, _ source: UInt8, isNarrow: Bool) -> Parsed {
    Parsed(
      Instruction(
        opcode: isNarrow ? Opcode.atomic32 : Opcode.atomic64, dst: address.base, src: source, offset: address.offset,
        imm: operation))
  }

  /// What gives its old value to a register; nil when the next word is something else.
  mutating func fetchingAtomic(_ destination: Register) throws(AssemblyError) -> Parsed? {
    let isNarrow = destination.isNarrow
    let width = isNarrow ? "32_32" : "_64"
    if let operation = AtomicOperator.all.first(where: { current.isWord("atomic_fetch_\($0.name)") }) {
      next()
      try expect("(")
      _ = try pointer([isNarrow ? .word : .double])
      let address = try address("(", ")")
      try expect(",")
      try repeated(destination)
      try expect(")")
      return atomic(operation.operation | AtomicOperation.fetch, address, destination.number, isNarrow: isNarrow)
    }
    if current.isWord("xchg\(width)") {
      next()
      let address = try address("(", ",")
      try repeated(destination)
      try expect(")")
      return atomic(AtomicOperation.exchange, address, destination.number, isNarrow: isNarrow)
    }
    guard current.isWord("cmpxchg\(width)"), destination.number == 0 else { return nil }
    next()
    let address = try address("(", ",")
    try repeated(destination)
    try expect(",")
    let source = try register(isNarrow: isNarrow)
    try expect(")")
    return atomic(AtomicOperation.compareExchange, address, source, isNarrow: isNarrow)
  }
}
