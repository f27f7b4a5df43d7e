import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// Function-level reset and link down at the command unit (6.6.2): registers are as after power-on, commands are forgotten,
/// and the next command works as if nothing had been. RAM keeps what it holds.
@Suite struct CommandResetTests {
  private func bench(depth: Int = 2, transfers: Int = 1) -> CommandBench {
    var spec = CommandUnitSpec()
    spec.queueDepth = depth
    return CommandBench(spec, transfers: transfers)
  }

  private func reset(_ test: CommandBench, at cycle: Cycle) { test.function.send(.enabled(reset: true), at: cycle) }

  /// Nothing is left of what was before.
  private func expectIdle(_ test: CommandBench) {
    #expect(test.state.phase == .idle && test.control == 0 && test.state.errorWord == 0)
    #expect(test.state.registers.length == 0 && test.state.dmaBytes == 0 && test.state.runs == 0)
  }

  /// A transfer begins and ends as the first one after power-on does.
  private func expectTransferWorks(_ test: CommandBench, at cycle: Cycle) {
    let before = test.dma.arrivals.count
    test.start(.dmaData, length: 48, at: cycle)
    test.finishDMA(at: cycle + 30)
    test.bench.run(through: cycle + 60)
    #expect(test.dma.messages.dropFirst(before).map(\.length) == [48])
    #expect(test.control == DeviceControl.dmaDone && test.dataLength == 48)
  }

  @Test func anIdleUnitForgetsItsRegisters() {
    let test = bench()
    test.ram.store(UInt32(77), at: DeviceMap.textLength)
    test.start(0x77, length: 5, offset: 6, address: 7)
    reset(test, at: 30)
    test.bench.run(through: 40)
    expectIdle(test)
    #expect(test.dma.arrivals.isEmpty && test.core.arrivals.isEmpty && test.textLength == 77)
    expectTransferWorks(test, at: 50)
  }

  /// The engine is told to stop, its results are thrown away, and what waited is forgotten.
  @Test(arguments: [1, 2])
  func transfersAreForgotten(transfers: Int) {
    let test = bench(transfers: transfers)
    for _ in 0..<transfers + 2 { test.start(.dmaData, length: 64) }
    reset(test, at: 40)
    test.bench.run(through: 50)
    #expect(test.dma.messages.map(\.kind) == Array(repeating: .hostToRAM, count: transfers) + [.abort])
    #expect(test.state.phase == .resetting && test.control == 0)
    for _ in 0..<transfers { test.finishDMA(.aborted, at: 60) }
    test.bench.run(through: 70)
    expectIdle(test)
    #expect(test.dataLength == 0)
    expectTransferWorks(test, at: 80)
  }

  /// A result that is on its way belongs to nobody.
  @Test func aResultOnItsWayIsThrownAway() {
    let test = bench()
    test.start(.dmaData, length: 64)
    test.finishDMA(at: 40)
    reset(test, at: 40)
    test.bench.run(through: 60)
    expectIdle(test)
    #expect(test.dataLength == 0)
    expectTransferWorks(test, at: 80)
  }

  /// In each cycle of a transfer with an OFFSET, whose length is read, added to and written.
  @Test(arguments: 40...50)
  func everyCycleOfATransferCanBeReset(cycle: UInt64) {
    let test = bench()
    test.start(.dmaData, length: 64, offset: 64)
    test.finishDMA(at: 40)
    reset(test, at: cycle)
    test.bench.run(through: 70)
    expectIdle(test)
    expectTransferWorks(test, at: 80)
  }

  /// A command that comes during the reset waits for its end.
  @Test func aCommandWaitsForTheReset() {
    let test = bench()
    test.start(.dmaData, length: 64)
    reset(test, at: 40)
    test.start(.dmaData, length: 48, at: 50)
    test.bench.run(through: 70)
    #expect(test.dma.messages.map(\.kind) == [.hostToRAM, .abort] && test.control == DeviceControl.busy)
    test.finishDMA(.aborted, at: 80)
    test.bench.run(through: 90)
    #expect(test.dma.messages.map(\.length) == [64, 0, 48])
    test.finishDMA(at: 100)
    test.bench.run(through: 120)
    #expect(test.control == DeviceControl.dmaDone && test.dataLength == 48)
  }

  /// The core is stopped; its result, and its counters, are thrown away.
  @Test func aRunIsForgotten() {
    let test = bench()
    test.start(.runProgram)
    test.start(.dmaData, length: 8)
    reset(test, at: 40)
    test.start(.runProgram, at: 50)
    test.bench.run(through: 70)
    #expect(test.core.messages.map(\.kind) == [.run, .abort])
    test.finishRun(.aborted, at: 80)
    test.bench.run(through: 90)
    #expect(test.core.messages.map(\.kind) == [.run, .abort, .run] && test.state.runs == 0)
    test.finishRun(at: 100)
    test.bench.run(through: 120)
    #expect(test.control == 0 && test.state.runs == 1 && test.dma.arrivals.isEmpty)
  }

  /// A second reset during the first one changes nothing.
  @Test func resetsCanFollowEachOther() {
    let test = bench()
    test.start(.dmaData, length: 64)
    for cycle: Cycle in [40, 41, 45] { reset(test, at: cycle) }
    test.finishDMA(.aborted, at: 60)
    test.bench.run(through: 70)
    expectIdle(test)
    expectTransferWorks(test, at: 80)
  }
}
