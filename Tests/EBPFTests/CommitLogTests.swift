import EBPF
import Logs
import TestSupport
import Testing

/// The text of a commit log, written and read (specs/commit-log.md).
@Suite struct CommitLogTests {
  /// Records and their lines.
  static let examples: [(CommitRecord, String)] = [
    (
      CommitRecord(
        run: 2, order: 41, pc: 0x11, instruction: 0x8_0000_2179, writes: [.init(register: 1, value: 0x2a)],
        accesses: [.init(.load, size: 8, address: 0x1008, value: 0x2a)], cycle: 515, time: 2_060_000),
      "core0 run2 #41 pc=0x0011 insn=0x0000000800002179 r1=0x2a ld8 0x1008=0x2a ; c=515 t=2060000ps"
    ),
    (
      CommitRecord(pc: 0, instruction: 0x95, cycle: 7, time: 35_000),
      "core0 run0 #0 pc=0x0000 insn=0x0000000000000095 ; c=7 t=35000ps"
    ),
    (
      CommitRecord(
        core: 1, run: 3, order: .max, pc: 0x1_0000, instruction: .max, fault: "loadOutOfBounds", cycle: .max,
        time: .max),
      "core1 run3 #18446744073709551615 pc=0x10000 insn=0xffffffffffffffff fault=loadOutOfBounds"
        + " ; c=18446744073709551615 t=18446744073709551615ps"
    ),
    (
      CommitRecord(
        pc: 9, instruction: 0xdb, writes: [.init(register: 2, value: 0)],
        accesses: [
          .init(.load, size: 4, address: 0x100_0ff8, value: 0xdead_beef),
          .init(.store, size: 4, address: 0x100_0ff8, value: 0),
        ], cycle: 10, time: 50_000),
      "core0 run0 #0 pc=0x0009 insn=0x00000000000000db r2=0x0 ld4 0x1000ff8=0xdeadbeef st4 0x1000ff8=0x0"
        + " ; c=10 t=50000ps"
    ),
  ]

  @Test(arguments: examples) func aRecordIsALine(_ record: CommitRecord, _ line: String) throws {
    #expect(record.line == line)
    #expect(try CommitRecord(line: line) == record)
  }

  @Test func randomRecordsComeBack() throws {
    var random = SeededRandom(state: 1)
    for _ in 0..<5_000 {
      let record = CommitRecord.random(&random)
      #expect(try CommitRecord(line: record.line) == record)
    }
  }

  /// What a test bench may write differently, and what its line says in our spelling.
  static let dialects: [(String, String)] = [
    ("no timing", "core0 run0 #5 pc=0x0001 insn=0x00000000000000bf r1=0x2"),
    ("a semicolon and nothing", "core0 run0 #5 pc=0x0001 insn=0x00000000000000bf r1=0x2 ;"),
    ("unknown timing", "core0 run0 #5 pc=0x0001 insn=0x00000000000000bf r1=0x2 ; stall=3 c=0 note= x=;y"),
    ("short numbers", "core0 run0 #5 pc=0x1 insn=0xbf r1=0x2"),
    ("long numbers", "core00 run000 #0005 pc=0x000001 insn=0x00000000000000bf r1=0x0000000000000002"),
    ("upper case", "core0 run0 #5 pc=0X1 insn=0xBF r1=0X2"),
    ("another order", "core0 run0 #5 r1=0x2 insn=0xbf pc=0x1"),
    ("blanks", "  core0\trun0   #5 pc=0x1 insn=0xbf\tr1=0x2\r"),
    ("no blank at the semicolon", "core0 run0 #5 pc=0x1 insn=0xbf r1=0x2;c=0"),
  ]

  @Test(arguments: dialects) func aDialectIsUnderstood(_ name: String, _ line: String) throws {
    let expected = CommitRecord(order: 5, pc: 1, instruction: 0xbf, writes: [.init(register: 1, value: 2)])
    #expect(try CommitRecord(line: line) == expected)
  }

  @Test func registersAreSortedAndAccessesAreNot() throws {
    let record = try CommitRecord(
      line: "core0 run0 #0 pc=0x0 insn=0x85 r10=0x3 ld1 0x9=0xff r6=0x1 st1 0x5=0x0 r9=0x2 ; t=9ps c=1")
    #expect(record.writes.map(\.register) == [6, 9, 10])
    #expect(record.accesses.map(\.address) == [9, 5])
    #expect(record.cycle == 1 && record.time == 9)
  }

  /// Lines that are refused: the column, what was found and what was expected.
  static let refusals: [(String, Int, String, String)] = [
    ("", 1, "the end of the line", "coreN"),
    ("cpu0 run0", 1, "'cpu0'", "coreN"),
    ("core run0", 1, "'core'", "N being a decimal number"),
    ("core0 run-1", 7, "'run-1'", "N being a decimal number"),
    ("core99999999999999999999 run0", 1, "'core99999999999999999999'", "of 64 bits"),
    ("core9223372036854775808 run0 #0 pc=0x0 insn=0x0", 1, "'core9223372036854775808'", "63 bits"),
    ("core0 run0 ; c=1", 12, "';'", "#N"),
    ("core0 run0 #1", 14, "the end of the line", "pc="),
    ("core0 run0 #1 pc=0x1 ; c=1", 22, "';'", "insn="),
    ("core0 run0 #1 pc=17 insn=0x0", 18, "'17'", "0x and 1 to 16 hexadecimal digits"),
    ("core0 run0 #1 pc= insn=0x0", 18, "nothing", "0x and 1 to 16 hexadecimal digits"),
    ("core0 run0 #1 pc=0xffffffffffffffff insn=0x0", 18, "'0xffffffffffffffff'", "63 bits"),
    ("core0 run0 #1 pc=0x1 insn=0x12345678123456789", 27, "'0x12345678123456789'", "1 to 16"),
    ("core0 run0 #1 pc=0x1 pc=0x1", 22, "'pc=0x1'", "one pc="),
    ("core0 run0 #1 pc=0x1 insn=0x0 insn=0x0", 31, "'insn=0x0'", "one insn="),
    ("core0 run0 #1 pc=0x1 insn=0x0 fault=", 31, "'fault='", "one fault=NAME"),
    ("core0 run0 #1 pc=0x1 insn=0x0 r11=0x1", 31, "'r11=0x1'", "r0= to r10="),
    ("core0 run0 #1 pc=0x1 insn=0x0 r1=0x1 r1=0x1", 38, "'r1=0x1'", "each register once"),
    ("core0 run0 #1 pc=0x1 insn=0x0 r1=0x1g", 34, "'0x1g'", "hexadecimal digits"),
    ("core0 run0 #1 pc=0x1 insn=0x0 ld3 0x0=0x0", 31, "'ld3'", "1, 2, 4 or 8"),
    ("core0 run0 #1 pc=0x1 insn=0x0 ld4", 34, "the end of the line", "ADDR=VALUE"),
    ("core0 run0 #1 pc=0x1 insn=0x0 ld4 0x10", 35, "'0x10'", "ADDR=VALUE"),
    ("core0 run0 #1 pc=0x1 insn=0x0 st1 0x10=0x100", 40, "'0x100'", "a value of 8 bits"),
    ("core0 run0 #1 pc=0x1 insn=0x0 r1=\u{1b}[2J", 34, "'?[2J'", "hexadecimal digits"),
    ("core0 run0 #1 pc=0x1 insn=0x0 ; c", 33, "'c'", "KEY=VALUE"),
    ("core0 run0 #1 pc=0x1 insn=0x0 ; c=0x10", 35, "'0x10'", "decimal"),
    ("core0 run0 #1 pc=0x1 insn=0x0 ; t=10ns", 35, "'10ns'", "2060000ps"),
  ]

  @Test(arguments: refusals)
  func anythingElseIsRefused(_ line: String, _ column: Int, _ found: String, _ expected: String) throws {
    let error = try #require(throws: LogLineError.self) { try CommitRecord(line: line, number: 12) }
    #expect(error.line == 12 && error.column == column)
    #expect(error.found == found)
    #expect(error.expected.contains(expected), "\(error)")
    #expect(error.description.hasPrefix("12:\(column): found \(found), expected "))
  }

  /// Whatever a line holds, it is refused at a place inside it, or means what its own spelling says.
  @Test func damagedLinesAreSafe() throws {
    var random = SeededRandom(state: 2)
    let alphabet = Array(" \t\r\n;#=0x9afgrcldstp\u{e9}".utf8)
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = Array(CommitRecord.random(&random).line.utf8)
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = random.pick(alphabet)
        case 1: bytes.remove(at: place)
        default: bytes.insert(random.pick(alphabet), at: place)
        }
      }
      let line = String(decoding: bytes, as: UTF8.self)
      do {
        let record = try CommitRecord(line: line)
        #expect(try CommitRecord(line: record.line) == record)
        accepted += 1
      } catch {
        #expect((1...line.utf8.count + 1).contains(error.column))
      }
    }
    #expect(accepted > 1_000 && accepted < 19_000)
  }

  @Test func aLogHasCommentsAndLineNumbers() throws {
    let log = """
      # ubpf-sim commit log 1
      # count

      core0 run0 #0 pc=0x0000 insn=0x00000000000000b7 r0=0x0 ; c=5 t=25000ps
      core0 run0 #1 pc=0x0001 insn=oops
      core0 run0 #1 pc=0x0001 insn=0x0000000000000095
      """
    var reader = CommitLogReader(Array(log.utf8))
    #expect(try reader.record()?.cycle == 5)
    #expect(reader.line == 4)
    let error = try #require(throws: LogLineError.self) { try reader.record() }
    #expect(error.line == 5 && error.column == 30)
    // A comparison may go on behind a bad line.
    #expect(try reader.record()?.order == 1)
    #expect(try reader.record() == nil)
  }
}

extension CommitRecord {
  static func random(_ random: inout SeededRandom) -> CommitRecord {
    /// All widths are equally likely.
    func number(_ bits: Int = 64) -> UInt64 { random.next() >> UInt64(64 - bits + random.below(bits)) }
    let registers = (0...10).filter { _ in random.below(6) == 0 }
    return CommitRecord(
      core: random.below(4), run: Int(number(40)), order: number(), pc: random.below(0x2_0000), instruction: number(),
      writes: registers.map { .init(register: UInt8($0), value: number()) },
      accesses: (0..<random.below(3)).map { _ in
        let size = random.pick([1, 2, 4, 8])
        return .init(random.flag() ? .load : .store, size: size, address: number(), value: number(8 * size))
      }, fault: random.below(9) == 0 ? random.pick(["loadOutOfBounds", "callDepth"]) : nil, cycle: number(),
      time: number())
  }
}
