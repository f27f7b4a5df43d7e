import Foundation

/// One block of an FST file: a type byte, the length of the rest as eight bytes, contents.
struct FSTBlock {
  let offset: Int
  let type: UInt8
  /// The second of the two times a value change block starts with.
  let endTime: UInt64?

  /// Of a file that somebody writes, the last block may be there in part: what tells of it is not read then.
  static func all(in bytes: Data) -> [FSTBlock] {
    func word(at offset: Int) -> UInt64 {
      bytes[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    var blocks: [FSTBlock] = []
    var offset = 0
    while offset + 9 <= bytes.count {
      let type = bytes[offset]
      guard type != 8 || offset + 25 <= bytes.count else { break }
      blocks.append(FSTBlock(offset: offset, type: type, endTime: type == 8 ? word(at: offset + 17) : nil))
      offset += 1 + Int(word(at: offset + 1))
    }
    return blocks
  }
}
