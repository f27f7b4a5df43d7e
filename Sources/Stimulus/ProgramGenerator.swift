import EBPF

/// Random legal programs that end: every ALU operation, load, store, atomic, branch, bounded loop and nested local call.
///
/// r0 to r7 hold anything, r8 counts loops, r9 points to the data; r1 holds that address at the start.
public struct ProgramGenerator {
  /// Bytes of data that a program works on.
  public static let dataBytes = 128

  private var random: SeededRandom
  /// Of 1,000 instructions, how many may fault.
  private let faults: Int
  private let callsHelpers: Bool

  /// - Parameter callsHelpers: whether the machine has the helper functions 0, 2 and 3
  public init(seed: UInt64, faultsPerMille: Int = 0, callsHelpers: Bool = true) {
    random = SeededRandom(state: seed)
    faults = faultsPerMille
    self.callsHelpers = callsHelpers
  }

  /// A slot, or a local call whose target is known only when all functions are laid out.
  private enum Slot {
    case fixed(Instruction)
    case call(function: Int)
    /// Half of the LDDW of a function's address.
    case address(function: Int, register: UInt8, half: Int)
  }

  public mutating func data() -> [UInt8] {
    (0..<ProgramGenerator.dataBytes).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  public mutating func program() -> [Instruction] {
    let functions = 4
    var texts: [[Slot]] = []
    for number in 0..<functions {
      let prologue = number == 0 ? start() : []
      texts.append(prologue + block(of: number, functions, nesting: 0) + [.fixed(.exit)])
    }
    let starts = texts.reduce(into: [0]) { $0.append($0.last! + $1.count) }
    return texts.flatMap { $0 }.enumerated().map { pc, slot in
      switch slot {
      case .fixed(let instruction): instruction
      case .call(let function): .call(Int32(starts[function] - pc - 1))
      case .address(let function, let register, let half):
        wide(register, CodeAddress.address(ofSlot: starts[function]))[half]
      }
    }
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  private mutating func pick<T>(_ choices: [T]) -> T { choices.randomElement(using: &random)! }

  private mutating func constant() -> UInt64 {
    let edges: [UInt64] = [0, 1, .max, 1 << 31, 1 << 32, 1 << 63, 0x7fff_ffff, 0x8000_0000_0000_0001]
    return number(0...2) == 0 ? pick(edges) : random.next()
  }

  private mutating func immediate() -> Int32 {
    number(0...2) == 0 ? pick([0, 1, -1, .min, .max, 2]) : Int32(truncatingIfNeeded: random.next())
  }

  private mutating func start() -> [Slot] {
    var slots: [Slot] = [.fixed(.copy(9, from: 1))]
    for register in UInt8(0)...8 where register != 2 { slots += wide(register, constant()).map(Slot.fixed) }
    return slots
  }

  /// Some pieces of code of function `function`, which may call those after it.
  private mutating func block(of function: Int, _ functions: Int, nesting: Int) -> [Slot] {
    var slots: [Slot] = []
    for _ in 0..<number(2...(nesting == 0 ? 9 : 4)) {
      switch number(0...21) {
      case 0...7: slots.append(.fixed(arithmetic()))
      case 8...11: slots += access()
      case 12: slots += atomic()
      case 13: slots += wide(UInt8(number(0...7)), constant()).map(Slot.fixed)
      case 14...16 where nesting < 2: slots += forward(block(of: function, functions, nesting: nesting + 1))
      case 17 where nesting == 0: slots += loop(block(of: function, functions, nesting: 1))
      case 18 where function + 1 < functions: slots.append(.call(function: number(function + 1...functions - 1)))
      // gather_bytes, trash_registers, sqrti: they take any arguments.
      case 19 where callsHelpers: slots.append(.fixed(.callHelper(pick([0, 2, 3]))))
      case 20 where callsHelpers || function + 1 < functions: slots += indirectCall(of: function, functions)
      default: slots += copies()
      }
      if number(0...999) < faults { slots.append(.fixed(faulty())) }
    }
    return slots
  }

  private static let opcodes = (0...255).map(UInt8.init).filter { OpcodeTraits.table[Int($0)].isValid }
  private static let alu = opcodes.filter { OpcodeTraits.table[Int($0)].isALU }
  private static let branches = opcodes.filter { OpcodeTraits.table[Int($0)].isBranch }
  private static let accesses = opcodes.filter {
    OpcodeTraits.table[Int($0)].isLoad || OpcodeTraits.table[Int($0)].isStore
  }

  private mutating func arithmetic() -> Instruction {
    let opcode = pick(ProgramGenerator.alu), traits = OpcodeTraits.table[Int(opcode)]
    let widths: [Int16] =
      opcode == 0xbc ? [0, 8, 16] : opcode == 0xbf ? [0, 8, 16, 32] : traits.isDivide ? [0, 1] : [0]
    let swaps = [0xd4, 0xdc, 0xd7].contains(opcode)
    return Instruction(
      opcode: opcode, dst: UInt8(number(0...7)), src: traits.readsSource ? UInt8(number(0...10)) : 0,
      offset: pick(widths), imm: swaps ? pick([16, 32, 64]) : traits.usesImmediate ? immediate() : 0)
  }

  /// A base register with an offset that leaves room for 8 bytes, and the code that makes it.
  private mutating func place() -> (code: [Slot], base: UInt8, offset: Int16) {
    switch number(0...2) {
    case 0: return ([], 9, Int16(number(0...ProgramGenerator.dataBytes - 8)))
    case 1: return ([], 10, Int16(number(-64 ... -8)))
    default:
      let base = UInt8(number(0...7))
      let mask = Instruction(opcode: 0x57, dst: base, imm: 0x3f)
      return (
        [.fixed(mask), .fixed(.add(base, register: 9))], base, Int16(number(0...ProgramGenerator.dataBytes - 72))
      )
    }
  }

  private mutating func access() -> [Slot] {
    let opcode = pick(ProgramGenerator.accesses), traits = OpcodeTraits.table[Int(opcode)]
    let place = place()
    let instruction =
      traits.isLoad
      ? Instruction(opcode: opcode, dst: UInt8(number(0...7)), src: place.base, offset: place.offset)
      : Instruction(
        opcode: opcode, dst: place.base, src: traits.readsSource ? UInt8(number(0...10)) : 0, offset: place.offset,
        imm: traits.usesImmediate ? immediate() : 0)
    return place.code + [.fixed(instruction)]
  }

  private mutating func atomic() -> [Slot] {
    let operation = pick([0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1] as [Int32])
    let size = pick([4, 8]), onStack = number(0...1) == 0
    let offset = Int16(size * number(0...ProgramGenerator.dataBytes / 16 - 1)) - (onStack ? 64 : 0)
    return [.fixed(.atomic(size, operation, at: onStack ? 10 : 9, offset, register: UInt8(number(0...7))))]
  }

  /// A forward branch of any kind, or a jump, around `body`.
  private mutating func forward(_ body: [Slot]) -> [Slot] {
    let distance = body.count
    if number(0...7) == 0 {
      return [.fixed(number(0...1) == 0 ? .jump(Int16(distance)) : .jumpWide(Int32(distance)))] + body
    }
    let opcode = pick(ProgramGenerator.branches), traits = OpcodeTraits.table[Int(opcode)]
    let dst = UInt8(number(0...10)), src = traits.readsSource ? UInt8(number(0...10)) : 0
    let imm = traits.usesImmediate ? immediate() : 0
    let branch = Instruction(opcode: opcode, dst: dst, src: src, offset: Int16(distance), imm: imm)
    // Operands that are equal, which chance would hardly make.
    guard dst <= 7, number(0...9) == 0 else { return [.fixed(branch)] + body }
    let equal = traits.readsSource ? Instruction.copy(dst, from: src) : .move(dst, imm)
    return [.fixed(equal), .fixed(branch)] + body
  }

  /// `body` one to four times, closed by a backward branch or, tested at the top, by a backward jump.
  private mutating func loop(_ body: [Slot]) -> [Slot] {
    let start = Slot.fixed(.move(8, Int32(number(1...4))))
    let count = Slot.fixed(.add(8, -1)), length = body.count
    switch number(0...2) {
    case 0: return [start] + body + [count, .fixed(.jumpUnlessEqual(8, 0, -Int16(length) - 2))]
    case 1: return [start] + body + [count, .fixed(.jumpIfEqual(8, 0, 1)), .fixed(.jump(-Int16(length) - 3))]
    default:
      let back = Slot.fixed(.jumpWide(-Int32(length) - 3))
      return [start, count, .fixed(.jumpIfEqual(8, 0, Int16(length) + 1))] + body + [back]
    }
  }

  private mutating func copies() -> [Slot] {
    (0..<number(1...3)).map { _ in .fixed(.copy(UInt8(number(0...7)), from: UInt8(number(0...10)))) }
  }

  /// CALLX of a function after this one, or of sqrti.
  private mutating func indirectCall(of function: Int, _ functions: Int) -> [Slot] {
    let register = UInt8(number(0...7)), call = Slot.fixed(Instruction(opcode: Opcode.callx, dst: register))
    guard function + 1 < functions else { return [.fixed(.move(register, 3)), call] }
    let callee = number(function + 1...functions - 1)
    return (0...1).map { .address(function: callee, register: register, half: $0) } + [call]
  }

  /// An instruction that always faults when it is reached.
  private mutating func faulty() -> Instruction {
    let register = UInt8(number(0...7)), end = Int16(ProgramGenerator.dataBytes)
    switch number(0...6) {
    case 0: return .load(pick([1, 2, 4, 8]), register, at: 9, end)
    case 1: return .store(pick([1, 2, 4, 8]), at: 9, end, register: register)
    case 2: return .atomic(8, AtomicOperation.add, at: 9, end, register: register)
    case 3: return .atomic(8, AtomicOperation.exchange, at: 9, 4, register: register)
    case 4: return .store(8, at: 10, 0, 7)
    case 5: return .load(2, register, at: 9, -1)
    // r10 holds neither a code address nor the number of a helper.
    default: return Instruction(opcode: Opcode.callx, dst: 10)
    }
  }
}
