import Logs
import TestSupport
import Testing

@testable import PCIe

/// Lines of a TLP log that cannot be read.
@Suite struct TLPLogRefusalTests {
  /// Lines that are refused: the column, what was found and what was expected.
  static let refusals: [(String, Int, String, String)] = [
    ("", 1, "the end of the line", "the link"),
    ("link", 5, "the end of the line", "the direction"),
    ("1link down Cpl 3DW", 1, "'1link'", "a letter, then"),
    ("link left Cpl 3DW", 6, "'left'", "one of down up"),
    ("link down ; t=0ps", 11, "';'", "the type"),
    ("link down Foo 3DW", 11, "'Foo'", "one of MRd MRdLk IORd"),
    ("link down Cpl 4DW", 15, "'4DW'", "3DW for this type"),
    ("link down Msg 3DW", 15, "'3DW'", "4DW for this type"),
    ("link down MRd 5DW", 15, "'5DW'", "3DW or 4DW for this type"),
    ("link down MRd 3DW", 18, "the end of the line", "req="),
    ("link down MRd 3DW req=01:00.0 ; t=0ps", 31, "';'", "tag="),
    ("link down MRd 3DW colour=red", 19, "'colour=red'", "one of why= header= prefix= req="),
    ("link down MRd 3DW seq=1", 19, "'seq=1'", "one of why="),
    ("link down MRd 3DW replay=1", 19, "'replay=1'", "one of why="),
    ("link down MRd 3DW tag", 19, "'tag'", "one of why="),
    ("link down MRd 3DW tag=0x1 tag=0x1", 31, "'0x1'", "tag= once"),
    ("link down MRd 3DW req=01:20.0", 23, "'01:20.0'", "BUS:DEVICE.FUNCTION"),
    ("link down MRd 3DW req=01:00", 23, "'01:00'", "BUS:DEVICE.FUNCTION"),
    ("link down MRd 3DW req=", 23, "nothing", "BUS:DEVICE.FUNCTION"),
    ("link down MRd 3DW req=01:00.0 tag=0x400", 35, "'0x400'", "0x and hexadecimal digits, 10 bits"),
    ("link down MRd 3DW req=01:00.0 tag=5", 35, "'5'", "0x and hexadecimal digits"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=4", 43, "'4'", "1dw to 1024dw"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=0dw", 43, "'0dw'", "1dw to 1024dw"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x2", 52, "'0x2'", "a multiple of 4"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x100000000", 52, "'0x100000000'", "32 bits"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x4 be=ff/0", 59, "'ff/0'", "FIRST/LAST"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x4 be=f/0 at=x", 66, "'x'", "one of untranslated"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x4 be=f/0 ph=1", 67, "the end of the line", "st="),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x4 be=f/0 status=SC", 70, "'SC'", "no status= in such"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 len=1dw addr=0x4 be=f/0 crc=0x0", 67, "'0x0'", "no crc= in such"),
    ("link down MRd 3DW req=01:00.0 tag=0x5 attr=ro+x", 44, "'ro+x'", "one of - ns ro ro+ns"),
    ("link down Msg 4DW req=01:00.0 tag=0x5 code=Foo", 44, "'Foo'", "or one of Unlock"),
    ("link down Malformed 3DW why=length", 35, "the end of the line", "header="),
    ("link down Malformed 3DW why=length header=0.0.0", 43, "'0'", "8 hexadecimal digits"),
    ("link down Malformed 3DW why=length header=00000000.00000000", 43, "'00000000.00000000'", "3 dwords"),
    ("link down Malformed 4DW why=a header=00000000.00000000.00000000", 21, "'4DW'", "3DW, as the header has"),
    ("link down Malformed 3DW why=a header=00000000.00000000.00000000 bytes=9 crc=0x0 data=00", 86, "'00'", "no data"),
    ("link down Malformed 3DW why=a header=00000000.00000000.00000000 bytes=2 crc=0x0 data=00", 86, "'00'", "4 hexad"),
    (
      "link down Malformed 3DW why=a header=00000000.00000000.00000000 ; t=5ns", 69, "'5ns'",
      "0ps to 18446744073709551615ps"
    ),
    ("link down Malformed 3DW why=a header=00000000.00000000.00000000 ; seq=4096", 71, "'4096'", "0 to 4095"),
    ("link down Malformed 3DW why=a header=00000000.00000000.00000000 ; late", 67, "'late'", "KEY=VALUE"),
    ("{", 2, "the end of the line", "'\"'"),
    ("{}", 3, "the end of the line", "\"link\""),
    (#"{"link":"link","colour":"red"}"#, 17, "'colour'", "one of \"link\" \"direction\""),
    (#"{"link":"link","link":"link"}"#, 24, "'link'", "\"link\" once"),
    (#"{"link" "link"}"#, 9, "'\"link\"'", "':'"),
    (#"{"link":["link"]}"#, 9, "'[\"link\"]'", "a string, a number, true or false"),
    (#"{"link":"li\nk"}"#, 12, #"'\nk"'"#, "no escapes"),
    (#"{"link":"link"#, 14, "the end of the line", "'\"'"),
    (#"{"link":"link","direction":"up"} x"#, 34, "'x'", "the end of the line"),
    (#"{"link":"link","direction":"up","type":"Cpl""#, 45, "the end of the line", "'}'"),
    (
      #"{"link":"link","direction":"up","type":"Msg","format":"4DW","poisoned":no,"requester":"0:0.0","tag":"0x0"}"#,
      72, "'no'", "true or false"
    ),
  ]

  @Test(arguments: refusals)
  func aLineIsRefused(_ line: String, _ column: Int, _ found: String, _ expected: String) throws {
    let error = try #require(throws: LogLineError.self) { try TLPLogRecord(line: line, number: 12) }
    #expect(error.line == 12 && error.column == column)
    #expect(error.found == found)
    #expect(error.expected.contains(expected), "\(error)")
  }

  /// Whatever a line holds, it is refused at a place inside it, or means what its own spelling says.
  @Test(arguments: [TLPLogForm.text, .jsonLines]) func damagedLinesAreSafe(_ form: TLPLogForm) throws {
    var random = SeededRandom(state: 2)
    let alphabet = Array(" \t\r\n;#=.:/+-{}\"\\,0x9afdwpsMRdCpl\u{e9}".utf8)
    var accepted = 0
    for _ in 0..<4_000 {
      let record =
        random.below(4) == 0
        ? .anyBits(using: &random) : TLPLogRecord.random(random.pick(TLPType.allCases), using: &random)
      var bytes = Array(record.line(form).utf8)
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = random.pick(alphabet)
        case 1: bytes.remove(at: place)
        case 2: bytes.removeSubrange(place...)
        default: bytes.insert(random.pick(alphabet), at: place)
        }
        if bytes.isEmpty { bytes = [UInt8(ascii: " ")] }
      }
      let line = String(decoding: bytes, as: UTF8.self)
      do {
        let record = try TLPLogRecord(line: line)
        #expect(try TLPLogRecord(line: record.line()) == record)
        #expect(try TLPLogRecord(line: record.line(.jsonLines)) == record)
        accepted += 1
      } catch {
        #expect((1...line.utf8.count + 1).contains(error.column))
      }
    }
    #expect(accepted > 100 && accepted < 3_900, "\(accepted)")
  }
}
