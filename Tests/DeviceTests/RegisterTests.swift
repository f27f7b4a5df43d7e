import Bench
import SimKernel
import Testing

@testable import Device

/// The register file of the I/O megabyte.
@Suite struct RegisterTests {
  private static let address: UInt64 = 0x1122_3344_5566_7788

  /// A 64-bit store to ADDR may come as 8 bytes, as 4 + 4, or byte by byte; only byte lanes count.
  @Test(arguments: [8, 4, 2, 1])
  func registersTakeAnyByteLanes(width: Int) {
    let test = CommandBench()
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: Self.address >> UInt64(8 * $0)) }
    for first in stride(from: 0, to: 8, by: width) {
      test.host.send(write(DeviceMap.addressLow + first, Array(bytes[first..<first + width])))
    }
    test.bench.run(through: 20)
    #expect(test.state.registers.address == Self.address)
    #expect(test.read(DeviceMap.addressLow, 8, at: 30) == Self.address)
    #expect(test.read(DeviceMap.addressHigh, 4, at: 40) == 0x1122_3344)
  }

  @Test func bytesInAnyOrderMergeIntoTheRegister() {
    let test = CommandBench()
    for (lane, value) in [(3, 0x44), (0, 0x11), (2, 0x33), (1, 0x22)] as [(Int, UInt8)] {
      test.host.send(write(DeviceMap.length + lane, [value]))
      test.host.send(write(DeviceMap.offset + lane, [value + 1]))
    }
    test.bench.run(through: 20)
    #expect(test.state.registers.length == 0x4433_2211)
    #expect(test.state.registers.offset == 0x4534_2312)
  }

  @Test func disabledLanesAreNotWritten() {
    let test = CommandBench()
    var request = MemoryRequest.write(UInt32(DeviceMap.length), 0xffff_ffff)
    request.enable = 0b0110
    test.host.send(request)
    test.bench.run(through: 10)
    #expect(test.state.registers.length == 0x00ff_ff00)
  }

  /// One access of the whole register file: CTRL acts last, whatever its place.
  @Test func startMayShareItsAccessWithEverythingElse() {
    let test = CommandBench()
    var bytes = [UInt8](repeating: 0, count: 20)
    bytes[DeviceMap.opcode] = DeviceOpcode.dmaData.rawValue
    bytes[DeviceMap.control] = DeviceControl.start
    bytes[DeviceMap.length + 1] = 0x10
    bytes[DeviceMap.offset] = 0x40
    bytes[DeviceMap.addressHigh] = 1
    test.host.send(write(0, bytes))
    test.bench.run(through: 10)
    #expect(test.dma.messages.map(\.length) == [0x1000])
    #expect(test.dma.messages.map(\.source) == [0x1_0000_0000])
    #expect(test.dma.messages.map(\.destination) == [UInt32(DeviceMap.data + 0x40)])
  }

  /// START with OPCODE in one dword, with the lanes between them disabled or not.
  @Test(arguments: [0b0011 as UInt64, 0b1111])
  func startMayShareADwordWithOpcode(enable: UInt64) {
    let test = CommandBench()
    var request = MemoryRequest.write(0, UInt32(DeviceControl.start) << 8 | UInt32(DeviceOpcode.runProgram.rawValue))
    request.enable = enable
    test.host.send(request)
    test.bench.run(through: 10)
    #expect(test.core.messages.count == 1)
  }

  /// Unassigned places of the I/O megabyte read ones and ignore writes.
  @Test(arguments: [0x02, 0x03, 0x1c, 0x40, 0x1000, 0xf_fffc])
  func unassignedPlacesReadOnes(offset: Int) {
    let test = CommandBench()
    test.host.send(write(offset, [0]))
    #expect(test.read(offset, 1, at: 10) == 0xff)
    #expect(test.control == 0)
  }

  @Test func idleDeviceShowsNoStatus() {
    let test = CommandBench()
    #expect(test.read(DeviceMap.opcode, 4, at: 10) == 0xffff_0000)
    #expect(test.read(DeviceMap.errorCode, 8, at: 20) == 0)
  }

  /// ERROR_CODE, ERROR_PC and the counters cannot be written.
  @Test(arguments: [DeviceMap.errorCode, DeviceMap.errorPC, DeviceMap.counters])
  func statusRegistersAreReadOnly(offset: Int) {
    let test = CommandBench()
    test.host.send(.write(UInt32(offset), 0x1234_5678))
    #expect(test.read(offset, 4, at: 10) == 0)
  }

  /// Runs, cycles and instructions of the last run, bytes moved by DMA.
  @Test func countersCount() {
    let test = CommandBench()
    test.start(.dmaData, length: 4_000)
    test.finishDMA(at: 20)
    test.start(.moveP2PData, length: 96, offset: 4, at: 40)
    test.finishDMA(at: 60)
    test.start(.runProgram, at: 80)
    test.finishRun(at: 100)
    test.start(.dmaText, length: 50, at: 120)
    test.finishDMA(.unsupportedRequest, at: 140)
    test.bench.run(through: 160)
    let counters = (0..<DeviceMap.counterCount).map {
      test.read(DeviceMap.counters + 8 * $0, 8, at: 200 + UInt64(10 * $0))
    }
    #expect(counters == [1, 1_000, 300, 4_096])
  }
}
