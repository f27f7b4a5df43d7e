import EBPF
import TestSupport
import Testing

/// The list of encodings is that of RFC 9669 Appendix A and CALLX: complete, and each once.
@Suite struct EncodingListTests {
  static let encodings = EncodingVectors.encodings

  @Test func groupsHaveTheirSizes() {
    let sizes = Dictionary(grouping: Self.encodings, by: \.group).mapValues(\.count)
    #expect(
      sizes == [
        .base32: 67, .base64: 57, .divmul32: 10, .divmul64: 10, .atomic32: 10, .atomic64: 10, .packet: 6, .callx: 1,
      ])
    #expect(Self.encodings.count == 171)
  }

  @Test func encodingsDiffer() {
    let keys = Self.encodings.map { [Int($0.opcode), Int($0.source), Int($0.offset), Int($0.immediate)] }
    #expect(Set(keys).count == keys.count)
    #expect(Set(Self.encodings.map(\.name)).count == keys.count)
  }

  /// Every opcode that the machine executes is in the list, and of the others only the legacy packet loads.
  @Test func opcodesAreThoseOfTheMachine() {
    let listed = Set(Self.encodings.map(\.opcode))
    let valid = Set((0...255).map(UInt8.init).filter { OpcodeTraits.table[Int($0)].isValid })
    #expect(valid.isSubset(of: listed))
    #expect(listed.subtracting(valid) == [0x20, 0x28, 0x30, 0x40, 0x48, 0x50])
  }

  /// A vector that does not contain its encoding shows nothing of it.
  @Test func vectorsContainTheirEncoding() {
    for encoding in Self.encodings {
      #expect(encoding.vectors.count >= 2, "\(encoding)")
      for vector in encoding.vectors {
        let found = vector.text.contains { word in
          let i = Instruction(word: word)
          return i.opcode == encoding.opcode
            && (encoding.source == 0 || i.source == encoding.source)
            && (encoding.offset == 0 || i.offset == encoding.offset)
            && (encoding.immediate == 0 || i.immediate == encoding.immediate)
        }
        #expect(found, "\(vector)")
      }
    }
  }

  /// Those that no scenario can provide for are refused, and no others.
  @Test func thirteenAreRefused() {
    let refused = Self.encodings.filter { encoding in
      encoding.vectors.contains { if case .refused = $0.result { true } else { false } }
    }
    #expect(
      refused.map(\.name).sorted()
        == ((1...6).map { "lddw of kind \($0)" } + ["call by BTF id"]
        + ["20", "28", "30", "40", "48", "50"].map { "packet load 0x\($0)" }).sorted())
  }
}
