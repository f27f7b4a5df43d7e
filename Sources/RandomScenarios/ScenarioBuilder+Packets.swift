import Device
import Stimulus

// Packets that no CPU access makes.
extension ScenarioBuilder {
  /// Only the address of the first device is known.
  mutating func sendPacket() {
    device = 0
    switch random.below(9) {
    case 0: writeByPacket(upTo: 8)
    case 1: writeBurst()
    case 8: requestBurst()
    case 2...3: readByPacket()
    case 4...5: unsupportedRequest()
    case 6: message()
    default: zeroLengthWrite()
    }
  }

  /// Writes one behind the other, more than queues hold when they are long, and reads behind them. Only with one device it is
  /// known how long they may be.
  private mutating func writeBurst() {
    let most = platform.isSystem ? 8 : platform.maxPayload / 4
    let writes = (0..<number(2...12)).map { _ in packetToWrite(upTo: most) }
    for write in writes { send(write.packet) }
    for _ in 0..<number(1...3) { readByPacket() }
    for write in writes { expectMemory(min(write.bytes, 16), at: write.address) }
  }

  /// Requests of a function that is not there, one behind the other: nobody waits for what they read, so that they wait in the
  /// device, for each other and for room for their answers.
  private mutating func requestBurst() {
    let writes = chance(50) ? 75 : 10
    var written: [(address: Int, bytes: Int)] = []
    for tag in 0..<number(6...20) {
      // While a long read is answered, the queues fill.
      let isLong = tag == 0 || chance(25)
      if tag > 0, chance(writes) {
        let write = packetToWrite(upTo: 4)
        send(write.packet)
        written.append((write.address, write.bytes))
      } else {
        let read = packetToRead(isLong ? 256...1_024 : 1...4)
        send(header(0x00, dwords: read.dwords, read.enables.first, read.enables.last, read.address, nobody: tag))
      }
    }
    for write in written { expectMemory(write.bytes, at: write.address) }
  }

  private mutating func writeByPacket(upTo most: Int) {
    let write = packetToWrite(upTo: most)
    send(write.packet)
    expectMemory(write.bytes, at: write.address)
  }

  /// A memory write of up to `most` dwords, with any first and last bytes.
  private mutating func packetToWrite(upTo most: Int) -> (packet: [UInt8], address: Int, bytes: Int) {
    let address = DeviceMap.data + 4 * random.below(4_000), room = (4_096 - address % 4_096) / 4
    let dwords = min(room, number(1...most)), enables = enables(dwords), bytes = bytes(4 * dwords)
    for (index, byte) in bytes.enumerated() where isEnabled(index, dwords, enables) {
      model.memory.write([byte], at: address + index)
    }
    return (header(0x40, dwords: dwords, enables.first, enables.last, address) + bytes, address, 4 * dwords)
  }

  private mutating func readByPacket() {
    let read = packetToRead(chance(30) ? 17...1_024 : 1...16)
    send(header(0x00, dwords: read.dwords, read.enables.first, read.enables.last, read.address), expect: "SC")
  }

  /// A memory read of so many dwords, or less where a page ends, with any first and last bytes.
  private mutating func packetToRead(
    _ most: ClosedRange<Int>
  ) -> (address: Int, dwords: Int, enables: (first: Int, last: Int)) {
    let address = DeviceMap.data + 4 * random.below(900), room = (4_096 - address % 4_096) / 4
    let dwords = min(room, number(most))
    return (address, dwords, chance(10) && dwords == 1 ? (first: 0, last: 0) : enables(dwords))
  }

  private mutating func zeroLengthWrite() {
    let address = DeviceMap.data + 4 * random.below(900)
    send(header(0x40, dwords: 1, 0, 0, address) + bytes(4))
    expectMemory(4, at: address)
  }

  /// I/O and atomics: the device has nothing for them.
  private mutating func unsupportedRequest() {
    let address = DeviceMap.data + 8 * random.below(400)
    switch random.below(5) {
    case 0: send(ioHeader(0x02), expect: "UR")
    case 1: send(ioHeader(0x42) + bytes(4), expect: "UR")
    case 2: send(header(0x4c, dwords: 1, 0, 0, address) + bytes(4), expect: "UR")
    case 3: send(header(0x4d, dwords: 2, 0, 0, address) + bytes(8), expect: "UR")
    default: send(header(0x4e, dwords: 2, 0, 0, address) + bytes(8), expect: "UR")
    }
  }

  /// Vendor_Defined Type 1, which whoever does not know it discards (Base Specification 2.2.8.6).
  private mutating func message() {
    let hasData = chance(50)
    // Broadcast from the root complex.
    let head: [UInt8] = [hasData ? 0x73 : 0x33, 0, 0, hasData ? 1 : 0, 0, 0, 0, 0x7f] + bytes(8)
    send(head + (hasData ? bytes(4) : []))
  }

  /// Contiguous ones.
  private mutating func enables(_ dwords: Int) -> (first: Int, last: Int) {
    guard dwords > 1 else { return (random.pick([0x1, 0x2, 0x4, 0x8, 0x3, 0x6, 0xc, 0x7, 0xe, 0xf]), 0) }
    return (random.pick([0xf, 0xe, 0xc, 0x8]), random.pick([0xf, 0x7, 0x3, 0x1]))
  }

  private func isEnabled(_ byte: Int, _ dwords: Int, _ enables: (first: Int, last: Int)) -> Bool {
    let dword = byte / 4, bits = dword == 0 ? enables.first : dword == dwords - 1 ? enables.last : 0xf
    return bits >> (byte % 4) & 1 == 1
  }

  /// A memory request of the host to an address of BAR4, as long as its address demands.
  /// - Parameter tag: of a request of function 7 of device 31 of bus 0, which there is not; nil for one of the host
  private func header(
    _ type: UInt8, dwords: Int, _ first: Int, _ last: Int, _ offset: Int, nobody tag: Int? = nil
  ) -> [UInt8] {
    let address = platform.barBase + UInt64(offset), isLong = address >> 32 != 0
    let places: [UInt64] = isLong ? [56, 48, 40, 32, 24, 16, 8, 0] : [24, 16, 8, 0]
    return [
      isLong ? type | 0x20 : type, 0, UInt8(dwords >> 8), UInt8(dwords & 0xff), 0, tag == nil ? 0 : 0xff,
      UInt8(tag ?? 0x55), UInt8(last << 4 | first),
    ]
      + places.map { UInt8(truncatingIfNeeded: address >> $0) }
  }

  private func ioHeader(_ type: UInt8) -> [UInt8] { [type, 0, 0, 1, 0, 0, 0x56, 0x0f, 0, 0, 0x10, 0] }

  private mutating func send(_ packet: [UInt8], expect status: String? = nil) {
    let expect = status.map { ", \"expect\": { \"status\": \"\($0)\" }" } ?? ""
    step("send_tlp", "\"hex\": \"\(hexadecimal(packet))\"\(expect)", ofDevice: false)
  }
}
