typealias Registers = UnsafeMutablePointer<UInt64>

extension FunctionalEngine {
  /// The loop. One dispatch per instruction is what makes it fast: each frequent opcode has its line, and names the
  /// opcode as a constant so that only its arm of ``ALU`` or ``Branch`` remains there. What is rare is in functions
  /// of its own, which do not press on the registers of the loop.
  ///
  /// Stops with `budget` when `end` instructions have retired.
  func execute(
    _ code: UnsafePointer<DecodedInstruction>, _ r: Registers, _ stack: MemoryRegion, _ state: inout MachineState,
    until end: UInt64
  ) -> Stop {
    var memory = MemoryMap(stack: stack, others: regions)
    var pc = (0..<program.text.count).contains(state.pc) ? state.pc : program.text.count
    var count = state.retired
    defer { (state.pc, state.retired) = (pc, count) }
    while true {
      let i = code[pc]
      if count == end { return .budget }
      let d = Int(i.destination)
      let s = Int(i.source)
      let a = r[d]
      let b = i.hasRegisterOperand ? r[s] : i.constant
      var isInBounds = true
      var nextPC = pc &+ 1
      switch i.opcode {
      case 0x61: isInBounds = memory.load(UInt32.self, i.address(r[s]), into: &r[d])
      case 0x69: isInBounds = memory.load(UInt16.self, i.address(r[s]), into: &r[d])
      case 0x71: isInBounds = memory.load(UInt8.self, i.address(r[s]), into: &r[d])
      case 0x79: isInBounds = memory.load(UInt64.self, i.address(r[s]), into: &r[d])
      case 0x81: isInBounds = memory.load(Int32.self, i.address(r[s]), into: &r[d])
      case 0x89: isInBounds = memory.load(Int16.self, i.address(r[s]), into: &r[d])
      case 0x91: isInBounds = memory.load(Int8.self, i.address(r[s]), into: &r[d])
      case 0x62, 0x63: isInBounds = memory.store(UInt32.self, i.address(a), b)
      case 0x6a, 0x6b: isInBounds = memory.store(UInt16.self, i.address(a), b)
      case 0x72, 0x73: isInBounds = memory.store(UInt8.self, i.address(a), b)
      case 0x7a, 0x7b: isInBounds = memory.store(UInt64.self, i.address(a), b)
      case 0x07, 0x0f: r[d] = i.arithmetic(0x07, a, b)
      case 0x17, 0x1f: r[d] = i.arithmetic(0x17, a, b)
      case 0x27, 0x2f: r[d] = i.arithmetic(0x27, a, b)
      case 0x47, 0x4f: r[d] = i.arithmetic(0x47, a, b)
      case 0x57, 0x5f: r[d] = i.arithmetic(0x57, a, b)
      case 0x67, 0x6f: r[d] = i.arithmetic(0x67, a, b)
      case 0x77, 0x7f: r[d] = i.arithmetic(0x77, a, b)
      case 0xa7, 0xaf: r[d] = i.arithmetic(0xa7, a, b)
      case 0xb7: r[d] = i.arithmetic(0xb7, a, b)
      case 0xbf: r[d] = i.arithmetic(0xbf, a, b)
      case 0xc7, 0xcf: r[d] = i.arithmetic(0xc7, a, b)
      case 0x04, 0x0c: r[d] = i.arithmetic(0x04, a, b)
      case 0x14, 0x1c: r[d] = i.arithmetic(0x14, a, b)
      case 0x44, 0x4c: r[d] = i.arithmetic(0x44, a, b)
      case 0x54, 0x5c: r[d] = i.arithmetic(0x54, a, b)
      case 0x64, 0x6c: r[d] = i.arithmetic(0x64, a, b)
      case 0x74, 0x7c: r[d] = i.arithmetic(0x74, a, b)
      case 0xa4, 0xac: r[d] = i.arithmetic(0xa4, a, b)
      case 0xb4: r[d] = i.arithmetic(0xb4, a, b)
      case 0xbc: r[d] = i.arithmetic(0xbc, a, b)
      case Opcode.lddw:
        r[d] = i.constant
        nextPC = pc &+ 2
      case Opcode.ja, Opcode.ja32: nextPC = i.target
      case 0x15, 0x1d: if Branch.isTaken(opcode: 0x15, a, b) { nextPC = i.target }
      case 0x25, 0x2d: if Branch.isTaken(opcode: 0x25, a, b) { nextPC = i.target }
      case 0x35, 0x3d: if Branch.isTaken(opcode: 0x35, a, b) { nextPC = i.target }
      case 0x45, 0x4d: if Branch.isTaken(opcode: 0x45, a, b) { nextPC = i.target }
      case 0x55, 0x5d: if Branch.isTaken(opcode: 0x55, a, b) { nextPC = i.target }
      case 0x65, 0x6d: if Branch.isTaken(opcode: 0x65, a, b) { nextPC = i.target }
      case 0x75, 0x7d: if Branch.isTaken(opcode: 0x75, a, b) { nextPC = i.target }
      case 0xa5, 0xad: if Branch.isTaken(opcode: 0xa5, a, b) { nextPC = i.target }
      case 0xb5, 0xbd: if Branch.isTaken(opcode: 0xb5, a, b) { nextPC = i.target }
      case 0xc5, 0xcd: if Branch.isTaken(opcode: 0xc5, a, b) { nextPC = i.target }
      case 0xd5, 0xdd: if Branch.isTaken(opcode: 0xd5, a, b) { nextPC = i.target }
      case 0x16, 0x1e: if Branch.isTaken(opcode: 0x16, a, b) { nextPC = i.target }
      case 0x26, 0x2e: if Branch.isTaken(opcode: 0x26, a, b) { nextPC = i.target }
      case 0x36, 0x3e: if Branch.isTaken(opcode: 0x36, a, b) { nextPC = i.target }
      case 0x46, 0x4e: if Branch.isTaken(opcode: 0x46, a, b) { nextPC = i.target }
      case 0x56, 0x5e: if Branch.isTaken(opcode: 0x56, a, b) { nextPC = i.target }
      case 0x66, 0x6e: if Branch.isTaken(opcode: 0x66, a, b) { nextPC = i.target }
      case 0x76, 0x7e: if Branch.isTaken(opcode: 0x76, a, b) { nextPC = i.target }
      case 0xa6, 0xae: if Branch.isTaken(opcode: 0xa6, a, b) { nextPC = i.target }
      case 0xb6, 0xbe: if Branch.isTaken(opcode: 0xb6, a, b) { nextPC = i.target }
      case 0xc6, 0xce: if Branch.isTaken(opcode: 0xc6, a, b) { nextPC = i.target }
      case 0xd6, 0xde: if Branch.isTaken(opcode: 0xd6, a, b) { nextPC = i.target }
      case Opcode.call, Opcode.callx, Opcode.exit, Opcode.atomic32, Opcode.atomic64, DecodedInstruction.invalid,
        DecodedInstruction.endOfText, DecodedInstruction.breakpoint:
        switch control(i, pc, r, &memory, &state.frames) {
        case .next: break
        case .jump(let target): nextPC = target
        case .stop(let stop):
          if case .exit = stop { count &+= 1 }
          return stop
        }
      default:  // division, negation, sign extension, byte swaps
        r[d] = i.arithmetic(i.opcode, a, b)
      }
      if !isInBounds { return .fault(i.outOfBounds(pc, r)) }
      pc = nextPC
      count &+= 1
    }
  }
}

extension DecodedInstruction {
  /// Base register plus offset, modulo 2^64.
  @inline(__always)
  func address(_ base: UInt64) -> UInt64 { base &+ UInt64(truncatingIfNeeded: offset) }

  /// The slot that a jump or local call leads to.
  @inline(__always)
  var target: Int { Int(offset) }

  @inline(__always)
  func arithmetic(_ opcode: UInt8, _ a: UInt64, _ b: UInt64) -> UInt64 {
    ALU.result(
      opcode: opcode, offset: Int16(truncatingIfNeeded: offset), immediate: Int32(truncatingIfNeeded: constant),
      destination: a, operand: b)
  }

  /// The fault of this load or store: neither has changed a register yet.
  func outOfBounds(_ pc: Int, _ r: Registers) -> Fault {
    let traits = OpcodeTraits.table[Int(opcode)]
    let base = r[Int(traits.isLoad ? source : destination)]
    return Fault(
      traits.isLoad ? .loadOutOfBounds : .storeOutOfBounds, pc: pc, address: address(base), size: traits.accessSize)
  }
}
