import Device
import EBPF

/// A core without timing that executes one program, an instruction at a time.
final class ProgramModel {
  private let engine: FunctionalEngine
  private(set) var state: MachineState
  private let stack: MemoryRegion
  private var memory: MemoryMap
  private let owned: [UnsafeMutableRawBufferPointer]
  private var hasEnded = false
  private let latest = UnsafeMutablePointer<CommitQueue.Entry>.allocate(capacity: 1)

  /// The places are those of the device (specs/programs.md).
  /// - Parameter data: what lies in DATA
  /// - Throws: `LoadError` for a program that the device would refuse
  init(program bytes: [UInt8], data: [UInt8]) throws(LoadError) {
    let helpers = HelperTable(HelperSpec.standard), limits = FunctionalEngine.Limits()
    let program = try CoreShell.load(bytes, helpers: helpers)
    let dataMemory = Self.memory(data), programMemory = Self.memory(program.data)
    let stackMemory = Self.memory([UInt8](repeating: 0, count: limits.stackBytes))
    owned = [dataMemory, programMemory, stackMemory]
    latest.initialize(to: (Commit(), .none))
    stack = MemoryRegion(base: limits.stackBase, bytes: stackMemory)
    let constants = program.writableDataOffset, base = CoreMemory.programBase
    engine = FunctionalEngine(
      program: program, limits: limits,
      regions: [
        MemoryRegion(base: UInt64(DeviceMap.data), bytes: dataMemory),
        MemoryRegion(base: base, bytes: .init(rebasing: programMemory[..<constants]), isWritable: false),
        MemoryRegion(base: base + UInt64(constants), bytes: .init(rebasing: programMemory[constants...])),
      ], helpers: helpers)
    memory = MemoryMap(stack: stack, others: engine.regions)
    state = data.isEmpty ? engine.start() : engine.start(r1: UInt64(DeviceMap.data), r2: UInt64(data.count))
  }

  deinit {
    for memory in owned { memory.deallocate() }
    latest.deallocate()
  }

  private static func memory(_ bytes: [UInt8]) -> UnsafeMutableRawBufferPointer {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
    memory.copyBytes(from: bytes)
    return .init(rebasing: memory[..<bytes.count])
  }

  /// What the next instruction does, until the next call; nil behind the last one, or a fault.
  func step() -> UnsafePointer<CommitQueue.Entry>? {
    if hasEnded { return nil }
    let stop = engine.step(&state, memory: &memory, &latest.pointee.commit)
    hasEnded = stop != nil
    if case .fault(let fault) = stop { latest.pointee.fault = CoreFault(fault.reason) }
    return UnsafePointer(latest)
  }

  func setRegister(_ index: Int, to value: UInt64) { state.registers[index] = value }

  /// The bytes at guest addresses that lie in one piece of memory; nil when they do not.
  func memory(_ address: UInt64, _ count: Int) -> UnsafeMutableRawBufferPointer? {
    for region in [stack] + engine.regions {
      let offset = address &- region.base
      guard offset <= UInt64(region.bytes.count), UInt64(count) <= UInt64(region.bytes.count) - offset else { continue }
      return .init(rebasing: region.bytes[Int(offset)..<Int(offset) + count])
    }
    return nil
  }
}
