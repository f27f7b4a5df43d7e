import Bench
import SimKernel
import Testing

@testable import Device

/// Refused, queued and stopped commands.
@Suite struct CommandQueueTests {
  private let done = DeviceControl.dmaDone, failed = DeviceControl.error, busy = DeviceControl.busy

  // MARK: RANGE

  struct Extent: Sendable {
    let opcode: DeviceOpcode
    let offset: UInt32
    /// The longest transfer that fits.
    let room: UInt32
  }

  private static let extents: [Extent] = [
    Extent(opcode: .dmaText, offset: 0, room: UInt32(DeviceMap.textCapacity)),
    Extent(opcode: .dmaText, offset: 0xf_fe00, room: 0x100),
    Extent(opcode: .moveP2PText, offset: 0, room: UInt32(DeviceMap.textCapacity)),
    Extent(opcode: .moveP2PText, offset: UInt32(DeviceMap.textCapacity), room: 0),
    Extent(opcode: .dmaData, offset: 0, room: 4 << 20),
    Extent(opcode: .dmaData, offset: 0x3f_ffff, room: 1),
    Extent(opcode: .moveP2PData, offset: 0x30_0000, room: 1 << 20),
  ]

  /// Exactly what fits is moved; one byte more is refused before the first byte moves.
  @Test(arguments: extents)
  func segmentsEndWhereTheyEnd(extent: Extent) {
    for extra: UInt32 in [0, 1] {
      let test = CommandBench()
      test.start(extent.opcode, length: extent.room + extra, offset: extent.offset)
      test.bench.run(through: 20)
      #expect(test.dma.arrivals.count == (extra == 0 ? 1 : 0))
      #expect(test.control == (extra == 0 ? busy : failed) && test.error == (extra == 0 ? .none : .range))
    }
  }

  /// Sums of 32-bit registers do not wrap.
  @Test(arguments: [DeviceOpcode.dmaText, .dmaData, .moveP2PText, .moveP2PData])
  func lengthAndOffsetDoNotWrap(opcode: DeviceOpcode) {
    let test = CommandBench()
    test.start(opcode, length: .max, offset: 2)
    test.start(opcode, length: 2, offset: .max, at: 20)
    test.bench.run(through: 40)
    #expect(test.dma.arrivals.isEmpty && test.error == .range)
  }

  /// With `p2p_offset: source` both the window and the segment bound a move.
  @Test(arguments: [(0x7f_ff00 as UInt32, 0x100 as UInt32), (0x40_0000, 4 << 20)])
  func theWindowEndsWhereItEnds(offset: UInt32, room: UInt32) {
    for extra: UInt32 in [0, 1] {
      var spec = CommandUnitSpec()
      spec.p2pOffset = .source
      let test = CommandBench(spec)
      test.start(.moveP2PData, length: room + extra, offset: offset)
      test.bench.run(through: 20)
      #expect(test.dma.arrivals.count == (extra == 0 ? 1 : 0))
      #expect(test.error == (extra == 0 ? .none : .range))
    }
  }

  /// Bus addresses do not wrap either: the last byte that can be read is 2^64 - 2.
  @Test(arguments: [(7 as UInt32, DeviceError.none), (8, .range)])
  func busAddressesDoNotWrap(length: UInt32, expected: DeviceError) {
    let test = CommandBench()
    test.start(.dmaData, length: length, address: .max - 7)
    test.bench.run(through: 20)
    #expect(test.error == expected)
  }

  // MARK: queue

  /// The second command waits with the registers it was started with, and starts when the first is over.
  @Test func oneCommandIsQueued() {
    let test = CommandBench()
    test.start(.dmaText, length: 64)
    test.start(.dmaData, length: 128, offset: 0x40)
    test.host.send(.write(UInt32(DeviceMap.length), 0xdead))
    test.bench.run(through: 30)
    #expect(test.dma.messages.map(\.length) == [64] && test.control == busy)
    test.finishDMA(at: 40)
    test.bench.run(through: 60)
    #expect(test.dma.messages.map(\.length) == [64, 128])
    #expect(test.dma.messages.map(\.destination) == [UInt32(DeviceMap.text), UInt32(DeviceMap.data + 0x40)])
    #expect(test.textLength == 64 && test.control == busy)
    test.finishDMA(at: 70)
    test.bench.run(through: 90)
    #expect(test.control == done)
  }

  /// A third one is refused: ERROR with BUSY, which the start of the queued one does not wipe out.
  @Test func aThirdCommandIsRefused() {
    let test = CommandBench()
    for _ in 0..<3 { test.start(.dmaText, length: 64) }
    test.bench.run(through: 30)
    #expect(test.control == busy | failed && test.error == .busy)
    test.finishDMA(at: 40)
    test.bench.run(through: 60)
    #expect(test.dma.arrivals.count == 2)
    #expect(test.control == busy | failed && test.error == .busy)
    test.finishDMA(at: 70)
    test.bench.run(through: 90)
    #expect(test.control == done | failed && test.error == .busy)
    test.start(.getRegisters, at: 100)
    test.bench.run(through: 120)
    #expect(test.control == 0 && test.error == .none)
  }

  /// A queued RUN finds TEXT_LEN written, however fast the core's clock is.
  @Test func aQueuedRunStartsAfterTheLengthIsWritten() {
    let test = CommandBench()
    test.start(.dmaText, length: 64)
    test.start(.runProgram)
    test.finishDMA(at: 40)
    var lengths: [UInt32] = []
    test.core.respond = { _, _ in lengths.append(test.textLength) }
    test.bench.run(through: 80)
    #expect(lengths == [64])
  }

  // MARK: abort

  /// CTRL = 0 tells the engine to stop; BUSY stays until the engine says that it has.
  @Test func zeroStopsATransfer() {
    let test = CommandBench()
    test.start(.dmaData, length: 64)
    test.writeControl(0, at: 20)
    test.bench.run(through: 30)
    #expect(test.dma.messages.map(\.kind) == [.hostToRAM, .abort] && test.control == busy)
    test.finishDMA(.aborted, at: 40)
    test.bench.run(through: 60)
    #expect(test.control == failed && test.error == .aborted && test.dataLength == 0)
  }

  @Test func zeroStopsARun() {
    let test = CommandBench()
    test.start(.runProgram)
    test.writeControl(0, at: 20)
    test.bench.run(through: 30)
    #expect(test.core.messages.map(\.kind) == [.run, .abort] && test.control == busy)
    test.finishRun(.aborted, at: 40)
    test.bench.run(through: 60)
    #expect(test.control == failed && test.error == .aborted)
  }

  /// A stop also takes the queued command away, is sent once, and refuses starts until it is through.
  @Test func aStopEmptiesTheQueue() {
    let test = CommandBench()
    test.start(.dmaData, length: 64)
    test.start(.dmaText, length: 32)
    test.writeControl(0, at: 20)
    test.writeControl(0, at: 22)
    test.start(.getRegisters, at: 24)
    test.bench.run(through: 40)
    #expect(test.dma.messages.map(\.kind) == [.hostToRAM, .abort])
    #expect(test.control == busy | failed && test.error == .busy)
    test.finishDMA(.aborted, at: 50)
    test.bench.run(through: 70)
    #expect(test.control == failed && test.error == .aborted)
    #expect(test.dma.arrivals.count == 2)
  }

  /// A stop that comes too late changes nothing.
  @Test func aLateStopIsNoFailure() {
    let test = CommandBench()
    test.start(.dmaData, length: 64)
    test.writeControl(0, at: 20)
    test.finishDMA(at: 20)
    test.bench.run(through: 60)
    #expect(test.control == done && test.dataLength == 64)
  }
}
