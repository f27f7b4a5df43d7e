import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Function-level reset, a link that goes down, and the time after a reset (2.3.1, 6.6).
@Suite("6.6 Resets of an endpoint") struct EndpointResetTests {
  private let memory: UInt64 = 0x1_0000_0000
  private let base = EndpointBench.barBase

  private static func spec(readyTime: Picoseconds) -> EndpointSpec {
    var spec = EndpointSpec()
    spec.readyTime = readyTime
    return spec
  }

  private func resetFunction(_ test: EndpointBench, at cycle: Cycle) {
    test.configWrite(EndpointBench.Register.deviceControl, 0x8000 | 0x2820, at: cycle)
  }

  /// The write that begins a function-level reset is answered first. Then configuration begins anew, except for MPS and
  /// the sticky registers of AER (6.6.2, 7.4).
  @Test func aFunctionLevelResetBeginsAnew() {
    let test = EndpointBench()
    let start = test.configure(others: EndpointBench.msi)
    test.strayWrite(at: start)
    resetFunction(test, at: start + 10)
    test.configRead(0, at: start + 20)
    test.bench.run(through: 60)
    #expect(test.answers.map(\.type) == [.completion, .completionData])
    #expect(test.answers.map(\.status) == [.successful, .successful])
    let config = test.state.config
    #expect(config.command == 0 && config.bar == 0 && !config.msiEnabled && config.deviceStatus == 0)
    #expect(config.maxPayloadSize == 256 && config.errors.uncorrectableStatus == bit(.unsupportedRequest))
    #expect(test.state.functionID == EndpointBench.function.rawValue)
    let control = FunctionControl(
      maxPayload: 256, maxReadRequest: 512, tagLimit: 32, busMaster: false, msiEnabled: false, reset: true)
    #expect(test.control.messages.last == control && test.control.cycles.last == start + 12)
  }

  /// What was outstanding is forgotten: no data, no failure, and completions that still come are unexpected (6.6.2).
  @Test func aResetForgetsOutstandingReads() {
    let test = EndpointBench()
    let start = test.configure()
    test.read(memory, 64, tag: 1, timeout: 200_000, at: start)
    resetFunction(test, at: start + 10)
    test.rx.send(EndpointBench.completion(memory, 64, tag: 1), at: start + 20)
    test.bench.run(through: 200)
    #expect(test.data.arrivals.isEmpty && test.state.activeReads == 0)
    #expect(test.errors.correctableStatus == 0x2000 && test.errors.uncorrectableStatus == 0)
  }

  /// Requests of clients that did not hear of it yet, and the rest of an answer that was being sent, are dropped.
  @Test func aResetDropsWhatWasToBeSent() {
    let test = EndpointBench()
    let start = test.configure(deviceControl: 0x2800)
    let request = TLPHeader.memoryRead(address: base, length: 1024, tag: 1, requester: EndpointBench.host)
    test.completions.send(TargetCompletion(request: request, payload: pattern(1024)), at: start)
    test.completions.send(TargetCompletion(request: request, payload: pattern(1024)), at: start)
    for tag: UInt16 in 0..<8 { test.read(memory, 64, tag: tag, at: start) }
    test.configWrite(EndpointBench.Register.deviceControl, 0xa800, at: start + 3)
    test.configWrite(EndpointBench.Register.command, 0x6, at: start + 10)
    test.bench.run(through: 80)
    // At start + 1, + 2 and + 3 a packet each; the answers to the two writes.
    #expect(
      test.answers.map(\.type) == [.memoryRead, .completionData, .memoryRead, .completion, .completion])
    #expect(test.state.activeReads == 0 && test.data.arrivals.isEmpty)
    // An answer that comes later is complete.
    test.completions.send(TargetCompletion(request: request, payload: pattern(1024)), at: 81)
    test.bench.run(through: 120)
    #expect(test.answers.filter { $0.type == .completionData }.dropFirst().first?.byteCount == 1024)
  }

  /// When the link is down everything is lost, what comes in the meantime too, and the bus number with it; only the sticky
  /// registers of AER stay (6.6.1, 7.4).
  @Test func aLinkThatGoesDownLosesAllButTheErrors() {
    let test = EndpointBench()
    let start = test.configure(others: EndpointBench.msi)
    test.strayWrite(at: start)
    test.read(memory, 64, tag: 1, timeout: 400_000, at: start)
    test.events.send(.down, at: start + 10)
    test.rx.send(.memoryWrite(address: base, data: [1, 2, 3, 4], requester: EndpointBench.host), at: start + 10)
    test.configWrite(EndpointBench.Register.command, 0x6, at: start + 11)
    test.bench.run(through: 60)
    var fresh = ConfigSpace(identity: ConfigSpace.Identity())
    fresh.errors = test.state.config.errors
    #expect(test.state.config == fresh && test.state.functionID == 0)
    #expect(fresh.errors.uncorrectableStatus == bit(.unsupportedRequest))
    #expect(test.state.activeReads == 0 && test.requests.isEmpty)
    #expect(test.control.messages.last?.reset == true && test.control.messages.last?.busMaster == false)
    test.events.send(.up, at: 61)
    test.configRead(0, at: 70)
    test.bench.run(through: 200)
    #expect(test.answers.map(\.type) == [.memoryRead, .completionData] && test.data.arrivals.isEmpty)
  }

  /// While a function gets ready it answers configuration requests with CRS: up to n - 1, not at n (2.3.1).
  @Test(arguments: [(4_000 as Picoseconds, 1 as Cycle), (100_000, 25), (100_001, 26)])
  func isReadyExactlyInTime(readyTime: Picoseconds, cycles: Cycle) {
    let test = EndpointBench(Self.spec(readyTime: readyTime))
    test.events.send(.up, at: 4)
    // The endpoint hears of the link at 5, and of requests a cycle after they were sent.
    for cycle in [5 + cycles - 1, 5 + cycles] { test.configRead(0, at: cycle - 1) }
    test.bench.run(through: 60)
    #expect(test.tx.headers.map(\.status) == [.configurationRetry, .successful])
  }

  @Test func aFunctionLevelResetTakesTheReadyTimeToo() {
    let test = EndpointBench(Self.spec(readyTime: 100_000))
    let start = test.configure()
    resetFunction(test, at: start)
    for cycle in [start + 1 + 24, start + 1 + 25] { test.configRead(0, at: cycle - 1) }
    test.bench.run(through: 80)
    #expect(test.answers.map(\.status) == [.successful, .configurationRetry, .successful])
  }
}
