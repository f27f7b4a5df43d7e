import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// Function-level reset and link down at the DMA engine (6.6.2): it ends everything and works again.
@Suite struct DMAResetTests {
  private let data = DeviceMap.data

  /// Resets at `cycle`, and begins a transfer that must succeed 10 cycles later.
  private func resetAndTransfer(_ test: DMABench, at cycle: Cycle) {
    test.control.send(.enabled(reset: true), at: cycle)
    test.transfer(1_024, from: 0x20_0000, to: data + 0x1_0000, at: cycle + 10)
  }

  private func expectTheNextTransfer(_ test: DMABench) {
    #expect(test.errors.last == DeviceError.none)
    #expect(test.ram.read(1_024, at: data + 0x1_0000) == pattern(1_024, from: 0x20_0000))
    #expect(test.state.activeTags == 0 && test.state.transfers == 0)
  }

  @Test func anIdleEngineStaysIdle() {
    let test = DMABench()
    resetAndTransfer(test, at: 20)
    test.bench.run(through: 400)
    #expect(test.errors.count == 1)
    expectTheNextTransfer(test)
  }

  /// Before the first request: the transfer is over at once, and asks for nothing.
  @Test func aTransferThatStartsIsEnded() {
    var spec = DMASpec()
    spec.startCycles = 30
    let test = DMABench(spec)
    test.transfer(4_096, from: 0x10_0000, to: data)
    resetAndTransfer(test, at: 20)
    test.bench.run(through: 400)
    // Heard at 21; the result takes finish_cycles.
    #expect(test.errors == [.aborted, .none] && test.results.cycles[0] == 23)
    #expect(test.requests.allSatisfy { $0.address >= 0x20_0000 })
    expectTheNextTransfer(test)
  }

  /// Reads that are outstanding are forgotten with their tags. Data that is there already is thrown away, also what is
  /// half written.
  @Test(arguments: [1, 4])
  func aTransferThatReadsIsEnded(channels: Int) {
    var spec = DMASpec()
    spec.channels = channels
    let test = DMABench(spec)
    test.answer = { _, request in request.address < 0x20_0000 ? nil : (10, .successful) }
    for i in 0..<channels { test.transfer(1_024, from: 0x10_0000 + UInt64(4_096 * i), to: data + 4_096 * i) }
    for cycle: Cycle in [48, 50] {
      test.data.send(
        ReadData(tag: 1, status: .successful, payload: pattern(128), skip: 0, count: 128, isLast: false), at: cycle)
    }
    resetAndTransfer(test, at: 50)
    test.bench.run(through: 500)
    #expect(test.errors == Array(repeating: .aborted, count: channels) + [.none])
    #expect(test.results.cycles.prefix(channels).first == 54)
    // Of the first piece two writes were sent, at 49 and 50; the rest of it and the second piece are gone.
    #expect(test.ram.read(65, at: data + 512) == pattern(64) + [0])
    #expect(test.state.unexpected == 0)
    expectTheNextTransfer(test)
  }

  /// The window still answers what it was asked.
  @Test func aTransferThatMovesIsEnded() {
    let test = DMABench()
    test.move(64 << 10, from: 0, to: data)
    resetAndTransfer(test, at: 50)
    test.bench.run(through: 500)
    #expect(test.errors == [.aborted, .none])
    let moved = Int(test.state.bytesMoved) - 1_024
    #expect(moved > 0 && moved < 4_096 && test.ram.read(moved, at: data) == pattern(moved))
    #expect(test.isUntouchedAround(data, moved))
    expectTheNextTransfer(test)
  }

  /// Data that comes after all belongs to nobody.
  @Test func lateDataIsDropped() {
    let test = DMABench()
    test.answer = { _, _ in nil }
    test.transfer(512, from: 0x10_0000, to: data)
    test.control.send(.enabled(reset: true), at: 50)
    test.data.send(
      ReadData(tag: 0, status: .successful, payload: pattern(256), skip: 0, count: 256, isLast: false), at: 60)
    test.bench.run(through: 100)
    #expect(test.errors == [.aborted] && test.state.unexpected == 1)
    #expect(test.ram.read(512, at: data) == [UInt8](repeating: 0, count: 512))
  }
}
