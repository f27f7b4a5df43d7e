import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Wrong answers on order: so many, and then right ones.
@Suite("2.3.1, 2.3.2 Wrong answers of an endpoint") struct EndpointFaultTests {
  /// Answers four reads of the BAR, 512 bytes each, after `fault`.
  private func answers(_ fault: FunctionFault) -> EndpointBench {
    let test = EndpointBench()
    let start = test.configure()
    test.faults.send(fault, at: start)
    for tag: UInt16 in 0..<4 {
      let request = TLPHeader.memoryRead(
        address: EndpointBench.barBase, length: 512, tag: tag, requester: EndpointBench.host)
      test.completions.send(TargetCompletion(request: request, payload: pattern(512)), at: start + 2)
    }
    test.bench.run(through: 60)
    return test
  }

  @Test(arguments: [
    (FunctionFault.Kind.unsupportedRequest, CompletionStatus.unsupportedRequest, 0 as UInt16),
    (.completerAbort, .completerAbort, 0x0800),
  ])
  func failsReadsOfTheBAR(kind: FunctionFault.Kind, status: CompletionStatus, bits: UInt16) {
    let test = answers(FunctionFault(kind, count: 2))
    #expect(test.answers.map(\.tag) == [0, 1, 2, 2, 3, 3])
    #expect(test.answers.map(\.status) == [status, status] + [CompletionStatus](repeating: .successful, count: 4))
    #expect(test.answers.map(\.byteCount) == [512, 512, 512, 256, 512, 256])
    // Signaled Target Abort (7.5.1.1.4); the requester reports, so here it is advisory (6.2.3.2.4.1).
    #expect(test.state.config.status == bits && test.errors.correctableStatus == 0x2000)
  }

  /// Of a read that takes two completions the first one is poisoned.
  @Test func poisonsReadsOfTheBAR() {
    let test = answers(FunctionFault(.poison, count: 2))
    #expect(test.answers.map(\.tag) == [0, 0, 1, 1, 2, 2, 3, 3])
    #expect(test.answers.map(\.poisoned) == [true, false, true, false, false, false, false, false])
    #expect(test.answerPayloads.allSatisfy { $0.count == 256 })
  }

  /// Configuration requests are answered with CRS, reads of the BAR are not (2.3.1).
  @Test func retriesConfigurationRequests() {
    let test = EndpointBench()
    let start = test.configure()
    test.faults.send(FunctionFault(.configurationRetry, count: 2), at: start)
    let request = TLPHeader.memoryRead(
      address: EndpointBench.barBase, length: 4, tag: 9, requester: EndpointBench.host)
    test.completions.send(TargetCompletion(request: request, payload: pattern(4)), at: start + 2)
    test.configRead(0, at: start + 10)
    test.configWrite(EndpointBench.Register.command, 0x2, at: start + 10)
    test.configRead(1, at: start + 10)
    test.bench.run(through: 60)
    #expect(
      test.answers.map(\.status) == [.successful, .configurationRetry, .configurationRetry, .successful])
    // The write was not done.
    #expect(test.packets.last?.payloadDword(0) == 0x0010_0006)
  }

  @Test func noAnswersAreWrongWhenNoneAreAskedFor() {
    let test = answers(FunctionFault(.completerAbort, count: 0))
    #expect(test.answers.allSatisfy { $0.status == .successful } && test.state.fault == .none)
  }
}
