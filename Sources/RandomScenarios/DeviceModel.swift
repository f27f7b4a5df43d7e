import Device
import EBPF

/// What a device holds between two steps, as its register map and its instruction set say: without any timing, and without
/// a part of the simulator but the functional engine.
struct DeviceModel {
  /// BAR4 from TEXT_LEN on, the window included; addresses are those of BAR4.
  var memory = KnownMemory(isCleared: true)
  /// The bytes of OPCODE to ADDR_HIGH; nil for what the driver wrote.
  var registers: [UInt8?] = Array(repeating: 0, count: DeviceMap.errorCode)
  var isDMADone = false
  var isFailed = false
  var error = DeviceError.none
  /// nil when it is not known where, or how, a run stopped.
  var fault: CoreFault? = CoreFault.none
  var faultPC: UInt32? = 0
  var runs: UInt64 = 0
  /// Of the last run.
  var instructions: UInt64? = 0
  var dmaBytes: UInt64 = 0
  /// OFFSET of MOVE_P2P_* is a place in the window.
  let readsWindowAtOffset: Bool
  /// After which a run is ended; 0 for no limit.
  let instructionLimit: UInt64
  /// No run is tried of what the loader refuses.
  let runsOnlyPrograms: Bool

  init(readsWindowAtOffset: Bool, instructionLimit: UInt64, runsOnlyPrograms: Bool) {
    self.readsWindowAtOffset = readsWindowAtOffset
    self.instructionLimit = instructionLimit
    self.runsOnlyPrograms = runsOnlyPrograms
  }

  /// CTRL of an idle device.
  var control: UInt8 { (isDMADone ? DeviceControl.dmaDone : 0) | (isFailed ? DeviceControl.error : 0) }

  /// The byte at an offset of the I/O megabyte; nil when it is not known.
  func register(_ offset: Int) -> UInt8? {
    func byte(_ value: UInt64?, _ first: Int) -> UInt8? {
      value.map { UInt8(truncatingIfNeeded: $0 >> UInt64(8 * (offset - first))) }
    }
    switch offset {
    case DeviceMap.control: return control
    case 0x02, 0x03: return 0xff
    case 0..<DeviceMap.errorCode: return registers[offset]
    case DeviceMap.errorCode: return error.rawValue
    case DeviceMap.errorCode + 1: return fault?.rawValue
    case DeviceMap.errorCode + 2..<DeviceMap.errorPC: return 0
    case DeviceMap.errorPC..<DeviceMap.errorPC + 4: return byte(faultPC.map(UInt64.init), DeviceMap.errorPC)
    case 0x20..<0x28: return byte(runs, 0x20)
    case 0x28..<0x30: return nil
    case 0x30..<0x38: return byte(instructions, 0x30)
    case 0x38..<0x40: return byte(dmaBytes, 0x38)
    default: return 0xff
    }
  }

  /// What a read of `size` bytes at `address` of BAR4 returns; nil when it is not known.
  func read(_ size: Int, at address: Int) -> UInt64? {
    guard address < DeviceMap.ioSize else { return memory.number(size, at: address) }
    let bytes = (address..<address + size).compactMap(register)
    return bytes.count == size ? littleEndian(bytes) : nil
  }

  /// A START of an idle device clears what the last failure left.
  private mutating func begin() {
    (isFailed, error, fault, faultPC, isDMADone) = (false, .none, CoreFault.none, 0, false)
  }

  private mutating func fail(_ error: DeviceError, _ fault: CoreFault? = CoreFault.none, pc: UInt32? = 0) {
    (isFailed, self.error, self.fault, faultPC) = (true, error, fault, pc)
  }

  /// After a function-level reset: RAM keeps what it holds.
  mutating func reset() {
    registers = Array(repeating: 0, count: DeviceMap.errorCode)
    begin()
    (runs, instructions, dmaBytes) = (0, 0, 0)
  }

  // MARK: commands

  /// A command that ends with `error` and changes nothing else.
  mutating func refuse(_ error: DeviceError) {
    begin()
    fail(error)
  }

  /// GET_REGS and DUMP_MEM, which succeed.
  mutating func doNothing() { begin() }

  /// A transfer of known bytes, which succeeds.
  mutating func load(_ bytes: [UInt8], into segment: Segment, at offset: Int) {
    begin()
    memory.write(bytes, at: segment.base + offset)
    let old = offset == 0 ? 0 : memory.number(4, at: segment.lengthAddress)
    if let old {
      memory.write(UInt64(UInt32(truncatingIfNeeded: old &+ UInt64(bytes.count))), bytes: 4, at: segment.lengthAddress)
    } else {
      memory.forget(4, at: segment.lengthAddress)
    }
    dmaBytes &+= UInt64(bytes.count)
    isDMADone = true
  }

  /// A transfer that fails after some bytes may have come.
  mutating func loadInVain(_ count: Int, into segment: Segment, at offset: Int, _ error: DeviceError) {
    begin()
    memory.forget(count, at: segment.base + offset)
    fail(error)
  }
}

/// TEXT or DATA.
enum Segment: CaseIterable {
  case text, data

  var base: Int { self == .text ? DeviceMap.text : DeviceMap.data }
  var capacity: Int { self == .text ? DeviceMap.textCapacity : DeviceMap.dataCapacity }
  var lengthAddress: Int { self == .text ? DeviceMap.textLength : DeviceMap.dataLength }
  var dma: DeviceOpcode { self == .text ? .dmaText : .dmaData }
  var move: DeviceOpcode { self == .text ? .moveP2PText : .moveP2PData }
}

// MARK: runs

extension DeviceModel {
  /// How a run ends.
  enum RunEnd: Equatable {
    case result(UInt64)
    case error(DeviceError, CoreFault)
  }

  /// Where a core has its stack: above BAR4.
  private static let stackBase: UInt64 = 0x100_0000

  /// Whether it is known what a run would do.
  var canRun: Bool {
    guard let text = memory.number(4, at: DeviceMap.textLength), let data = memory.number(4, at: DeviceMap.dataLength)
    else { return false }
    guard text <= 1 << 16, data <= 1 << 17, let bytes = memory.bytes(Int(text), at: DeviceMap.text),
      memory.bytes(Int(data), at: DeviceMap.data) != nil
    else { return false }
    return !runsOnlyPrograms || Self.program(bytes, .test) != nil
  }

  /// RUN_PROG on memory that is known, by the functional engine.
  mutating func run(offset: Int) -> RunEnd {
    let helpers = HelperTable.test
    begin()
    runs += 1
    memory.write(0, bytes: 4, at: DeviceMap.ready)
    let length = Int(memory.number(4, at: DeviceMap.dataLength)!)
    guard offset <= length else { return end(.error(.range, .none), retired: 0, pc: 0) }
    let text = memory.bytes(Int(memory.number(4, at: DeviceMap.textLength)!), at: DeviceMap.text)!
    guard let program = Self.program(text, helpers) else { return end(.error(.load, .badProgram), retired: 0, pc: nil) }
    var data = memory.bytes(length - offset, at: DeviceMap.data + offset)!
    let start = length == 0 ? 0 : UInt64(DeviceMap.data + offset)
    let (stop, state) = data.withUnsafeMutableBytes { bytes in
      var engine = FunctionalEngine(
        program: program, limits: .init(stackBase: Self.stackBase),
        regions: [MemoryRegion(base: UInt64(DeviceMap.data + offset), bytes: bytes)], helpers: helpers)
      return execute(&engine, r1: start, r2: UInt64(length))
    }
    memory.write(data, at: DeviceMap.data + offset)
    let retired = state.retired
    switch stop {
    case .exit:
      let registers = state.registers.values, r0 = registers[0]
      memory.write(r0, bytes: 4, at: DeviceMap.ret)
      for register in 0..<DeviceMap.registerCount {
        let value = register < registers.count ? registers[register] : 0
        memory.write(value, bytes: 8, at: DeviceMap.registers + 8 * register)
      }
      memory.write(1, bytes: 4, at: DeviceMap.ready)
      return end(.result(r0), retired: retired, pc: 0)
    case .fault(let fault):
      return end(.error(.fault, CoreFault(fault.reason)), retired: retired, pc: UInt32(fault.pc))
    case .budget, .breakpoint: preconditionFailure("a run goes on to its end")
    }
  }

  /// Runs a program to its end. At the limit the fault is that of the last instruction that retired.
  private func execute(
    _ engine: inout FunctionalEngine, r1: UInt64, r2: UInt64
  ) -> (FunctionalEngine.Stop, MachineState) {
    var stack = [UInt8](repeating: 0, count: engine.limits.stackBytes), state = engine.start(r1: r1, r2: r2)
    let stop = stack.withUnsafeMutableBytes { bytes -> FunctionalEngine.Stop in
      let stack = MemoryRegion(base: Self.stackBase, bytes: bytes)
      guard instructionLimit > 0 else { return engine.resume(&state, stack: stack) }
      let stop = engine.resume(&state, stack: stack, instructions: instructionLimit - 1)
      guard stop == .budget else { return stop }
      let last = state.pc, end = engine.resume(&state, stack: stack, instructions: 1)
      return end == .budget ? .fault(Fault(.instructionLimit, pc: last)) : end
    }
    return (stop, state)
  }

  private mutating func end(_ end: RunEnd, retired: UInt64, pc: UInt32?) -> RunEnd {
    instructions = retired
    // ERROR_PC and the fault belong to a program that was loaded, or could not be.
    if case .error(let error, let fault) = end { fail(error, fault, pc: pc) }
    return end
  }

  /// A run that the host stops.
  mutating func abortRun() {
    begin()
    runs += 1
    memory.write(0, bytes: 4, at: DeviceMap.ready)
    instructions = nil
    fail(.aborted)
  }

  private static func program(_ bytes: [UInt8], _ helpers: HelperTable) -> Program? {
    do {
      let program = try ProgramLoader.load(bytes, dataBase: 0x200_0000, helpers: helpers.numbersByName)
      try Verifier.verify(program, limits: .init(helpers: helpers.numbers))
      return program
    } catch {
      return nil
    }
  }
}
