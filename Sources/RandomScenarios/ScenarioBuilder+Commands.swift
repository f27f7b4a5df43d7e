import Device
import Stimulus

// Commands one by one: refused, queued, aborted.
extension ScenarioBuilder {
  /// A command that ends with an error, by what it asks.
  mutating func refusedCommand() {
    let segment = Segment.data
    switch random.below(6) {
    case 0:
      let opcodes = (0x06...0xfe).map(UInt8.init)
      giveCommand(random.pick(opcodes), length: random.below(99), offset: random.below(99))
      refused(.opcode)
    case 1, 2:
      let count = number(1...64), kinds: [DeviceOpcode] = [.dmaText, .dmaData, .moveP2PText, .moveP2PData]
      let opcode = random.pick(kinds)
      let capacity = opcode == .dmaText || opcode == .moveP2PText ? Segment.text.capacity : segment.capacity
      // To the window MOVE_P2P_* of some devices give OFFSET, and it is larger.
      let room =
        model.readsWindowAtOffset && (opcode == .moveP2PText || opcode == .moveP2PData)
        ? DeviceMap.p2pCapacity : capacity
      let offset = chance(50) ? room - count + number(1...count) : room + random.below(9_999)
      giveCommand(opcode, length: count, offset: offset, address: platform.memoryBase)
      refused(.range)
    case 3:
      // A bus address that wraps.
      giveCommand(.dmaData, length: 64, offset: 0, address: .max - UInt64(random.below(63)))
      refused(.range)
    case 4:
      // Nobody is at that address.
      let opcode = random.pick([DeviceOpcode.dmaData, .dmaText]), count = number(1...600)
      giveCommand(opcode, length: count, offset: 0, address: 0x7f00_0000_0000 + UInt64(random.below(5_000)))
      awaitIdle()
      model.loadInVain(count, into: opcode == .dmaText ? .text : .data, at: 0, .unsupportedRequest)
      checkStatus()
    default:
      loadBeyondTheEnd()
    }
  }

  /// `load_data` of one page, so of one command, that has no room.
  private mutating func loadBeyondTheEnd() {
    let bytes = bytes(pageRoom)
    let offset = Segment.data.capacity - random.below(bytes.count)
    step(
      "load_data",
      "\"hex\": \"\(hexadecimal(bytes))\", \"offset\": \(offset), \"expect\": { \"error\": \"RANGE\" }")
    host.forgetAll()
    driverWroteRegisters()
    model.refuse(.range)
    checkStatus()
  }

  /// Bytes of a buffer that the driver brings with one command.
  var pageRoom: Int { 4_096 - platform.bufferOffset }

  private mutating func refused(_ error: DeviceError) {
    awaitIdle()
    model.refuse(error)
    checkStatus()
  }

  /// As many transfers as the device takes, without waiting between them.
  mutating func queueCommands() {
    if host.bytes(1, at: platform.bufferOffset) == nil { fillHost() }
    var transfers: [(offset: Int, bytes: [UInt8])] = []
    for _ in 0...random.below(facts.queueDepth + 1) {
      let place = hostPlace()
      guard let bytes = host.bytes(place.count, at: place.start) else { return awaitIdle() }
      // Apart from one another, as several channels may work at a time.
      let offset = transfers.isEmpty && chance(50) ? 0 : 0x1_0000 + 0x4000 * transfers.count + random.below(64)
      giveCommand(
        .dmaData, length: bytes.count, offset: offset, address: platform.memoryBase + UInt64(place.start))
      transfers.append((offset, bytes))
    }
    awaitIdle()
    for (offset, bytes) in transfers { model.load(bytes, into: .data, at: offset) }
    checkStatus()
    for (offset, bytes) in transfers { expectMemory(min(bytes.count, 12), at: DeviceMap.data + offset) }
    load(4, at: DeviceMap.dataLength)
  }

  /// Stops what takes too long to have ended by then: a loop without an end, with commands behind it.
  mutating func abort() {
    // A limit would end the loop.
    guard facts.instructionLimit == 0 else { return }
    loadText(Self.endless)
    loadInput()
    store(UInt64(DeviceOpcode.runProgram.rawValue), 1, at: DeviceMap.opcode)
    store(0, 4, at: DeviceMap.offset)
    store(UInt64(DeviceControl.start), 1, at: DeviceMap.control)
    model.abortRun()
    var waiting = random.below(facts.queueDepth + 1)
    if chance(50) { waiting = facts.queueDepth + 1 }
    let kinds: [UInt8] = [0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0xff, 0x77]
    for _ in 0..<waiting {
      giveCommand(random.pick(kinds), length: random.below(64), offset: 0, address: platform.memoryBase)
    }
    if chance(60) { wait(upTo: 4_000) }
    if waiting > facts.queueDepth {
      // Its START found no room, and the loop goes on.
      let isError = UInt64(DeviceControl.error), busy = UInt64(DeviceControl.busy)
      step("mmio_read", "\"address\": 1, \"size\": 1, \"expect\": \"\(hexadecimal(isError | busy))\"")
      step("mmio_read", "\"address\": \(DeviceMap.errorCode), \"expect\": \(DeviceError.busy.rawValue)")
    } else {
      step("mmio_read", "\"address\": 1, \"size\": 1, \"expect\": \(DeviceControl.busy)")
    }
    store(0, 1, at: DeviceMap.control)
    awaitIdle()
    checkStatus()
    if chance(50) {
      // Of an idle device it clears the status, but not the code.
      store(0, 1, at: DeviceMap.control)
      (model.isDMADone, model.isFailed) = (false, false)
      checkStatus()
    }
  }

  /// GET_REGS and DUMP_MEM, as steps or by registers.
  mutating func plainCommand() {
    let text = model.memory.number(4, at: DeviceMap.textLength) ?? .max
    let data = model.memory.number(4, at: DeviceMap.dataLength) ?? .max
    let dumps = text <= 64 && data <= 64 && chance(50)
    if chance(50) {
      step(dumps ? "dump_mem" : "get_regs", "")
      model.registers[DeviceMap.opcode] = (dumps ? DeviceOpcode.dumpMemory : .getRegisters).rawValue
    } else {
      giveCommand(dumps ? .dumpMemory : .getRegisters, length: 0, offset: 0)
      awaitIdle()
    }
    model.doNothing()
    checkStatus()
  }
}
