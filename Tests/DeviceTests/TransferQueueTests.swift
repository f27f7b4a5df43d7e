import Bench
import SimKernel
import Testing

@testable import Device

/// Queues of several commands, and transfers that the DMA engine works on at a time.
@Suite struct TransferQueueTests {
  private let done = DeviceControl.dmaDone, failed = DeviceControl.error, busy = DeviceControl.busy

  private func bench(depth: Int = 1, transfers: Int = 1) -> CommandBench {
    var spec = CommandUnitSpec()
    spec.queueDepth = depth
    return CommandBench(spec, transfers: transfers)
  }

  /// Exactly `queue_depth` commands wait besides those that the engine works on; one more is refused.
  @Test(arguments: [(1, 1), (3, 1), (64, 1), (1, 2), (2, 8)])
  func theQueueIsAsDeepAsTheSpecSays(depth: Int, transfers: Int) {
    let test = bench(depth: depth, transfers: transfers)
    for i in 0..<depth + transfers { test.start(.dmaData, length: UInt32(i), offset: 1) }
    test.bench.run(through: 600)
    #expect(test.control == busy && test.dma.arrivals.count == transfers)
    test.start(.dmaData, length: 999, offset: 1, at: 600)
    test.bench.run(through: 620)
    #expect(test.control == busy | failed && test.error == .busy)
    // All but the refused one are worked on, in their order.
    for i in 0..<depth + transfers { test.finishDMA(at: 700 + 20 * Cycle(i)) }
    test.bench.run(through: 4_000)
    #expect(test.dma.messages.map(\.length) == (0..<UInt32(depth + transfers)).map { $0 })
    #expect(test.control == done | failed)
  }

  /// A place in the queue is free when its command starts.
  @Test func aStartedCommandMakesRoom() {
    let test = bench()
    for _ in 0..<2 { test.start(.dmaData, length: 8) }
    test.finishDMA(at: 40)
    test.start(.dmaData, length: 8, at: 60)
    test.bench.run(through: 90)
    #expect(test.control == busy && test.dma.arrivals.count == 2)
  }

  /// Transfers go to the engine without waiting for each other.
  @Test func transfersAreHandedOverEarly() {
    let test = bench(depth: 4, transfers: 2)
    for i in 0..<4 { test.start(.dmaData, length: 64, offset: UInt32(64 * i)) }
    test.bench.run(through: 40)
    #expect(test.dma.messages.map(\.destination) == [0, 64].map { UInt32(DeviceMap.data + $0) })
    test.finishDMA(at: 50)
    test.bench.run(through: 60)
    #expect(test.dma.arrivals.count == 3)
  }

  /// The length rule in the order of the commands, though the results are there at once; DMA_DONE when none is left.
  @Test func lengthsAreSetInTheOrderOfTheCommands() {
    let test = bench(depth: 2, transfers: 3)
    test.ram.store(UInt32(77), at: DeviceMap.dataLength)
    test.start(.dmaData, length: 64, offset: 0)
    test.start(.dmaData, length: 32, offset: 64)
    test.start(.dmaText, length: 16, offset: 0)
    for _ in 0..<3 { test.finishDMA(at: 40) }
    var seen: [UInt8] = []
    for cycle: Cycle in 40..<70 {
      test.bench.run(through: cycle)
      seen.append(test.control)
    }
    #expect(test.dataLength == 96 && test.textLength == 16)
    // Busy without DMA_DONE until it is done.
    let end = seen.firstIndex(of: done) ?? 0
    #expect(end > 0 && seen[..<end].allSatisfy { $0 == busy } && seen[end...].allSatisfy { $0 == done })
  }

  /// RUN waits for the transfers before it, and those behind it wait for RUN.
  @Test func aRunWaitsForTheTransfersBeforeIt() {
    let test = bench(depth: 4, transfers: 2)
    test.start(.dmaText, length: 64)
    test.start(.dmaData, length: 32)
    test.start(.runProgram)
    test.start(.dmaData, length: 8)
    test.bench.run(through: 40)
    #expect(test.dma.arrivals.count == 2 && test.core.arrivals.isEmpty)
    var lengths: [UInt32] = []
    test.core.respond = { _, _ in lengths = [test.textLength, test.dataLength] }
    test.finishDMA(at: 50)
    test.bench.run(through: 70)
    #expect(test.core.arrivals.isEmpty)
    test.finishDMA(at: 80)
    test.bench.run(through: 100)
    #expect(test.core.arrivals.count == 1 && lengths == [64, 32] && test.dma.arrivals.count == 2)
    test.finishRun(at: 110)
    test.bench.run(through: 130)
    #expect(test.dma.arrivals.count == 3)
  }

  /// A command that is refused keeps its turn: its error shows when those before it are done, and the next one goes on.
  @Test func aBadCommandFailsInItsTurn() {
    let test = bench(depth: 4, transfers: 4)
    test.start(.dmaData, length: 64)
    test.start(.dmaData, length: .max)
    test.start(.dmaData, length: 32)
    test.bench.run(through: 40)
    #expect(test.dma.messages.map(\.length) == [64] && test.control == busy && test.error == .none)
    test.finishDMA(at: 50)
    test.bench.run(through: 70)
    #expect(test.dma.messages.map(\.length) == [64, 32])
    #expect(test.control == busy | failed && test.error == .range)
    test.finishDMA(at: 80)
    test.bench.run(through: 100)
    #expect(test.control == done | failed && test.dataLength == 32)
  }

  /// A transfer that fails sets no length and hides no other.
  @Test func aFailedTransferLeavesTheOthersAlone() {
    let test = bench(depth: 1, transfers: 2)
    test.start(.dmaData, length: 64)
    test.start(.dmaText, length: 32)
    test.finishDMA(.poisoned, at: 40)
    test.finishDMA(at: 40)
    test.bench.run(through: 80)
    #expect(test.control == done | failed && test.error == .poisoned)
    #expect(test.dataLength == 0 && test.textLength == 32)
  }

  /// A stop ends all transfers with one word to the engine, and drops what waits.
  @Test func aStopEndsAll() {
    let test = bench(depth: 2, transfers: 2)
    for _ in 0..<4 { test.start(.dmaData, length: 64) }
    test.writeControl(0, at: 30)
    test.bench.run(through: 50)
    #expect(test.dma.messages.map(\.kind) == [.hostToRAM, .hostToRAM, .abort] && test.control == busy)
    test.finishDMA(.aborted, at: 60)
    test.bench.run(through: 80)
    #expect(test.control == busy | failed)
    test.finishDMA(.aborted, at: 90)
    test.bench.run(through: 110)
    #expect(test.control == failed && test.error == .aborted && test.dma.arrivals.count == 3)
    test.start(.dmaData, length: 8, at: 120)
    test.finishDMA(at: 140)
    test.bench.run(through: 160)
    #expect(test.control == done)
  }

  /// A stop while a length is written still stops the transfers behind it.
  @Test func aStopDuringALengthReachesTheOthers() {
    let test = bench(depth: 1, transfers: 2)
    test.start(.dmaData, length: 64)
    test.start(.dmaData, length: 64, offset: 64)
    test.finishDMA(at: 40)
    // The result is seen at 41, CTRL at 42.
    test.writeControl(0, at: 41)
    test.bench.run(through: 50)
    #expect(test.dma.messages.last?.kind == .abort && test.dataLength == 64)
    test.finishDMA(.aborted, at: 60)
    test.bench.run(through: 80)
    #expect(test.control == failed && test.error == .aborted)
  }
}
