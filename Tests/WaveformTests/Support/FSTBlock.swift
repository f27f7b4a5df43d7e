import Foundation

/// One block of an FST file: a type byte, the length of the rest as eight bytes, contents.
struct FSTBlock {
  let offset: Int
  let type: UInt8
  /// The second of the two times a value change block starts with.
  let endTime: UInt64?

  static func all(in bytes: Data) -> [FSTBlock] {
    func word(at offset: Int) -> UInt64 {
      bytes[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    var blocks: [FSTBlock] = []
    var offset = 0
    while offset < bytes.count {
      let type = bytes[offset]
      blocks.append(FSTBlock(offset: offset, type: type, endTime: type == 8 ? word(at: offset + 17) : nil))
      offset += 1 + Int(word(at: offset + 1))
    }
    return blocks
  }
}
