/// Executable text: relocated, linked instruction slots and the initial image of the program's data.
///
/// A program says nothing about whether its instructions are legal: ``Verifier`` does.
public struct Program: Equatable, Sendable {
  /// Instruction slots (RFC 9669 section 3), all executable sections one after another.
  public var text: [UInt64]
  /// The slot at which execution begins.
  public var entry: Int
  /// The slot of every function symbol, for reports and disassembly.
  public var functions: [String: Int]
  /// Read-only sections, then writable ones, each aligned to 16 bytes; the uninitialised ones as zeros. Empty when
  /// the program has no data.
  public var data: [UInt8]
  /// The guest address of `data[0]` for which the text was relocated.
  public var dataBase: UInt64
  /// Where the writable sections begin in `data`; equals `data.count` when there are none.
  public var writableDataOffset: Int

  public init(
    text: [UInt64], entry: Int = 0, functions: [String: Int] = [:],
    data: [UInt8] = [], dataBase: UInt64 = 0, writableDataOffset: Int? = nil
  ) {
    self.text = text
    self.entry = entry
    self.functions = functions
    self.data = data
    self.dataBase = dataBase
    self.writableDataOffset = writableDataOffset ?? data.count
  }

  /// The text as it lies in memory: 8 little-endian bytes a slot.
  public var textBytes: [UInt8] {
    text.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }

  public init(_ instructions: [Instruction]) { self.init(text: instructions.map(\.word)) }
}
