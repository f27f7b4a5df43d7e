import Bench
import SimKernel
import Testing

@testable import Device

/// The commands, and what CTRL says of them.
@Suite struct CommandTests {
  private let done = DeviceControl.dmaDone, failed = DeviceControl.error, busy = DeviceControl.busy

  @Test(arguments: [(DeviceOpcode.dmaText, DeviceMap.text), (.dmaData, DeviceMap.data)])
  func dmaMovesHostMemoryIntoItsSegment(opcode: DeviceOpcode, segment: Int) throws {
    let test = CommandBench()
    test.start(opcode, length: 300, offset: 0x20, address: 0x1_2345_6789)
    test.bench.run(through: 20)
    let command = try #require(test.dma.messages.first)
    #expect(command.kind == .hostToRAM && command.source == 0x1_2345_6789 && command.length == 300)
    #expect(command.destination == UInt32(segment + 0x20))
    #expect(test.control == busy)
  }

  @Test(arguments: [(DeviceOpcode.moveP2PText, DeviceMap.text), (.moveP2PData, DeviceMap.data)])
  func moveReadsTheWindowFromItsStart(opcode: DeviceOpcode, segment: Int) throws {
    let test = CommandBench()
    test.start(opcode, length: 300, offset: 0x20, address: 0x1_2345_6789)
    test.bench.run(through: 20)
    let command = try #require(test.dma.messages.first)
    #expect(command.kind == .windowToRAM && command.source == 0 && command.length == 300)
    #expect(command.destination == UInt32(segment + 0x20))
  }

  /// `p2p_offset: source` is the QEMU model's reading: OFFSET is a place in the window.
  @Test func moveMayTakeItsOffsetInTheWindow() throws {
    var spec = CommandUnitSpec()
    spec.p2pOffset = .source
    let test = CommandBench(spec)
    test.start(.moveP2PData, length: 300, offset: 0x20)
    test.bench.run(through: 20)
    let command = try #require(test.dma.messages.first)
    #expect(command.source == 0x20 && command.destination == UInt32(DeviceMap.data))
  }

  // MARK: the length rule

  /// OFFSET 0 sets the length; any other OFFSET adds to it.
  @Test(arguments: [DeviceOpcode.dmaText, .moveP2PText, .dmaData, .moveP2PData])
  func lengthIsSetAtOffsetZeroAndGrowsElsewhere(opcode: DeviceOpcode) {
    let test = CommandBench()
    test.ram.store(UInt32(77), at: DeviceMap.textLength)
    test.ram.store(UInt32(77), at: DeviceMap.dataLength)
    let isText = opcode == .dmaText || opcode == .moveP2PText
    var lengths: [UInt32] = []
    for (i, (offset, length)) in [(0, 4_096), (4_096, 100), (5_000, 0), (0, 8)].enumerated() {
      let start = UInt64(100 * i)
      test.start(opcode, length: UInt32(length), offset: UInt32(offset), at: start)
      test.finishDMA(at: start + 20)
      test.bench.run(through: start + 90)
      lengths.append(isText ? test.textLength : test.dataLength)
      #expect(test.control == done)
    }
    #expect(lengths == [4_096, 4_196, 4_196, 8])
    #expect((isText ? test.dataLength : test.textLength) == 77)
  }

  /// DMA_DONE says that the length is in RAM: whoever polls it may look at once.
  @Test(arguments: [0 as UInt32, 64])
  func doneMeansThatTheLengthIsWritten(offset: UInt32) {
    let test = CommandBench()
    test.start(.dmaText, length: 64, offset: offset)
    test.finishDMA(at: 20)
    var cycle: Cycle = 20
    while test.control & done == 0 && cycle < 60 {
      test.bench.run(through: cycle)
      cycle += 1
    }
    #expect(test.textLength == 64 && test.control == done)
  }

  // MARK: status

  @Test func aNewCommandClearsTheStatusOfTheLast() {
    let test = CommandBench()
    test.start(.dmaData, length: 8)
    test.finishDMA(.poisoned, at: 20)
    test.bench.run(through: 40)
    #expect(test.control == failed && test.error == .poisoned)
    test.start(.dmaData, length: 8, at: 50)
    test.bench.run(through: 60)
    #expect(test.control == busy && test.error == .none)
    test.finishDMA(at: 70)
    test.bench.run(through: 90)
    #expect(test.control == done)
  }

  @Test(arguments: [
    DeviceError.unsupportedRequest, .completerAbort, .timeout, .poisoned, .disabled,
  ])
  func aFailedTransferIsNotDone(error: DeviceError) {
    let test = CommandBench()
    test.ram.store(UInt32(77), at: DeviceMap.dataLength)
    test.start(.dmaData, length: 8)
    test.finishDMA(error, at: 20)
    #expect(test.read(DeviceMap.errorCode, 4, at: 40) == UInt64(error.rawValue))
    #expect(test.control == failed && test.dataLength == 77)
  }

  @Test func writingZeroToAnIdleDeviceClearsTheStatus() {
    let test = CommandBench()
    test.start(.dmaData, length: 8)
    test.finishDMA(at: 20)
    test.writeControl(0, at: 40)
    test.bench.run(through: 50)
    #expect(test.control == 0)
  }

  @Test(arguments: [0x06 as UInt8, 0x07, 0x7f, 0x80, 0xfe])
  func unknownOpcodesAreRefused(opcode: UInt8) {
    let test = CommandBench()
    test.start(opcode)
    test.bench.run(through: 20)
    #expect(test.control == failed && test.error == .opcode)
    #expect(test.dma.arrivals.isEmpty && test.core.arrivals.isEmpty)
  }

  @Test func getRegistersCompletesAtOnce() {
    let test = CommandBench()
    test.start(.getRegisters)
    test.bench.run(through: 20)
    #expect(test.control == 0)
  }

  @Test func dumpsTextAndData() throws {
    let test = CommandBench()
    test.ram.store(UInt32(4), at: DeviceMap.textLength)
    test.ram.store(UInt32(6), at: DeviceMap.dataLength)
    test.ram.write(pattern(4), at: DeviceMap.text)
    test.ram.write(pattern(6, from: 9), at: DeviceMap.data)
    test.start(.dumpMemory)
    test.bench.run(through: 20)
    let dump = try #require(test.memory.dumps.first)
    #expect(dump.text == pattern(4) && dump.data == pattern(6, from: 9))
    #expect(test.control == 0)
  }

  // MARK: runs

  @Test func runStartsTheCoreAtItsOffset() throws {
    let test = CommandBench()
    test.start(.runProgram, length: 5, offset: 0x123)
    test.bench.run(through: 20)
    let command = try #require(test.core.messages.first)
    #expect(command.kind == .run && command.offset == 0x123)
    #expect(test.control == busy)
    test.finishRun(at: 30)
    test.bench.run(through: 40)
    #expect(test.control == 0)
  }

  /// ERROR_CODE: the reason in byte 0, the core's fault in byte 1; ERROR_PC the instruction.
  @Test(arguments: [
    (CoreFault.badProgram, DeviceError.load, true), (.loadOutOfBounds, .fault, true), (.callDepth, .fault, true),
    (.offsetOutOfRange, .range, false),
  ])
  func failedRunsSayWhy(fault: CoreFault, error: DeviceError, hasDetail: Bool) {
    let test = CommandBench()
    test.start(.runProgram)
    test.finishRun(fault, pc: 42, at: 20)
    test.bench.run(through: 30)
    let word = UInt64(error.rawValue) | (hasDetail ? UInt64(fault.rawValue) << 8 | 42 << 32 : 0)
    #expect(test.read(DeviceMap.errorCode, 8, at: 40) == word)
    #expect(test.control == failed)
  }
}
