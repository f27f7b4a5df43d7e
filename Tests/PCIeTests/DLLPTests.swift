import PCIe
import TestSupport
import Testing

/// Data link layer packets (PCI Express Base Specification 3.5.1).
@Suite struct DLLPTests {
  static func samples(using random: inout SeededRandom) -> [DLLP] {
    let sequence = UInt16(random.below(4096))
    let (header, data) = (UInt8(random.below(256)), UInt16(random.below(4096)))
    return [.ack(sequence: sequence), .nak(sequence: sequence)]
      + FlowClass.allCases.flatMap { kind -> [DLLP] in
        [
          .initFC1(kind, header: header, data: data), .initFC2(kind, header: header, data: data),
          .updateFC(kind, header: header, data: data),
        ]
      }
  }

  @Test(arguments: [
    (DLLP.ack(sequence: 0xabc), [UInt8(0x00), 0, 0x0a, 0xbc]),
    (.nak(sequence: 1), [0x10, 0, 0, 1]),
    (.initFC1(.posted, header: 0xff, data: 0xfff), [0x40, 0x3f, 0xcf, 0xff]),
    (.initFC1(.nonPosted, header: 1, data: 0), [0x50, 0, 0x40, 0]),
    (.initFC1(.completion, header: 0, data: 0), [0x60, 0, 0, 0]),
    (.initFC2(.posted, header: 4, data: 2), [0xc0, 1, 0, 2]),
    (.initFC2(.nonPosted, header: 0, data: 2), [0xd0, 0, 0, 2]),
    (.initFC2(.completion, header: 0, data: 2), [0xe0, 0, 0, 2]),
    (.updateFC(.posted, header: 0, data: 2), [0x80, 0, 0, 2]),
    (.updateFC(.nonPosted, header: 0, data: 2), [0x90, 0, 0, 2]),
    (.updateFC(.completion, header: 0, data: 2), [0xa0, 0, 0, 2]),
  ])
  func fields(packet: DLLP, bytes: [UInt8]) {
    #expect(packet.encoded()[..<4] == bytes[...])
    #expect(packet.encoded().count == DLLP.byteCount)
  }

  @Test func everyPacketSurvivesTheWire() throws {
    var random = SeededRandom(state: 3)
    for _ in 0..<200 {
      for packet in DLLPTests.samples(using: &random) {
        #expect(try DLLP(decoding: packet.encoded()) == packet)
      }
    }
  }

  /// The CRC finds every single bit error (3.5.1).
  @Test func everyBitIsProtected() {
    let bytes = DLLP.updateFC(.nonPosted, header: 0x5a, data: 0x3c3).encoded()
    for bit in 0..<48 {
      var damaged = bytes
      damaged[bit / 8] ^= 0x80 >> UInt8(bit % 8)
      #expect(throws: BadDLLP.self, "bit \(bit)") { try DLLP(decoding: damaged) }
    }
  }

  /// The text of 3.5.1 bit by bit: a shift register, and the table that maps its result into the field.
  private func crc(of bytes: [UInt8]) -> [UInt8] {
    var register: UInt16 = 0xffff
    for byte in bytes {
      for bit in 0..<8 {
        let feedback = register >> 15 ^ UInt16(byte >> UInt8(bit) & 1)
        register = register << 1 ^ (feedback == 1 ? 0x100b : 0)
      }
    }
    let result = ~register
    // Result bits 15...8 are bits 0...7 of the first byte, bits 7...0 those of the second.
    var field: [UInt8] = [0, 0]
    for bit in 0..<16 where result >> UInt16(15 - bit) & 1 == 1 { field[bit / 8] |= 1 << UInt8(bit % 8) }
    return field
  }

  @Test func crcIsThatOfTheText() {
    for first in UInt8.min...UInt8.max {
      let body = [first, 0x12, 0x34, 0x56]
      let bytes = body + crc(of: body)
      do throws(BadDLLP) {
        let packet = try DLLP(decoding: bytes)
        #expect(packet.encoded()[0] == first)
      } catch {
        #expect(error == .unsupportedType(first))
      }
    }
  }

  @Test func refusals() {
    #expect(throws: BadDLLP.length(5)) { try DLLP(decoding: [0, 0, 0, 0, 0]) }
    #expect(throws: BadDLLP.length(0)) { try DLLP(decoding: []) }
    var bytes = DLLP.ack(sequence: 0).encoded()
    let right = UInt16(bytes[5]) << 8 | UInt16(bytes[4])
    bytes[4] ^= 1
    #expect(throws: BadDLLP.crc(found: right ^ 1, expected: right)) { try DLLP(decoding: bytes) }
    // A power management request, and credits of VC1.
    for first in [UInt8(0x20), 0x41] {
      #expect(throws: BadDLLP.unsupportedType(first)) {
        try DLLP(decoding: [first, 0, 0, 0] + crc(of: [first, 0, 0, 0]))
      }
    }
    #expect(BadDLLP.length(5).description == "DLLP of 5 bytes, expected 6")
  }
}
