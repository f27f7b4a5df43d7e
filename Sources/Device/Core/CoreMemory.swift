import EBPF
import SimKernel

/// The program's view of memory: a window of device RAM, the stack, and the program's own data.
///
/// Addresses of DATA are offsets in BAR4, so that what a program sees is what a host sees. The stack and the program's
/// data lie above the 16 MiB of the BAR; only the core reaches them.
struct CoreMemory {
  /// First address of the stack, which grows downwards from `stackBase + stackSize`.
  static let stackBase: UInt64 = 0x100_0000
  /// First address of .rodata, .data and .bss.
  static let programBase: UInt64 = 0x200_0000
  static let programCapacity = 1 << 20

  let ram: UnsafeMutableRawPointer
  let stack: UnsafeMutableRawPointer
  let stackSize: UInt64
  let program: UnsafeMutableRawPointer

  /// Where `size` bytes at `address` lie; nil when the run may not touch them all.
  @inline(__always) func locate(_ address: UInt64, _ size: Int, writing: Bool, _ state: borrowing CoreState)
    -> UnsafeMutableRawPointer?
  {
    let count = UInt64(truncatingIfNeeded: size)
    let inData = address &- state.dataLow, dataSize = state.dataSize
    if inData < dataSize && dataSize &- inData >= count {
      return ram + Int(truncatingIfNeeded: address)
    }
    let inStack = address &- CoreMemory.stackBase
    if inStack < stackSize && stackSize &- inStack >= count { return stack + Int(truncatingIfNeeded: inStack) }
    let inProgram = address &- CoreMemory.programBase, programSize = UInt64(state.programSize)
    guard inProgram < programSize && programSize &- inProgram >= count else { return nil }
    let writable = UInt64(state.programWritable)
    guard !writing || inProgram >= writable else { return nil }
    return program + Int(truncatingIfNeeded: inProgram)
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
