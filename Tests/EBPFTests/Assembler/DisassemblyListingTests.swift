import EBPF
import Testing

@Suite("Disassembly listing") struct DisassemblyListingTests {
  typealias I = Instruction

  @Test("labels, aligned columns, and the slots' numbers and bytes")
  func columns() {
    let instructions: [I] =
      [.move(0, 0), I(opcode: 0x15, dst: 1, offset: 3)] + I.wide(2, 0x1_2345_6789) + [.callLocal(1), .exit, .exit]
    var program = Program(instructions)
    program.functions = ["entry": 0, "leaf": 6]
    #expect(
      DisassemblyListing(program).text == """
        entry:
          r0 = 0                                  ; 0    b7 00 00 00 00 00 00 00
          if r1 == 0 goto L5                      ; 1    15 01 03 00 00 00 00 00
          r2 = 0x123456789 ll                     ; 2    18 02 00 00 89 67 45 23 00 00 00 00 01 00 00 00
          call leaf                               ; 4    85 10 00 00 01 00 00 00
        L5:
          exit                                    ; 5    95 00 00 00 00 00 00 00
        leaf:
          exit                                    ; 6    95 00 00 00 00 00 00 00
        """)
  }

  @Test("slots that are no instruction, targets that are none, and an LDDW cut short")
  func illegal() throws {
    let words = [0xff, I(opcode: 0x05, offset: 9).word, I(opcode: 0x05, offset: 1).word] + I.wide(10, 5).map(\.word)
    let program = Program(text: words + [I(opcode: Opcode.lddw, imm: 5).word])
    let listing = DisassemblyListing(program)
    #expect(
      listing.lines.map { $0.prefix { $0 != ";" }.trimmingSuffix(while: \.isWhitespace) } == [
        "  .8byte 0xff", "  goto +9", "  goto +1", "  .8byte 0x500000a18", "  .8byte 0x0", "  .8byte 0x500000018",
      ])
    #expect(try Assembler.assemble(listing.text).text == program.text)
  }

  @Test("names that no label can have, or that mean another slot, are replaced")
  func names() throws {
    var program = Program([.callLocal(1), .callLocal(1), .callLocal(1), .callLocal(1), .exit])
    program.functions = ["L4": 2, "r3": 3, "two words": 4, "fine.name$1": 2, "9": 1, "": 1]
    let listing = DisassemblyListing(program)
    #expect(listing.lines.filter { !$0.hasPrefix(" ") } == ["L1:", "fine.name$1:", "L3:", "L4:"])
    #expect(try Assembler.assemble(listing.text).text == program.text)
  }

  @Test("what the slots do not say is a comment: the entry, and where the data lies")
  func heading() {
    let program = Program(
      text: [I.exit.word, I.exit.word], entry: 1, data: [UInt8](repeating: 0, count: 20), dataBase: 0x1000,
      writableDataOffset: 16)
    #expect(
      DisassemblyListing(program).lines.prefix(3) == [
        "; entry: slot 1", "; data: 0x1000...0x100f, 16 bytes, read-only", "; data: 0x1010...0x1013, 4 bytes, writable",
      ])
  }
}

extension Substring {
  fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> String {
    String(self[..<(lastIndex { !matches($0) }.map(index(after:)) ?? startIndex)])
  }
}
