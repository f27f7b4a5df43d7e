import Device
import Stimulus

// Loads and stores of the CPU.
extension ScenarioBuilder {
  /// Writes some bytes of RAM or the window in any size, at any address, and reads them in any size.
  mutating func accessMemory() {
    let regions = [
      (DeviceMap.text, 0x4000), (DeviceMap.ret, 0x88), (DeviceMap.data, 0x9000), (DeviceMap.p2p, 0x9000),
      (DeviceMap.data + 0x30_0000, 0xf_ffff), (DeviceMap.p2p + 0x70_0000, 0xf_ffff),
    ]
    let (base, span) = random.pick(regions)
    for _ in 0..<number(1...4) {
      let size = random.pick([1, 2, 4, 8]), address = place(size, base, span)
      let value = random.next() >> UInt64(64 - 8 * size)
      store(value, size, at: address)
      model.memory.write(value, bytes: size, at: address)
      if chance(30) { wait(upTo: 500) }
      let readSize = random.pick([1, 2, 4, 8])
      let readAddress = min(base + span - 8, max(base, address - 4 + random.below(9)))
      load(readSize, at: withinBlock(readAddress, readSize))
      load(size, at: address)
    }
    if chance(30) { pollMemory(base, span) }
  }

  /// An address in the region, often at the end of 4 KiB or 64 bytes.
  private mutating func place(_ size: Int, _ base: Int, _ span: Int) -> Int {
    var address = base + random.below(span - 16)
    if chance(30) { address = min(base + span - 16, max(base, (address | 63) - random.below(12))) }
    return withinBlock(address, size)
  }

  /// One access crosses no 4 KiB boundary.
  private func withinBlock(_ address: Int, _ size: Int) -> Int {
    address % 4_096 + size > 4_096 ? (address & ~4_095) + 4_096 - size : address
  }

  /// A poll that finds what was written.
  private mutating func pollMemory(_ base: Int, _ span: Int) {
    let address = place(4, base, span), value = random.next() & 0xffff_ffff
    store(value, 4, at: address)
    model.memory.write(value, bytes: 4, at: address)
    let mask = random.next() & 0xffff_ffff
    step(
      "poll",
      "\"address\": \"\(hexadecimal(address))\", \"value\": \"\(hexadecimal(value & mask))\", "
        + "\"mask\": \"\(hexadecimal(mask))\", \"interval\": \"\(random.below(900))ns\", \"timeout\": \"1ms\"")
  }

  /// Writes registers that begin nothing, in any size, and reads all of them.
  mutating func accessRegisters() {
    for _ in 0..<number(2...6) {
      let size = random.pick([1, 2, 4, 8]), address = DeviceMap.length + random.below(DeviceMap.errorCode - 12)
      writeRegister(random.next() >> UInt64(64 - 8 * size), size, at: address)
    }
    for _ in 0..<number(2...6) {
      let size = random.pick([1, 2, 4, 8])
      load(size, at: random.below(DeviceMap.errorCode + 4))
    }
    if chance(30) { load(8, at: 0x40 + 8 * random.below(0x1000)) }
  }
}
