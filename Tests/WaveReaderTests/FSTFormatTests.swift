import Foundation
import Testing
import TraceSupport
import WaveReader

/// Files of other writers, of older ones, and of writers that were stopped.
struct FSTFormatTests {
  let folder = try! TemporaryFolder()

  private func open(_ file: FSTBytes) throws -> WaveFile {
    let path = folder.file("a.fst")
    try Data(file.bytes).write(to: URL(fileURLWithPath: path))
    return try WaveFile(path: path)
  }

  /// One bit, four bits and a real; the third signal is like the first one where the format allows it.
  private func sections(type: UInt8, index: [UInt8], bigEndian: Bool = false) -> FSTBytes {
    let widths: [UInt64] = [1, 4, 0, 1]
    var file = FSTBytes()
    file.addHeader(end: 30, bigEndian: bigEndian)
    file.addGeometry(widths)
    file.addHierarchy(widths)
    let half = withUnsafeBytes(of: bigEndian ? 0.5.bitPattern.bigEndian : 0.5.bitPattern.littleEndian) { Array($0) }
    // Steps are at 10, 15 and 30. One bit: 1 at once, z two steps later. Four bits: 9 one step later, then 1x0u.
    let bit: [UInt8] = [0 << 2 | 1 << 1, 2 << 4 | 1 << 1 | 1]
    let word: [UInt8] = [1 << 1, 0x90, 1 << 1 | 1] + Array("1X0U".utf8)
    let real: [UInt8] = [1 << 1 | 1] + half
    file.addSection(
      type: type, start: 0, end: 30, frame: Array("x0000".utf8) + [UInt8](repeating: 0, count: 8) + Array("0".utf8),
      handles: 4, packing: type == 1 ? UInt8(ascii: "!") : UInt8(ascii: "4"), chains: [bit, word, real], index: index,
      times: [10, 5, 15])
    return file
  }

  private func story(last: [Story.Change]) -> Story {
    Story(
      signals: [
        "top.s0": [.init(time: 10, value: "1"), .init(time: 30, value: "z")],
        "top.s1": [.init(time: 0, value: "0000"), .init(time: 15, value: "1001"), .init(time: 30, value: "1x0u")],
        "top.s2": [.init(time: 0, value: "0.0"), .init(time: 15, value: "0.5")],
        "top.s3": last,
      ], endTime: 30)
  }

  private let distances: [UInt8] = [1 << 1 | 1, 3 << 1 | 1, 8 << 1 | 1]

  @Test(arguments: [1, 5, 8] as [UInt8])
  func allTypesOfSections(type: UInt8) throws {
    let file = sections(type: type, index: distances + [1 << 1])
    #expect(try Story(of: open(file)) == story(last: [.init(time: 0, value: "0")]))
  }

  @Test func aliasesOfBothTypes() throws {
    let last = [Story.Change](
      [.init(time: 0, value: "0"), .init(time: 10, value: "1"), .init(time: 30, value: "z")])
    // The first type says 0 and the number of the signal; the second one its complement, as a signed number.
    #expect(try Story(of: open(sections(type: 5, index: distances + [0, 1]))) == story(last: last))
    #expect(try Story(of: open(sections(type: 8, index: distances + [0x7F]))) == story(last: last))
  }

  @Test func realsOfBothByteOrders() throws {
    for bigEndian in [false, true] {
      let file = sections(type: 8, index: distances + [1 << 1], bigEndian: bigEndian)
      #expect(try Story(of: open(file)).signals["top.s2"]?.last?.value == "0.5")
    }
  }

  @Test func hierarchyThatIsPackedTwice() throws {
    var file = FSTBytes()
    file.addHeader(end: 0)
    file.addGeometry([1])
    let items = FSTBytes.hierarchy([1])
    let once = FSTBytes.lz4(items)
    file.add(7, FSTBytes.word(UInt64(items.count)) + FSTBytes.varint(UInt64(once.count)) + FSTBytes.lz4(once))
    #expect(try open(file).hierarchy.path(of: 0) == "top.s0")
  }

  @Test func filesWithoutGeometryTakeItFromTheHierarchy() throws {
    var file = FSTBytes()
    file.addHeader(end: 0)
    file.addHierarchy([1, 0, 12])
    let handles = try open(file).hierarchy.handles
    #expect(handles.map(\.kind) == [.bits, .real, .bits] && handles.map(\.width) == [1, 64, 12])
  }

  /// The last section tells what is so until the end, even when its own times end earlier.
  @Test func walkThatBeginsBehindAllChanges() throws {
    let widths: [UInt64] = [1]
    var file = FSTBytes()
    file.addHeader(end: 100)
    file.addGeometry(widths)
    file.addHierarchy(widths)
    for (start, value) in [(0, 0), (30, 2)] as [(UInt64, UInt8)] {
      file.addSection(
        type: 8, start: start, end: start + 30, frame: [UInt8(ascii: "1")], handles: 1, chains: [[value]], index: [3],
        times: [UInt8(start) + 10])
    }
    let wave = try open(file)
    for time in [50, 60, 80] as [UInt64] {
      let cursor = wave.cursor(from: time)
      #expect(try cursor.next() && cursor.isInitial && cursor.time == 30)
      #expect(cursor.changes.map { cursor.value(of: $0) } == [.bits(1, width: 1)])
      #expect(try cursor.next() && cursor.time == 40)
    }
    #expect(wave.endTime == 100)
  }

  // MARK: - Writers that were stopped

  @Test func aSectionThatIsCutIsLeftOut() throws {
    let whole = sections(type: 8, index: distances + [1 << 1])
    var file = whole
    file.addSection(
      type: 8, start: 30, end: 50, frame: Array("z1x0u".utf8) + [UInt8](repeating: 0, count: 8) + [0x30], handles: 4,
      chains: [[0]], index: [3, 6], times: [40])
    #expect(try open(file).endTime == 50)
    for count in [whole.bytes.count + 1, whole.bytes.count + 9, file.bytes.count - 1] {
      let cut = try open(FSTBytes(bytes: Array(file.bytes[..<count])))
      #expect(cut.isTruncated && cut.sectionCount == 1 && cut.endTime == 30)
      #expect(try Story(of: cut) == story(last: [.init(time: 0, value: "0")]))
    }
    // The type stays "unfinished" until all of a section has been written.
    file.bytes[whole.bytes.count] = 255
    let unfinished = try open(file)
    #expect(unfinished.isTruncated && unfinished.sectionCount == 1)
    #expect(unfinished.loss == "the block at byte \(whole.bytes.count) was never finished")
  }

  @Test func aFileWithoutHierarchyIsRefused() throws {
    var file = FSTBytes()
    file.addHeader(end: 0)
    let error = #expect(throws: WaveReadError.self) { try open(file) }
    #expect(error?.found == "no hierarchy" && error?.place == .file)
  }

  @Test func damageHasAPlace() throws {
    var file = sections(type: 8, index: distances + [1 << 1])
    let section = file.bytes.count
    file.addSection(
      type: 8, start: 30, end: 20, frame: [], handles: 0, chains: [], index: [0], times: [1])
    let error = #expect(throws: WaveReadError.self) { try open(file) }
    #expect(error?.place == .byte(section + 9))
    #expect(error?.found == "a section from 30 to 20")
    #expect("\(error!)".contains("byte \(section + 9): found a section from 30 to 20, expected "))
  }
}
