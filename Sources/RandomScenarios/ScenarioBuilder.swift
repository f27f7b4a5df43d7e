import Device
import Stimulus

/// Writes steps and keeps what is known of the devices behind them, from which come the expectations.
struct ScenarioBuilder {
  let platform: Platform
  var random: SeededRandom
  private(set) var steps: [String] = []
  var devices: [DeviceModel]
  /// From `host.memory_base` on.
  var host = KnownMemory(isCleared: false)
  /// The device that the present action is about.
  var device = 0

  init(_ platform: Platform, random: SeededRandom) {
    self.platform = platform
    self.random = random
    devices = platform.devices.map { facts in
      DeviceModel(
        readsWindowAtOffset: facts.readsWindowAtOffset, instructionLimit: facts.instructionLimit,
        runsOnlyPrograms: platform.isReference)
    }
  }

  func text(name: String, seed: UInt64) -> String {
    let parts = ["\"name\": \"\(name)\"", "\"seed\": \(seed)"] + platform.lines
    let list = steps.map { "    " + $0 }.joined(separator: ",\n")
    return "{ " + parts.joined(separator: ",\n  ") + ",\n  \"steps\": [\n\(list) ] }\n"
  }

  // MARK: choices

  mutating func number(_ range: ClosedRange<Int>) -> Int { range.lowerBound + random.below(range.count) }

  mutating func chance(_ percent: Int) -> Bool { random.below(100) < percent }

  mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

  /// A length where something changes, or any.
  mutating func length(upTo most: Int) -> Int {
    let edges = [0, 1, 2, 3, 4, 5, 8, 63, 64, 65, 127, 128, 129, 255, 512, 4_095, 4_096, 4_097, 8_191]
    let length = chance(70) ? random.pick(edges) : random.below(6_000)
    return min(length, most)
  }

  // MARK: steps

  var model: DeviceModel {
    get { devices[device] }
    set { devices[device] = newValue }
  }

  var facts: Platform.DeviceFacts { platform.devices[device] }

  /// One step, with the name of the device that it is about.
  mutating func step(_ kind: String, _ content: String, ofDevice: Bool = true) {
    let target = ofDevice && device > 0 ? "\"device\": \"\(facts.name)\"" : ""
    let keys = [content, target].filter { !$0.isEmpty }.joined(separator: ", ")
    append("{ \"\(kind)\": { \(keys) } }")
  }

  mutating func wait(upTo nanoseconds: Int) { append("{ \"wait\": \"\(random.below(nanoseconds))ns\" }") }

  mutating func append(_ step: String) { steps.append(step) }

  /// A write of BAR4 as it is, without an account of it.
  mutating func store(_ value: UInt64, _ size: Int, at address: Int) {
    step(
      "mmio_write",
      "\"address\": \"\(hexadecimal(address))\", \"size\": \(size), \"value\": \"\(hexadecimal(value))\"")
  }

  /// Reads what is known to be there; anything else without an expectation.
  mutating func load(_ size: Int, at address: Int) {
    let expect = model.read(size, at: address).map { ", \"expect\": \"\(hexadecimal($0))\"" } ?? ""
    step("mmio_read", "\"address\": \"\(hexadecimal(address))\", \"size\": \(size)\(expect)")
  }

  /// Compares memory, if it is known.
  mutating func expectMemory(_ count: Int, at address: Int) {
    guard count > 0, address + count <= DeviceMap.barSize, let bytes = model.memory.bytes(count, at: address)
    else { return }
    step("expect_memory", "\"address\": \"\(hexadecimal(address))\", \"hex\": \"\(hexadecimal(bytes))\"")
  }

  /// Compares both ends of what was written, what is behind it, and a piece between.
  mutating func expectWritten(_ count: Int, at address: Int) {
    let end = address + count
    expectMemory(min(count, 9), at: address)
    if count > 9 { expectMemory(min(count, 7), at: end - min(count, 7)) }
    if count > 64 { expectMemory(16, at: address + random.below(count - 16)) }
    if chance(50) { expectMemory(3, at: end) }
  }

  // MARK: actions

  /// One random thing to do.
  mutating func act() {
    device = random.below(devices.count)
    let choice = random.below(100)
    switch choice {
    case 0..<22: runProgram()
    case 22..<34: loadData()
    case 34..<52: transferByRegisters()
    case 52..<58: move()
    case 58..<70: accessMemory()
    case 70..<74: accessRegisters()
    case 74..<80: refusedCommand()
    case 80..<86: queueCommands()
    case 86..<91: abort()
    case 91..<94: loadProgramInPieces()
    default: plainCommand()
    }
    if platform.isSystem && chance(60) { actOnHierarchy() }
    if chance(20) { sendPacket() }
    if chance(20) { wait(upTo: 3_000) }
  }
}
