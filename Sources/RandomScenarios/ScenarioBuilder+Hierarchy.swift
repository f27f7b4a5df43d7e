import Device
import Stimulus

// What only hierarchies have: peers, faults, resets, configuration, packets.
extension ScenarioBuilder {
  mutating func actOnHierarchy() {
    switch random.below(19) {
    case 0..<4: peerAndWindow()
    case 4..<6: peerAndHost()
    case 6..<8: loadByPeer()
    case 8..<13: disturbLink()
    case 13..<15: failTransfer()
    case 15: failAccess()
    case 16: resetDevice()
    case 17: configure()
    default: disableMaster()
    }
  }

  // MARK: peers

  private mutating func peer() -> String? { platform.peers.isEmpty ? nil : random.pick(platform.peers) }

  private mutating func chunk() -> Int { random.pick([1, 3, 13, 64, 100, 128, 500, 4_096, 4_096]) }

  /// A peer writes the window in chunks of any length and reads it again; the device moves it.
  private mutating func peerAndWindow() {
    guard let peer = peer() else { return }
    let count = max(1, length(upTo: 5_000)), start = chance(40) ? 0 : random.below(9_000), bytes = bytes(count)
    // Each chunk takes a turn of the engine and of the medium.
    let chunk = max(chunk(), count / 40)
    let flush = chance(80), background = chance(30)
    let common = "\"peer\": \"\(peer)\", \"offset\": \(start), \"chunk\": \(chunk)"
    step(
      "peer_write",
      common + ", \"hex\": \"\(hexadecimal(bytes))\", \"flush\": \(flush), \"background\": \(background)")
    if background { steps(awaiting: peer) }
    // Reads of the host might overtake what no flush pushed.
    if !flush { steps(waiting: 100) }
    model.memory.write(bytes, at: DeviceMap.p2p + start)
    if chance(60) { step("peer_read", common + ", \"hex\": \"\(hexadecimal(bytes))\"") }
    if chance(40) { wait(upTo: 3_000) }
    // Other devices read the window from its start.
    guard model.readsWindowAtOffset || start == 0 else { return }
    moveWindow(from: start, count, into: .data, offset: start)
  }

  private mutating func steps(waiting microseconds: Int) { append("{ \"wait\": \"\(microseconds)us\" }") }

  private mutating func steps(awaiting peer: String) { step("await_peer", "\"peer\": \"\(peer)\"", ofDevice: false) }

  /// A peer writes host memory, and the device reads it by DMA.
  private mutating func peerAndHost() {
    guard let peer = peer() else { return }
    let count = max(1, length(upTo: 5_000)), start = random.below(Platform.hostBytes - 5_000), bytes = bytes(count)
    let common = "\"peer\": \"\(peer)\", \"to\": \"host\", \"offset\": \(start), \"chunk\": \(max(chunk(), count / 40))"
    step("peer_write", common + ", \"hex\": \"\(hexadecimal(bytes))\"")
    host.write(bytes, at: start)
    if chance(40) { step("peer_read", common + ", \"hex\": \"\(hexadecimal(bytes))\"") }
    giveCommand(.dmaData, length: count, offset: 0, address: platform.memoryBase + UInt64(start))
    awaitIdle()
    model.load(bytes, into: .data, at: 0)
    checkStatus()
    expectWritten(count, at: DeviceMap.data)
  }

  /// `load_data` and `load_text` through the peer.
  private mutating func loadByPeer() {
    // The window is read where OFFSET says, and the peer has written its start.
    guard let peer = peer() else { return }
    let offset = chance(60) || model.readsWindowAtOffset ? 0 : random.below(5_000)
    let isText = chance(40), bytes = isText ? program(faults: 0) : bytes(max(1, length(upTo: 5_000)))
    let common = "\"via\": \"p2p\", \"peer\": \"\(peer)\", \"offset\": \(isText ? 0 : offset)"
    if isText {
      step("load_text", "\"program\": { \"hex\": \"\(hexadecimal(bytes))\" }, " + common)
    } else {
      step("load_data", "\"hex\": \"\(hexadecimal(bytes))\", " + common)
    }
    driverWroteRegisters()
    model.memory.write(bytes, at: DeviceMap.p2p)
    model.load(bytes, into: isText ? .text : .data, at: isText ? 0 : offset)
    expectWritten(bytes.count, at: isText ? DeviceMap.text : DeviceMap.data + offset)
  }

  // MARK: faults

  /// What a link repairs, or what only takes time: nobody notices.
  private mutating func disturbLink() {
    let targets = platform.devices.map(\.name) + platform.peers + platform.switches
    let target = "\"target\": \"\(random.pick(targets))\"", direction = chance(50) ? "up" : "down"
    let kinds = ["drop_tlp", "corrupt_tlp", "drop_dllp", "corrupt_dllp", "delay_tlp", "credit_starvation", "retrain"]
    let kind = random.pick(kinds)
    let common = "\"kind\": \"\(kind)\", \(target)"
    switch kind {
    case "delay_tlp":
      step(
        "inject", common + ", \"direction\": \"\(direction)\", \"time\": \"\(random.below(4_000))ns\"", ofDevice: false)
    case "credit_starvation":
      let flowClass = random.pick(["posted", "nonposted", "completion"])
      step(
        "inject",
        common + ", \"direction\": \"\(direction)\", \"class\": \"\(flowClass)\", \"time\": \"\(random.below(9))us\"",
        ofDevice: false)
    case "retrain":
      step("inject", common + ", \"time\": \"\(1 + random.below(6))us\"", ofDevice: false)
    default:
      step(
        "inject",
        common + ", \"direction\": \"\(direction)\", \"count\": \(number(1...3)), \"skip\": \(random.below(6))",
        ofDevice: false)
    }
  }

  /// Host memory answers a transfer wrongly.
  private mutating func failTransfer() {
    let kinds: [(String, DeviceError)] = [
      ("ur", .unsupportedRequest), ("ca", .completerAbort), ("poison", .poisoned), ("completion_timeout", .timeout),
      ("malformed_completion", .timeout), ("delay", .none), ("unexpected_completion", .none),
    ]
    let (kind, error) = random.pick(kinds)
    let isText = chance(40), count = min(pageRoom, isText ? 64 : number(1...2_000)), bytes = bytes(count)
    let segment = isText ? Segment.text : .data
    step("inject", "\"kind\": \"\(kind)\"" + (kind == "delay" ? ", \"time\": \"3us\"" : ""), ofDevice: false)
    let expect = error == .none ? "" : ", \"expect\": { \"error\": \"\(error.name)\" }"
    if isText {
      step("load_text", "\"program\": { \"hex\": \"\(hexadecimal(bytes))\" }, \"check\": false" + expect)
    } else {
      step("load_data", "\"hex\": \"\(hexadecimal(bytes))\"" + expect)
    }
    host.forgetAll()
    driverWroteRegisters()
    guard error == .none else {
      model.loadInVain(count, into: segment, at: 0, error)
      return checkStatus()
    }
    model.load(bytes, into: segment, at: 0)
    checkStatus()
    expectWritten(count, at: segment.base)
  }

  /// The device answers the CPU wrongly, which then has all ones.
  private mutating func failAccess() {
    let kind = random.pick(["ur", "ca", "poison"]), size = random.pick([1, 2, 4, 8])
    step("inject", "\"kind\": \"\(kind)\", \"by\": \"device\", \"target\": \"\(facts.name)\"", ofDevice: false)
    step(
      "mmio_read",
      "\"address\": \"\(hexadecimal(DeviceMap.data + random.below(64)))\", \"size\": \(size), "
        + "\"expect\": \"\(hexadecimal(UInt64.max >> UInt64(64 - 8 * size)))\"")
    load(4, at: DeviceMap.data)
  }

  // MARK: configuration

  private mutating func resetDevice() {
    let kind = chance(70) ? "function" : "hot"
    if kind == "hot" && chance(30) {
      step("inject", "\"kind\": \"surprise_removal\", \"target\": \"\(facts.name)\"", ofDevice: false)
      step("mmio_read", "\"address\": \"\(hexadecimal(DeviceMap.data))\", \"expect\": \"0xffffffff\"")
    }
    step("reset", "\"kind\": \"\(kind)\", \"target\": \"\(facts.name)\"", ofDevice: false)
    model.reset()
    checkStatus()
    load(4, at: DeviceMap.dataLength)
    load(8, at: DeviceMap.offset)
  }

  private mutating func configure() {
    let target = "\"target\": \"\(facts.name)\""
    if chance(40) {
      step("inject", "\"kind\": \"crs\", \"count\": \(number(1...3)), \(target)", ofDevice: false)
    }
    step("config_read", "\"register\": 0, \"expect\": \"0x30001de5\", \(target)", ofDevice: false)
    // Cache Line Size, which nothing depends on.
    let value = random.below(256)
    step("config_write", "\"register\": 12, \"size\": 1, \"value\": \(value), \(target)", ofDevice: false)
    step(
      "config_read", "\"register\": 12, \"expect\": { \"value\": \(value), \"mask\": 255 }, \(target)", ofDevice: false)
  }

  /// Without Bus Master in the Command register a device reads nothing.
  private mutating func disableMaster() {
    let target = "\"target\": \"\(facts.name)\"", isText = chance(50)
    step("config_write", "\"register\": 4, \"size\": 2, \"value\": 2, \(target)", ofDevice: false)
    giveCommand(isText ? .dmaText : .dmaData, length: number(1...300), offset: 0, address: platform.memoryBase)
    awaitIdle()
    model.loadInVain(300, into: isText ? .text : .data, at: 0, .disabled)
    checkStatus()
    step("config_write", "\"register\": 4, \"size\": 2, \"value\": 6, \(target)", ofDevice: false)
  }
}
