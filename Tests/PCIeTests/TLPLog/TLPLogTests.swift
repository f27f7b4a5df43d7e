import Foundation
import Logs
import TestSupport
import Testing

@testable import PCIe

/// The lines of a TLP log, written and read (specs/tlp-log.md).
@Suite struct TLPLogTests {
  @Test func thePacketStandsAloneAsInTheLine() {
    for (tlp, text) in TLPLogTests.examples {
      let transmission = LinkTransmission(
        link: 0, direction: .up, start: 1, end: 2, arrival: 3, sequence: 4, isReplay: true, wireBytes: 5, tlp: tlp)
      #expect(TLPLogRecord(transmission, link: "link").packetText == text)
    }
  }

  /// Packets as the text form shows them, without their timing.
  static let examples: [(TLP, String)] = [
    (
      .memoryRead(address: 0x1_0000_0000, length: 128, tag: 0x12, requester: .endpoint),
      "MRd 4DW req=01:00.0 tag=0x12 addr=0x0000000100000000 len=32dw be=f/f"
    ),
    (
      .memoryWrite(
        address: 0x8000_0002, data: [1, 2], requester: .rootComplex, attributes: [.relaxedOrdering, .noSnoop]),
      "MWr 3DW req=00:00.0 tag=0x00 addr=0x80000000 len=1dw be=c/0 attr=ro+ns bytes=4 crc=0xd6518f71 data=00000102"
    ),
    (
      .configRead(target: .endpoint, register: 0x3f, tag: 3, requester: .rootComplex),
      "CfgRd0 3DW req=00:00.0 tag=0x03 target=01:00.0 reg=0x0fc len=1dw be=f/0"
    ),
    (
      .configWrite(target: .endpoint, register: 1, value: 0x10_0006, tag: 4, requester: .rootComplex, isType1: true),
      "CfgWr1 3DW req=00:00.0 tag=0x04 target=01:00.0 reg=0x004 len=1dw be=f/0 bytes=4 crc=0x4eed9291 data=06001000"
    ),
    (
      .message(.assertINTA, routing: .local, requester: .endpoint),
      "Msg 4DW req=01:00.0 tag=0x00 code=Assert_INTA route=local"
    ),
    (
      .completion(
        for: .memoryRead(address: 0x1234, length: 100, tag: 0x3ff, requester: .endpoint), status: .unsupportedRequest,
        completer: .rootComplex),
      "Cpl 3DW req=01:00.0 cpl=00:00.0 tag=0x3ff status=UR count=100 lower=0x34"
    ),
  ]

  @Test(arguments: examples) func aPacketIsALine(_ tlp: TLP, _ text: String) throws {
    let record = TLPLogRecord(
      LinkTransmission(
        link: 0, direction: .up, start: 1_820_000, end: 1_823_000, arrival: 1_923_000, sequence: 12, wireBytes: 28,
        tlp: tlp), link: "link")
    #expect(record.line() == "link up \(text) ; seq=12 wire=28 t=1820000ps end=1823000ps arr=1923000ps")
    #expect(try TLPLogRecord(line: record.line()) == record)
    #expect(try TLPLogRecord(line: record.line(.jsonLines)) == record)
  }

  /// What is not usual has a word or a key of its own.
  @Test func whatIsNotUsualIsNamed() throws {
    var header = TLPHeader.memoryRead(address: 0x1000, length: 4, tag: 1, requester: .endpoint)
    header.trafficClass = 3
    header.attributes = .idBasedOrdering
    header.digest = true
    header.poisoned = true
    header.addressType = .translated
    header.hasProcessingHint = true
    header.processingHint = 2
    header.steeringTag = 0x1f
    var record = TLPLogRecord(
      link: "link", direction: .down, packet: .wellFormed(header, headerDW: 3), prefixes: [0x8e00_0001, 0x9100_0012],
      isReplay: true, fate: .corrupted)
    #expect(
      record.line().hasPrefix(
        "link down MRd 3DW prefix=8e000001.91000012 req=01:00.0 tag=0x01 addr=0x00001000 len=1dw be=f/0 at=translated"
          + " ph=2 st=0x1f tc=3 attr=ido poisoned ecrc=right replay fate=corrupted ; "))
    record.fate = .dropped
    record.hasWrongECRC = true
    #expect(record.line().contains(" ecrc=wrong replay fate=dropped ; "))
  }

  /// Both names of the same: every key is there, whether it is usual or not.
  @Test func jsonHasEveryField() throws {
    let tlp = TLP.memoryWrite(address: 0x1_0000_0000, data: [0xde, 0xad, 0xbe, 0xef], requester: .endpoint)
    let record = TLPLogRecord(
      LinkTransmission(
        link: 0, direction: .up, start: 5, end: 6, arrival: 7, sequence: 4095, wireBytes: 28, tlp: tlp), link: "link")
    #expect(
      record.line(.jsonLines)
        == #"{"link":"link","direction":"up","type":"MWr","format":"4DW","requester":"01:00.0","tag":"0x00","#
        + #""address":"0x0000000100000000","length_dw":1,"byte_enables":"f/0","address_type":"untranslated","#
        + #""traffic_class":0,"attributes":"-","poisoned":false,"ecrc":"none","payload_bytes":4,"crc":"0x7c9ca35a","#
        + #""data":"deadbeef","replay":false,"fate":"delivered","timing":{"sequence":4095,"wire_bytes":28,"#
        + #""start_ps":5,"end_ps":6,"arrival_ps":7}}"#)
  }

  /// A packet that breaks a rule of 2.2 shows its header as it is, and the rule.
  @Test func aMalformedPacketIsShownRaw() throws {
    var header = TLPHeader.memoryRead(address: 0x1ffc, length: 4, tag: 0, requester: .endpoint)
    header.lengthDW = 2
    header.lastBE = 0xf
    let packet = TLPLogRecord.Packet(TLP(header: header.encoded()))
    let record = TLPLogRecord(link: "link", direction: .up, packet: packet)
    #expect(
      record.line().hasPrefix("link up Malformed 3DW why=crosses4KiB header=00000002.010000ff.00001ffc ; "))
    #expect(try TLPLogRecord(line: record.line()) == record)
  }

  @Test(arguments: TLPType.allCases) func randomPacketsComeBack(_ type: TLPType) throws {
    var random = SeededRandom(state: UInt64(type.rawValue))
    for _ in 0..<400 {
      let record = TLPLogRecord.random(type, using: &random)
      let text = record.line(), json = record.line(.jsonLines)
      #expect(try TLPLogRecord(line: text) == record, "\(text)")
      #expect(try TLPLogRecord(line: json) == record, "\(json)")
      let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      #expect(object?["type"] as? String == "\(type.mnemonic)")
    }
  }

  /// Any bits can be on a link: they are shown as a packet, or as none.
  @Test func anyBitsComeBack() throws {
    var random = SeededRandom(state: 7)
    var malformed = 0
    for _ in 0..<5_000 {
      let record = TLPLogRecord.anyBits(using: &random)
      if case .malformed = record.packet { malformed += 1 }
      #expect(try TLPLogRecord(line: record.line()) == record)
      #expect(try TLPLogRecord(line: record.line(.jsonLines)) == record)
    }
    #expect(malformed > 1_000 && malformed < 4_500)
  }

  /// CRC-32 of the payload in wire order, bit by bit as the page describes it.
  @Test func theHashIsTheOneOfThePage() throws {
    func crc(_ bytes: [UInt8]) -> UInt32 {
      ~bytes.reduce(UInt32.max) { crc, byte in
        (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xedb8_8320 : 0) }
      }
    }
    var random = SeededRandom(state: 3)
    for length in [1, 4, 8, 12, 128, 4096] {
      let bytes = (0..<length).map { _ in UInt8(random.below(256)) }
      let payload = try #require(TLPLogRecord.Payload(bytes))
      #expect(payload.crc == crc(bytes) && payload.bytes == length)
      #expect((payload.data != nil) == (length <= 8))
    }
    #expect(TLPLogRecord.Payload(Array("123456789".utf8))?.crc == 0xcbf4_3926)
    #expect(TLPLogRecord.Payload([]) == nil)
  }

  /// What a test bench may write differently.
  static let dialects: [(String, String)] = [
    ("no timing", "link down MWr 3DW req=01:00.0 tag=0x05 addr=0x1000 len=2dw be=f/f"),
    ("a semicolon and nothing", "link down MWr 3DW req=01:00.0 tag=0x05 addr=0x1000 len=2dw be=f/f ;"),
    ("unknown timing", "link down MWr 3DW req=01:00.0 tag=0x5 addr=0x1000 len=2dw be=f/f ; lane=3 t=0ps note="),
    (
      "usual values",
      "link down MWr 3DW tc=0 attr=- at=untranslated fate=delivered be=f/f len=2dw addr=0x1000 req=01:00.0 tag=0x5"
    ),
    ("upper case", "link down MWr 3DW req=01:00.0 tag=0X5 addr=0x00001000 len=2dw be=F/F"),
    ("blanks", "  link\tdown  MWr 3DW req=1:0.0 tag=0x5 addr=0x1000 len=02dw be=f/f;seq=0\r"),
    (
      "JSON in another order",
      #" { "tag" : "0x5", "requester": "01:00.0", "length_dw": 2, "byte_enables": "f/f", "address": "0x1000","#
        + #" "type": "MWr", "format": "3DW", "link": "link", "direction": "down" } "#
    ),
    (
      "JSON with unknown timing",
      #"{"tag":"0x5","requester":"01:00.0","length_dw":"2","byte_enables":"f/f","address":"0x1000","type":"MWr","#
        + #""format":"3DW","link":"link","direction":"down","replay":false,"timing":{"lane":"x","start_ps":0}}"#
    ),
  ]

  @Test(arguments: dialects) func aDialectIsUnderstood(_ name: String, _ line: String) throws {
    var header = TLPHeader.memoryWrite(address: 0x1000, length: 8, requester: .endpoint)
    header.tag = 5
    let expected = TLPLogRecord(link: "link", direction: .down, packet: .wellFormed(header, headerDW: 3))
    #expect(try TLPLogRecord(line: line) == expected)
  }
}
