import Device
import Stimulus

// Bytes on their way into a device.
extension ScenarioBuilder {
  /// `load_data` as the driver does it, page by page.
  mutating func loadData() {
    if chance(30) { return fillHost() }
    let count = max(1, length(upTo: 8_191)), bytes = bytes(count)
    let offset = chance(50) ? 0 : random.below(9_000)
    // The pages of a buffer that begins inside a page.
    let room = Platform.hostBytes - platform.bufferOffset
    let page = random.pick([4_096, 4_096, 8_192, 16_384])
    guard count <= room else { return }
    step("load_data", "\"hex\": \"\(hexadecimal(bytes))\", \"offset\": \(offset), \"page_size\": \(page)")
    // Where the pages lie in host memory is the driver's secret.
    host.forgetAll()
    driverWroteRegisters()
    model.load(bytes, into: .data, at: offset)
    expectWritten(count, at: DeviceMap.data + offset)
    if chance(30) { load(4, at: DeviceMap.dataLength) }
    if chance(30) { load(8, at: 0x38) }
  }

  /// `load_data` of one page of all of host memory, so that it is known where its bytes are.
  mutating func fillHost() {
    let room = Platform.hostBytes - platform.bufferOffset
    let count = random.pick([4_096, 8_192 + random.below(999), 16_384])
    guard count <= room else { return }
    let words = (0..<(count + 3) / 4).map { UInt32($0) }
    let counter = words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    var bytes = Array(counter.prefix(count))
    var source = "\"fill\": { \"bytes\": \(count) }"
    if chance(20) {
      bytes = self.bytes(count)
      source = "\"hex\": \"\(hexadecimal(bytes))\""
    }
    step("load_data", "\(source), \"page_size\": \(Platform.hostBytes)")
    host.write(bytes, at: platform.bufferOffset)
    driverWroteRegisters()
    model.load(bytes, into: .data, at: 0)
    expectWritten(count, at: DeviceMap.data)
  }

  /// The driver's writes of OPCODE to ADDR leave there what a scenario need not know.
  mutating func driverWroteRegisters() { model.registers = Array(repeating: nil, count: DeviceMap.errorCode) }

  // MARK: by registers

  /// A DMA command of any length from any address of host memory, given register by register.
  mutating func transferByRegisters() {
    if host.bytes(1, at: platform.bufferOffset) == nil { fillHost() }
    let segment = chance(20) ? Segment.text : .data, place = hostPlace(), count = place.count
    // At times up to the last byte of the segment.
    let offset = chance(30) ? 0 : chance(20) ? segment.capacity - count : random.below(20_000)
    guard let bytes = host.bytes(count, at: place.start) else { return }
    giveCommand(segment.dma, length: count, offset: offset, address: platform.memoryBase + UInt64(place.start))
    awaitIdle()
    model.load(bytes, into: segment, at: offset)
    checkStatus()
    expectWritten(count, at: segment.base + offset)
    if chance(50) { load(4, at: segment.lengthAddress) }
  }

  /// Bytes that were written to host memory; often across 4 KiB, or at the end of it.
  mutating func hostPlace() -> (start: Int, count: Int) {
    let first = platform.bufferOffset, known = knownHostBytes
    guard known > 0 else { return (first, 0) }
    var start = first + random.below(known)
    if chance(30) { start = min(first + known - 1, max(first, (start & ~4_095) + 4_096 - random.below(130))) }
    return (start, length(upTo: first + known - start))
  }

  /// How many bytes from `bufferOffset` on are known.
  private var knownHostBytes: Int {
    let all = [16_384, 9_190, 8_192, 4_096]
    return all.first { host.bytes($0, at: platform.bufferOffset) != nil } ?? 0
  }

  /// OPCODE, LENGTH, OFFSET and ADDR in writes of several sizes, then START.
  mutating func giveCommand(_ opcode: DeviceOpcode, length: Int, offset: Int, address: UInt64? = nil) {
    giveCommand(opcode.rawValue, length: length, offset: offset, address: address)
  }

  mutating func giveCommand(_ opcode: UInt8, length: Int, offset: Int, address: UInt64? = nil) {
    writeRegister(UInt64(offset), 4, at: DeviceMap.offset)
    if let address {
      if chance(50) {
        writeRegister(address, 8, at: DeviceMap.addressLow)
      } else {
        writeRegister(address & 0xffff_ffff, 4, at: DeviceMap.addressLow)
        writeRegister(address >> 32, 4, at: DeviceMap.addressHigh)
      }
    }
    let start = UInt64(DeviceControl.start) << 8 | UInt64(opcode)
    switch random.below(3) {
    case 0:
      // CTRL acts last, so that one write can do it all.
      writeRegister(UInt64(length) << 32 | start, 8, at: DeviceMap.opcode)
    case 1:
      writeRegister(UInt64(length), 4, at: DeviceMap.length)
      writeRegister(start, 2, at: DeviceMap.opcode)
    default:
      writeRegister(UInt64(length), 4, at: DeviceMap.length)
      writeRegister(UInt64(opcode), 1, at: DeviceMap.opcode)
      writeRegister(UInt64(DeviceControl.start), 1, at: DeviceMap.control)
    }
  }

  /// Writes registers, and notes all of them but CTRL.
  mutating func writeRegister(_ value: UInt64, _ size: Int, at address: Int) {
    store(value, size, at: address)
    for byte in 0..<size where address + byte < DeviceMap.errorCode {
      let place = address + byte
      guard place == DeviceMap.opcode || place >= DeviceMap.length else { continue }
      model.registers[place] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
    }
  }

  mutating func awaitIdle() {
    step("poll", "\"address\": 1, \"size\": 1, \"value\": 0, \"mask\": \(DeviceControl.busy), \"interval\": \"200ns\"")
  }

  /// Compares what the registers say of the last command.
  mutating func checkStatus() {
    load(1, at: DeviceMap.control)
    if chance(60) { load(8, at: DeviceMap.errorCode) }
    if chance(20) { load(8, at: 0x20) }
    if chance(20) { load(8, at: 0x38) }
  }

  // MARK: the window

  /// The host writes the window, then MOVE_P2P_* brings it to TEXT or DATA.
  mutating func move() {
    let start = random.below(2) == 0 ? 0 : random.below(300)
    let count = random.pick([0, 1, 2, 3, 4, 8, 31, 63, 64, 65, 100])
    writeWindow(bytes(count), at: start)
    let offset = model.readsWindowAtOffset ? start : chance(40) ? 0 : random.below(9_000)
    let source = model.readsWindowAtOffset ? start : 0
    moveWindow(from: source, count, into: chance(30) ? .text : .data, offset: offset)
  }

  /// MOVE_P2P_* of bytes that are known.
  mutating func moveWindow(from start: Int, _ count: Int, into segment: Segment, offset: Int) {
    guard let bytes = model.memory.bytes(count, at: DeviceMap.p2p + start) else { return }
    giveCommand(segment.move, length: count, offset: offset)
    awaitIdle()
    let target = model.readsWindowAtOffset ? 0 : offset
    model.move(bytes, into: segment, at: target, register: offset)
    checkStatus()
    expectWritten(count, at: segment.base + target)
    if chance(50) { load(4, at: segment.lengthAddress) }
  }

  /// Stores of several sizes, as a CPU writes an array.
  private mutating func writeWindow(_ bytes: [UInt8], at start: Int) {
    var done = 0
    while done < bytes.count {
      let address = DeviceMap.p2p + start + done
      let fitting = [1, 2, 4, 8].filter { done + $0 <= bytes.count && address % 4_096 + $0 <= 4_096 }
      let size = chance(60) ? fitting.last! : random.pick(fitting)
      let piece = Array(bytes[done..<done + size])
      store(littleEndian(piece), size, at: address)
      model.memory.write(piece, at: address)
      done += size
    }
  }

  // MARK: programs

  /// A program in two pieces, of which only both together are one.
  mutating func loadProgramInPieces() {
    let program = program(faults: 0), cut = 8 * number(1...max(1, program.count / 8 - 1))
    guard cut < program.count, program.count < 16_000 else { return }
    loadText(Array(program[..<cut]), offset: 0, isProgram: false)
    loadText(Array(program[cut...]), offset: cut, isProgram: false)
    load(4, at: DeviceMap.textLength)
    loadInput()
    run(offset: 0)
  }

  mutating func loadText(_ bytes: [UInt8], offset: Int = 0, isProgram: Bool = true) {
    let check = isProgram ? "" : ", \"check\": false"
    step("load_text", "\"program\": { \"hex\": \"\(hexadecimal(bytes))\" }, \"offset\": \(offset)\(check)")
    host.forgetAll()
    driverWroteRegisters()
    model.load(bytes, into: .text, at: offset)
  }
}

extension DeviceModel {
  /// MOVE_P2P_*: the length register grows by what OFFSET says, wherever the bytes go.
  mutating func move(_ bytes: [UInt8], into segment: Segment, at offset: Int, register: Int) {
    let old = memory.number(4, at: segment.lengthAddress)
    load(bytes, into: segment, at: offset)
    guard register != 0 else { return memory.write(UInt64(bytes.count), bytes: 4, at: segment.lengthAddress) }
    guard let old else { return memory.forget(4, at: segment.lengthAddress) }
    memory.write(old &+ UInt64(bytes.count) & 0xffff_ffff, bytes: 4, at: segment.lengthAddress)
  }
}
