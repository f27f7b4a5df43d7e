import PCIe
import Testing

@Suite("2.2.5 Byte enables") struct ByteEnablesTests {
  @Test func matchABytewiseCount() {
    for offset in 0..<4 {
      for length in 1...20 {
        let touched = (offset..<offset + length)
        let lengthDW = (offset + length + 3) / 4
        func enables(dword: Int) -> UInt8 {
          (0..<4).reduce(0) { $0 | (touched.contains(dword * 4 + $1) ? 1 << UInt8($1) : 0) }
        }
        let found = ByteEnables.of(address: UInt64(0x100 + offset), length: length)
        #expect(found.first == enables(dword: 0))
        #expect(found.last == (lengthDW == 1 ? 0 : enables(dword: lengthDW - 1)))
        #expect(ByteEnables.lengthDW(address: UInt64(offset), length: length) == lengthDW)
        #expect(ByteEnables.byteCount(fromFirst: found.first, last: found.last, lengthDW: lengthDW) == length)
        #expect(ByteEnables.firstByteOffset(fromFirst: found.first) == offset)
      }
    }
  }

  @Test func zeroLength() {
    #expect(ByteEnables.of(address: 0x103, length: 0) == ByteEnables(first: 0, last: 0))
    #expect(ByteEnables.lengthDW(address: 0x103, length: 0) == 1)
    #expect(ByteEnables.byteCount(fromFirst: 0, last: 0, lengthDW: 1) == 1)
    #expect(ByteEnables.firstByteOffset(fromFirst: 0) == 0)
  }

  /// The rows of the table "Calculating Byte Count from Length and Byte Enables" (2.3.1.1) for one dword.
  @Test(arguments: [
    (0b1001, 4), (0b1011, 4), (0b1101, 4), (0b1111, 4), (0b0101, 3), (0b0111, 3), (0b1010, 3), (0b1110, 3),
    (0b0011, 2), (0b0110, 2), (0b1100, 2), (0b0001, 1), (0b0010, 1), (0b0100, 1), (0b1000, 1), (0b0000, 1),
  ])
  func byteCountOfOneDword(first: Int, count: Int) {
    #expect(ByteEnables.byteCount(fromFirst: UInt8(first), last: 0, lengthDW: 1) == count)
  }

  /// The other rows: what is missing at either end of `lengthDW` dwords.
  @Test func byteCountOfSeveralDwords() {
    let missingFirst = [0b0001: 0, 0b1011: 0, 0b1111: 0, 0b0010: 1, 0b1110: 1, 0b0100: 2, 0b1100: 2, 0b1000: 3]
    let missingLast = [0b1000: 0, 0b1101: 0, 0b1111: 0, 0b0100: 1, 0b0111: 1, 0b0010: 2, 0b0011: 2, 0b0001: 3]
    for lengthDW in [2, 3, 64, 1024] {
      for (first, before) in missingFirst {
        for (last, after) in missingLast {
          let count = ByteEnables.byteCount(fromFirst: UInt8(first), last: UInt8(last), lengthDW: lengthDW)
          #expect(count == lengthDW * 4 - before - after)
        }
      }
    }
  }
}
