import EBPF
import TestSupport
import Testing

/// What the disassembler writes is what the assembler reads.
@Suite("Assembler and disassembler are inverse") struct RoundTripTests {
  typealias I = Instruction

  /// One instruction of each encoding of RFC 9669 sections 4 and 5: opcode, and what of the other fields selects it.
  static let encodings: [I] =
    arithmetic + jumps + loadsAndStores + atomics
    + [I(opcode: 0x8d)] + [0x20, 0x28, 0x30, 0x40, 0x48, 0x50].map { I(opcode: $0) }
    + (0...6).map { I(opcode: Opcode.lddw, src: $0) } + (0...2).map { I(opcode: Opcode.call, src: $0) }
    + [.exit, I(opcode: Opcode.ja), I(opcode: Opcode.ja32)]

  private static let arithmetic: [I] = [UInt8(4), 7].flatMap { group -> [I] in
    let binary: [UInt8] = [0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x90, 0xa0, 0xb0, 0xc0]
    let plain = binary.flatMap { [I(opcode: $0 | group), I(opcode: $0 | 8 | group)] }
    let signed: [I] = [0x30, 0x38, 0x90, 0x98].map { I(opcode: $0 | group, offset: 1) }
    let extensions: [I] = (group == 4 ? [8, 16] : [8, 16, 32]).map { I(opcode: 0xb8 | group, offset: $0) }
    let swaps: [I] = (group == 4 ? [0xd4, 0xdc] : [0xd7]).flatMap { opcode in
      [16, 32, 64].map { I(opcode: opcode, imm: $0) }
    }
    return plain + signed + extensions + swaps + [I(opcode: 0x80 | group)]
  }

  private static let jumps: [I] = [UInt8(5), 6].flatMap { group in
    ([0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0xb0, 0xc0, 0xd0] as [UInt8]).flatMap {
      [I(opcode: $0 | group), I(opcode: $0 | 8 | group)]
    }
  }

  private static let loadsAndStores: [I] =
    ([0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b] as [UInt8])
    .map { I(opcode: $0) }

  private static let atomics: [I] = [Opcode.atomic32, Opcode.atomic64].flatMap { opcode in
    ([0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1] as [Int32]).map { I(opcode: opcode, imm: $0) }
  }

  @Test("there are as many encodings as the specification has, and the six legacy ones and CALLX")
  func count() { #expect(Set(Self.encodings).count == 171) }

  @Test("every encoding, with random operands")
  func instructions() throws {
    var random = SeededRandom(state: 11)
    for encoding in Self.encodings {
      for _ in 0..<60 {
        let slots = Self.filled(encoding, &random)
        let text = Disassembler.text(of: slots[0], next: slots.count > 1 ? slots[1] : nil)
        #expect(!text.hasPrefix("."), "seed 11: \(slots[0])")
        #expect(try Assembler.assemble(text).text == slots.map(\.word), "seed 11: \(text)")
      }
    }
  }

  @Test(
    "listings of the conformance programs",
    .enabled(if: !ConformanceCorpus.vectors.isEmpty, Comment(rawValue: ConformanceCorpus.missing)))
  func conformancePrograms() throws {
    for vector in ConformanceCorpus.vectors {
      let program = try ProgramLoader.load(vector.programBytes)
      let listing = DisassemblyListing(program).text
      #expect(try Assembler.assemble(listing).text == program.text, "\(vector.name)")
      #expect(!listing.contains(".8byte"), "\(vector.name)")
    }
  }

  @Test("listings of whole programs, legal or not")
  func listings() throws {
    var random = SeededRandom(state: 12)
    for round in 0..<1500 {
      var text: [UInt64] = []
      for _ in 0..<random.below(30) + 1 {
        // Some words are anything, some are an LDDW without its end.
        if random.below(12) == 0 { text.append(random.next() & ~0xff | UInt64(random.pick([0x18, 0xff, 0x05, 0x85]))) }
        text += Self.filled(random.pick(Self.encodings), &random, near: true).map(\.word)
      }
      var program = Program(text: text)
      for _ in 0..<random.below(4) {
        program.functions[random.pick(["main", "L3", "r1", "exit", "a b", ".x", "L04"])] = random.below(text.count + 2)
      }
      let listing = DisassemblyListing(program).text
      let found = Result { try Assembler.assemble(listing).text }
      #expect(try found.get() == text, "seed 12, round \(round):\n\(listing)")
    }
  }

  /// The encoding with random operands in the fields that it leaves open, and its second slot if it has one.
  static func filled(_ encoding: I, _ random: inout SeededRandom, near: Bool = false) -> [I] {
    let opcode = encoding.opcode
    let traits = encoding.traits
    let isPacket = [0x20, 0x28, 0x30, 0x40, 0x48, 0x50].contains(opcode)
    let hasDestination = traits.readsDestination || traits.writesDestination || opcode == Opcode.callx
    let hasSource = traits.readsSource || [0x40, 0x48, 0x50].contains(opcode)
    let hasOffset = traits.isBranch || traits.isMemoryAccess || opcode == Opcode.ja
    let isSwap = [0xd4, 0xdc, 0xd7].contains(opcode)
    let hasImmediate = (traits.usesImmediate && !isSwap) || isPacket || [Opcode.ja32, Opcode.call].contains(opcode)
    let distance = Int16(random.below(12)) - 6
    let offset = near ? distance : Int16(truncatingIfNeeded: random.next())
    var immediate = near ? Int32(distance) : Int32(truncatingIfNeeded: random.next())
    if opcode == Opcode.call, encoding.source != 1 { immediate &= .max }
    let limit = traits.writesDestination || (traits.isAtomic && encoding.immediate & 1 == 1) ? 10 : 11
    let first = I(
      opcode: opcode, dst: hasDestination ? UInt8(random.below(limit)) : 0,
      src: hasSource ? UInt8(random.below(10)) : encoding.source, offset: hasOffset ? offset : encoding.offset,
      imm: hasImmediate ? immediate : encoding.immediate)
    return opcode == Opcode.lddw ? [first, I(opcode: 0, imm: Int32(truncatingIfNeeded: random.next()))] : [first]
  }
}
