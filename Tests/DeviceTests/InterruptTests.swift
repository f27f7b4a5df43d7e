import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// `commands.msi`: an interrupt when the device becomes idle, and when a command fails.
@Suite struct InterruptTests {
  private func bench(msi: Bool = true, enabled: Bool = true, transfers: Int = 1) -> CommandBench {
    var spec = CommandUnitSpec()
    spec.msi = msi
    let test = CommandBench(spec, transfers: transfers)
    test.function.send(.enabled(msi: enabled))
    return test
  }

  /// In the cycle of DMA_DONE, when TEXT_LEN or DATA_LEN is in RAM.
  @Test func oneInterruptFollowsTheLastCommand() {
    let test = bench()
    test.start(.dmaText, length: 64)
    test.start(.dmaData, length: 32)
    var lengths: [UInt32] = []
    test.interrupts.respond = { _, _ in lengths += [test.textLength, test.dataLength] }
    test.finishDMA(at: 40)
    test.bench.run(through: 60)
    #expect(test.interrupts.arrivals.isEmpty)
    test.finishDMA(at: 70)
    var cycle: Cycle = 70
    while test.control & DeviceControl.dmaDone == 0 && cycle < 100 {
      cycle += 1
      test.bench.run(through: cycle)
    }
    test.bench.run(through: 120)
    #expect(test.interrupts.cycles == [cycle + 1] && lengths == [64, 32])
    guard case .interrupt(vector: 0) = test.interrupts.messages.first?.kind else {
      Issue.record("not vector 0")
      return
    }
  }

  @Test func aRunEndsWithAnInterrupt() {
    let test = bench()
    test.start(.runProgram)
    test.finishRun(at: 40)
    test.bench.run(through: 60)
    // The result is seen at 41.
    #expect(test.interrupts.cycles == [42])
  }

  /// A failure is told at once, though the device goes on; so is a command that is refused.
  @Test func failuresAreToldAtOnce() {
    let test = bench()
    for _ in 0..<3 { test.start(.dmaData, length: 64) }
    test.bench.run(through: 35)
    #expect(test.interrupts.arrivals.count == 1 && test.error == .busy)
    test.finishDMA(.poisoned, at: 40)
    test.bench.run(through: 60)
    #expect(test.interrupts.arrivals.count == 2)
    test.finishDMA(at: 70)
    test.bench.run(through: 100)
    #expect(test.interrupts.arrivals.count == 3)
  }

  /// A command that fails as the last one is one reason, not two.
  @Test func aLastCommandThatFailsInterruptsOnce() {
    let test = bench()
    test.start(0x77)
    test.bench.run(through: 40)
    #expect(test.interrupts.arrivals.count == 1)
  }

  /// Without the option, or without MSI enabled by the host, there is none.
  @Test(arguments: [(false, true), (true, false)])
  func noInterruptWithoutPermission(msi: Bool, enabled: Bool) {
    let test = bench(msi: msi, enabled: enabled)
    test.start(.getRegisters)
    test.start(0x77, at: 20)
    test.bench.run(through: 60)
    #expect(test.interrupts.arrivals.isEmpty && test.error == .opcode)
  }

  /// An endpoint without room gets it later.
  @Test func anInterruptWaitsForRoom() {
    let test = bench()
    test.interrupts.opensAt = 3_000
    for i in 0..<70 { test.start(.getRegisters, at: 20 * Cycle(i)) }
    test.bench.run(through: 2_999)
    #expect(test.state.interruptPending)
    test.bench.run(through: 3_100)
    #expect(!test.state.interruptPending && test.interrupts.arrivals.count == 65)
  }
}
