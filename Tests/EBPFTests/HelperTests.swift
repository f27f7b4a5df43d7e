import EBPF
import TestSupport
import Testing

/// The table of helpers, and every function in it and in the library.
@Suite struct HelperTests {
  @Test func theTestTableIsThatOfUBPF() {
    let names = ["gather_bytes", "memfrob", "trash_registers", "sqrti", "strcmp_ext", "unwind"]
    #expect(HelperTable.test.entries.map(\.name) == names)
    #expect(HelperTable.test.entries.map(\.number) == Array(0...5))
    #expect(HelperTable.test.numbers == Set(0...5))
    #expect(HelperTable.test.numbersByName["sqrti"] == 3)
    #expect(HelperTable.test["unwind"]?.number == 5 && HelperTable.test[5]?.name == "unwind")
    #expect(HelperTable.test[6] == nil && HelperTable.test["sqrt"] == nil && HelperTable.empty.entries.isEmpty)
  }

  @Test func entriesDifferInNumberAndName() throws {
    let entry = { (number: Int32, name: String) in HelperEntry(number: number, name: name) { .value($0.r1) } }
    let table = try HelperTable.test.adding(entry(6, "identity"))
    #expect(table.entries.count == 7 && table[6]?.name == "identity" && HelperTable.test.entries.count == 6)
    let refusals: [(HelperEntry, HelperTableError, String)] = [
      (entry(3, "root"), .numberTaken(3, name: "root", by: "sqrti"), "helper 'root' has number 3, which 'sqrti' has"),
      (entry(9, "sqrti"), .nameTaken("sqrti", number: 9, by: 3), "helper 9 has the name 'sqrti', which 3 has"),
      (entry(-1, "f"), .negativeNumber(-1, name: "f"), "helper 'f' has number -1, expected 0 or more"),
    ]
    for (entry, error, text) in refusals {
      #expect(throws: error) { try HelperTable.test.adding(entry) }
      #expect(error.description == text)
    }
  }

  /// Calls a function with `memory` at address 0x1000; returns what becomes of the memory too.
  private func call(
    _ helper: Helper, _ arguments: UInt64..., memory: [UInt8] = [], isWritable: Bool = true
  ) -> (result: HelperResult, memory: [UInt8]) {
    var memory = memory
    let r = arguments + [UInt64](repeating: 0, count: 5 - arguments.count)
    let result = memory.withUnsafeMutableBytes { bytes in
      let region = MemoryRegion(base: 0x1000, bytes: bytes, isWritable: isWritable)
      return helper(HelperContext(r1: r[0], r2: r[1], r3: r[2], r4: r[3], r5: r[4], regions: [region]))
    }
    return (result, memory)
  }

  private func test(_ name: String) throws -> Helper { try #require(HelperTable.test[name]).function }
  private func library(_ name: String) throws -> Helper { try #require(HelperLibrary.functions[name]) }

  @Test func testFunctions() throws {
    #expect(call(try test("gather_bytes"), 0x101, 0x102, 0x103, 0x104, 0x105).result == .value(0x01_0203_0405))
    #expect(call(try test("trash_registers")).result == .value(0xf0))
    for (square, root) in [(0, 0), (1, 1), (143, 11), (144, 12), (0xffff_ffff, 0xffff), (1 << 32 | 9, 3)] {
      #expect(call(try test("sqrti"), UInt64(square)).result == .value(UInt64(root)))
    }
    #expect(call(try test("unwind"), 0).result == .exit(0))
    #expect(call(try test("unwind"), .max).result == .value(.max))
    let frob = call(try test("memfrob"), 0x1001, 2, memory: [0, 42, 1, 0])
    #expect(frob.result == .value(0x1001) && frob.memory == [0, 0, 43, 0])
    #expect(
      call(try test("memfrob"), 0x1001, 4, memory: [0, 42, 1, 0]).result
        == .fault(.storeOutOfBounds, address: 0x1001, size: 4))
    // uBPF's writes nothing then, wherever r1 points to.
    #expect(call(try test("memfrob"), 0, 0).result == .value(0))
  }

  @Test(arguments: [("ab\0ab\0", 0), ("ab\0aa\0", 1), ("aa\0ac\0", -2), ("\0\0\0\0\0\0", 0), ("ab\0a\0\0", 98)])
  func compareStrings(_ strings: String, _ difference: Int) throws {
    let result = call(try test("strcmp_ext"), 0x1000, 0x1003, memory: Array(strings.utf8)).result
    #expect(result == .value(UInt64(bitPattern: Int64(difference))))
  }

  @Test func unterminatedStringFaults() throws {
    let result = call(try test("strcmp_ext"), 0x1000, 0x1003, memory: Array("ab\0ab".utf8)).result
    #expect(result == .fault(.loadOutOfBounds, address: 0x1005, size: 1))
  }

  @Test func libraryIsListed() {
    #expect(
      HelperLibrary.functions.keys.sorted() == ["checksum", "crc32", "crc32c", "memcpy", "memset", "popcount"])
  }

  /// The words and their checksum add up to a multiple of 0xffff.
  @Test func checksum() throws {
    // RFC 1071 section 3: the sum of this example is 0xddf2.
    let example: [UInt8] = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]
    #expect(call(try library("checksum"), 0x1000, 8, memory: example).result == .value(0x220d))
    #expect(call(try library("checksum"), 0, 0).result == .value(0xffff))
    #expect(call(try library("checksum"), 0x1000, 4, memory: [0, 0, 0, 0]).result == .value(0xffff))
    for bytes in Self.samples(40) where bytes.contains(where: { $0 != 0 }) {
      let padded = bytes + [UInt8](repeating: 0, count: bytes.count % 2)
      let sum = stride(from: 0, to: padded.count, by: 2).reduce(0) { $0 + Int(padded[$1]) * 256 + Int(padded[$1 + 1]) }
      let expected = UInt64(0xffff - ((sum - 1) % 0xffff + 1))
      let result = call(try library("checksum"), 0x1000, UInt64(bytes.count), memory: bytes).result
      #expect(result == .value(expected), "\(bytes)")
    }
  }

  @Test(
    arguments: [("crc32", 0x04c1_1db7, 0xcbf4_3926), ("crc32c", 0x1edc_6f41, 0xe306_9283)] as [(String, UInt32, UInt64)]
  )
  func crc(_ name: String, _ polynomial: UInt32, _ check: UInt64) throws {
    let crc = try library(name)
    #expect(call(crc, 0x1000, 9, memory: Array("123456789".utf8)).result == .value(check))
    #expect(call(crc, 0, 0).result == .value(0))
    for bytes in Self.samples(40) {
      let whole = call(crc, 0x1000, UInt64(bytes.count), memory: bytes).result
      #expect(whole == .value(Self.longDivision(bytes, polynomial)), "\(bytes)")
      let half = UInt64(bytes.count / 2)
      guard case .value(let first) = call(crc, 0x1000, half, memory: bytes).result else { continue }
      let second = call(crc, 0x1000 + half, UInt64(bytes.count) - half, first, memory: bytes).result
      #expect(second == whole, "in two pieces: \(bytes)")
    }
  }

  /// The CRC as it is defined: the remainder of the message, bits reversed in each byte, by the polynomial.
  private static func longDivision(_ bytes: [UInt8], _ polynomial: UInt32) -> UInt64 {
    var bits = bytes.flatMap { byte in (0..<8).map { byte >> $0 & 1 == 1 } } + [Bool](repeating: false, count: 32)
    for index in 0..<32 { bits[index].toggle() }
    for index in 0..<bytes.count * 8 where bits[index] {
      bits[index] = false
      for bit in 0..<32 where polynomial >> (31 - UInt32(bit)) & 1 == 1 { bits[index + 1 + bit].toggle() }
    }
    return bits.suffix(32).enumerated().reduce(0) { $0 | ($1.element ? 0 : 1) << UInt64($1.offset) }
  }

  @Test func populationCount() throws {
    var random = SeededRandom(state: 5)
    for value in [0, 1, .max, 1 << 63] + (0..<50).map({ _ in random.next() }) {
      let ones = String(value, radix: 2).filter { $0 == "1" }.count
      #expect(call(try library("popcount"), value).result == .value(UInt64(ones)))
    }
  }

  @Test func copy() throws {
    let memcpy = try library("memcpy"), memory: [UInt8] = [1, 2, 3, 4, 5, 6]
    let apart = call(memcpy, 0x1003, 0x1000, 3, memory: memory)
    #expect(apart.result == .value(0x1003) && apart.memory == [1, 2, 3, 1, 2, 3])
    #expect(call(memcpy, 0x1001, 0x1000, 5, memory: memory).memory == [1, 1, 2, 3, 4, 5])
    #expect(call(memcpy, 0x1000, 0x1001, 5, memory: memory).memory == [2, 3, 4, 5, 6, 6])
    #expect(call(memcpy, 7, 9, 0, memory: memory).result == .value(7))
    let faults: [(UInt64, UInt64, Fault.Reason, UInt64)] = [
      (0x1000, 0x1004, .loadOutOfBounds, 0x1004), (0x1004, 0x1000, .storeOutOfBounds, 0x1004),
    ]
    for (target, source, reason, address) in faults {
      let outcome = call(memcpy, target, source, 3, memory: memory)
      #expect(outcome.result == .fault(reason, address: address, size: 3) && outcome.memory == memory)
    }
    let readOnly = call(memcpy, 0x1000, 0x1003, 1, memory: memory, isWritable: false).result
    #expect(readOnly == .fault(.storeOutOfBounds, address: 0x1000, size: 1))
  }

  @Test func fill() throws {
    let memset = try library("memset"), memory: [UInt8] = [1, 2, 3, 4]
    let outcome = call(memset, 0x1001, 0x1ff, 2, memory: memory)
    #expect(outcome.result == .value(0x1001) && outcome.memory == [1, 0xff, 0xff, 4])
    #expect(call(memset, 0, 0, 0).result == .value(0))
    let beyond = call(memset, 0x1001, 0, 4, memory: memory)
    #expect(beyond.result == .fault(.storeOutOfBounds, address: 0x1001, size: 4) && beyond.memory == memory)
    #expect(
      call(memset, 0x1000, 0, .max, memory: memory).result == .fault(.storeOutOfBounds, address: 0x1000, size: .max))
  }

  /// Every length up to `count`, random bytes.
  private static func samples(_ count: Int) -> [[UInt8]] {
    var random = SeededRandom(state: 6)
    return (0...count).map { length in (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
  }
}
