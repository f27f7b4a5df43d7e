import EBPF
import SimKernel

/// The RAMs that a core and its helper functions share: port B of device RAM, the stack, the program's own data.
struct CoreMemories {
  let ram: MemoryArray
  let stack: MemoryArray
  let program = MemoryArray(bytes: CoreMemory.programCapacity)
  /// Where accesses to `ram` are noted, if it has banks.
  let record: CoreAccessRecord?

  init(ram: MemoryArray, stackSize: Int, record: CoreAccessRecord? = nil) {
    self.ram = ram
    self.record = record
    stack = MemoryArray(bytes: stackSize)
  }

  var view: CoreMemory {
    CoreMemory(
      ram: ram.base, stack: stack.base, stackSize: UInt64(stack.count), program: program.base, record: record?.pointer)
  }
}

/// The program's view of memory: a window of device RAM, the stack, and the program's own data.
///
/// Addresses of DATA are offsets in BAR4, so that what a program sees is what a host sees. The stack and the program's
/// data lie above the 16 MiB of the BAR; only the core reaches them.
public struct CoreMemory {
  /// First address of the stack, which grows downwards from `stackBase + stackSize`.
  static let stackBase: UInt64 = 0x100_0000
  /// First address of .rodata, .data and .bss.
  public static let programBase: UInt64 = 0x200_0000
  static let programCapacity = 1 << 20

  let ram: UnsafeMutableRawPointer
  let stack: UnsafeMutableRawPointer
  let stackSize: UInt64
  let program: UnsafeMutableRawPointer
  /// Where the core's accesses to a RAM with banks are noted; nil for any other.
  var record: UnsafeMutablePointer<CoreAccessRecord.Access>?

  /// Says that the core is at `address` now, to a RAM that shares its banks.
  @inline(__always) func note(_ address: UInt64, _ size: Int) {
    if let record { CoreAccessRecord.note(record, address, size) }
  }

  /// Where `size` bytes at `address` lie; nil when the run may not touch them all.
  @inline(__always) func locate(_ address: UInt64, _ size: Int, writing: Bool, _ run: borrowing RunState)
    -> UnsafeMutableRawPointer?
  {
    let count = UInt64(truncatingIfNeeded: size)
    let inData = address &- run.dataLow, dataSize = run.dataSize
    if inData < dataSize && dataSize &- inData >= count {
      return ram + Int(truncatingIfNeeded: address)
    }
    let inStack = address &- CoreMemory.stackBase
    if inStack < stackSize && stackSize &- inStack >= count { return stack + Int(truncatingIfNeeded: inStack) }
    let inProgram = address &- CoreMemory.programBase, programSize = UInt64(run.programSize)
    guard inProgram < programSize && programSize &- inProgram >= count else { return nil }
    let writable = UInt64(run.programWritable)
    guard !writing || inProgram >= writable else { return nil }
    return program + Int(truncatingIfNeeded: inProgram)
  }

  var stackRegion: MemoryRegion {
    MemoryRegion(base: CoreMemory.stackBase, bytes: .init(start: stack, count: Int(stackSize)))
  }

  /// What a run may touch beside its stack, as the functional engine and helper functions see it.
  func regions(_ window: MemoryWindow) -> [MemoryRegion] {
    func region(_ base: UInt64, _ start: UnsafeMutableRawPointer, _ count: UInt64, isWritable: Bool = true)
      -> MemoryRegion
    {
      MemoryRegion(base: base, bytes: .init(start: start, count: Int(count)), isWritable: isWritable)
    }
    let constants = UInt64(window.programWritable), size = UInt64(window.programSize)
    return [
      region(window.dataLow, ram + Int(truncatingIfNeeded: window.dataLow), window.dataSize),
      region(CoreMemory.programBase, program, constants, isWritable: false),
      region(CoreMemory.programBase + constants, program + Int(constants), size - constants),
    ]
  }

  @inline(__always) static func load(_ place: UnsafeMutableRawPointer, _ size: Int) -> UInt64 {
    switch size {
    case 1: UInt64(place.load(as: UInt8.self))
    case 2: UInt64(UInt16(littleEndian: place.loadUnaligned(as: UInt16.self)))
    case 4: UInt64(UInt32(littleEndian: place.loadUnaligned(as: UInt32.self)))
    default: UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    }
  }

  @inline(__always) static func store(_ value: UInt64, at place: UnsafeMutableRawPointer, _ size: Int) {
    switch size {
    case 1: place.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
    case 2: place.storeBytes(of: UInt16(truncatingIfNeeded: value).littleEndian, as: UInt16.self)
    case 4: place.storeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, as: UInt32.self)
    default: place.storeBytes(of: value.littleEndian, as: UInt64.self)
    }
  }
}

/// What of the memories a run may touch beside its stack.
struct MemoryWindow: Sendable {
  let dataLow: UInt64
  let dataSize: UInt64
  let programSize: UInt32
  let programWritable: UInt32

  init(_ run: borrowing RunState) {
    dataLow = run.dataLow
    dataSize = run.dataSize
    programSize = run.programSize
    programWritable = run.programWritable
  }
}
