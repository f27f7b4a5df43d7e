import Device
import EBPF
import Stimulus

// Programs.
extension ScenarioBuilder {
  /// A random program, in slots.
  mutating func program(faults: Int) -> [UInt8] {
    var generator = ProgramGenerator(seed: random.next(), faultsPerMille: faults, callsHelpers: !platform.isReference)
    return Program(generator.program()).textBytes
  }

  /// Loads a program and its data, runs it a few times, and compares what it left.
  mutating func runProgram() {
    switch random.below(20) {
    case 0 where !platform.isReference: return runNoProgram()
    case 1: loadText(random.pick([Self.deepCalls, Self.callIntoConstant]))
    default: loadText(program(faults: chance(30) ? 60 : 0))
    }
    if !chance(8) { loadInput() }
    for _ in 0..<number(1...2) {
      guard let length = model.memory.number(4, at: DeviceMap.dataLength) else { return }
      let most = max(0, Int(length) - ProgramGenerator.dataBytes)
      run(offset: chance(70) ? 0 : chance(20) ? Int(length) + number(1...9) : random.below(most + 1))
    }
  }

  /// As many bytes as programs work on, and some more.
  mutating func loadInput() {
    let bytes = bytes(ProgramGenerator.dataBytes + random.below(200))
    step("load_data", "\"hex\": \"\(hexadecimal(bytes))\"")
    host.forgetAll()
    driverWroteRegisters()
    model.load(bytes, into: .data, at: 0)
  }

  /// `run`, with the result of the functional engine.
  mutating func run(offset: Int) {
    guard model.canRun else { return }
    let end = model.run(offset: offset)
    let expectation =
      switch end {
      case .result(let r0):
        "\"ret\": \"\(hexadecimal(r0 & 0xffff_ffff))\", \"r0\": \"\(hexadecimal(r0))\""
      case .error(.fault, let fault): "\"error\": \"FAULT\", \"fault\": \"\(fault)\""
      case .error(let error, _): "\"error\": \"\(error.name)\""
      }
    step("run", "\"offset\": \(offset), \"expect\": { \(expectation) }")
    driverWroteRegisters()
    checkStatus()
    if chance(40) { load(8, at: 0x30) }
    checkResults(offset: offset)
  }

  private mutating func checkResults(offset: Int) {
    if chance(30) { load(8, at: DeviceMap.errorCode) }
    if chance(30) { load(4, at: DeviceMap.ready) }
    if chance(40) { load(8, at: DeviceMap.registers + 8 * random.below(DeviceMap.registerCount)) }
    expectMemory(min(16, ProgramGenerator.dataBytes), at: DeviceMap.data + offset + random.below(112))
  }

  /// TEXT that holds no program.
  private mutating func runNoProgram() {
    switch random.below(3) {
    case 0: loadText(bytes(8 * number(1...4)), isProgram: false)
    case 1: loadText(Array(program(faults: 0).prefix(8 * number(1...3))), isProgram: false)
    default: loadText([0x18, 0, 0, 0, 1, 0, 0, 0], isProgram: false)
    }
    loadInput()
    run(offset: 0)
  }

  /// A function that calls itself until the call stack is full.
  private static let deepCalls = Program([.call(-1), .exit]).textBytes
  /// A call of the second slot of an LDDW, which only CALLX can name.
  private static let callIntoConstant =
    Program(wide(1, CodeAddress.address(ofSlot: 1)) + [.callx(1), .exit]).textBytes
  /// A loop without an end.
  static let endless = Program([.add(0, 1), .jump(-2)]).textBytes + Program([.exit]).textBytes
}
