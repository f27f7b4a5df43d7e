import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Errors, and how software hears of them (6.2).
@Suite("2.7, 2.8, 6.2 Errors at an endpoint") struct EndpointErrorTests {
  private let base = EndpointBench.barBase

  /// A packet with an error of each kind.
  enum Cause: CaseIterable {
    /// A non-posted request that is unsupported: the answer says so, and here it is advisory (6.2.3.2.4.1).
    case correctable
    /// A posted request that is unsupported.
    case nonFatal
    /// A malformed packet.
    case fatal

    var tlp: TLP {
      switch self {
      case .correctable: return .memoryRead(address: 0x1000, length: 4, tag: 1, requester: EndpointBench.host)
      case .nonFatal: return .memoryWrite(address: 0x1000, data: [1, 2, 3, 4], requester: EndpointBench.host)
      case .fatal:
        var header = TLPHeader.memoryRead(
          address: EndpointBench.barBase, length: 8, tag: 1, requester: EndpointBench.host)
        header.lastBE = 0
        return TLP(header)
      }
    }

    var message: MessageCode {
      switch self {
      case .correctable: .errorCorrectable
      case .nonFatal: .errorNonFatal
      case .fatal: .errorFatal
      }
    }
  }

  /// ERR_COR, ERR_NONFATAL and ERR_FATAL by severity, each with an enable in Device Control (6.2.4.1, 7.5.3.4).
  @Test(arguments: Cause.allCases, 0..<16 as Range<UInt32>)
  func reportsBySeverity(cause: Cause, enables: UInt32) {
    let test = EndpointBench()
    let start = test.configure(
      deviceControl: 0x2820 | enables, others: [EndpointBench.Register.correctableMask: 0])
    test.rx.send(cause.tlp, at: start)
    test.bench.run(through: 40)
    let needed: UInt32 =
      switch cause {
      case .correctable: 0b1001
      case .nonFatal: 0b1010
      case .fatal: 0b0100
      }
    let messages = test.answers.filter { $0.type == .message }
    #expect(messages.map(\.messageCode) == (enables & needed == needed ? [cause.message] : []))
    #expect(messages.allSatisfy { $0.requesterID == EndpointBench.function && $0.messageRouting == .toRootComplex })
  }

  /// Severity is what software makes it (7.8.4.4).
  @Test func severityCanBeChanged() {
    let test = EndpointBench()
    let start = test.configure(deviceControl: 0x282f, others: [67: 1 << 20])
    test.strayWrite(at: start)
    test.bench.run(through: 40)
    #expect(test.answers.map(\.messageCode) == [.errorFatal] && test.state.config.deviceStatus & 0xf == 0xc)
  }

  /// First Error Pointer and Header Log belong to the first error until software clears its status (6.2.4.2).
  @Test func theFirstErrorKeepsTheLog() {
    let test = EndpointBench()
    let start = test.configure()
    var header = TLPHeader.memoryWrite(address: base + 0x10, length: 4, requester: EndpointBench.host)
    header.poisoned = true
    let first = TLP(header, payload: [1, 2, 3, 4])
    test.rx.send(first, at: start)
    test.strayWrite(at: start + 5)
    test.bench.run(through: 40)
    #expect(test.errors.uncorrectableStatus == bit(.poisonedTLP) | bit(.unsupportedRequest))
    #expect(test.errors.errorControl & 0x1f == 12 && test.errors.headerLog2 == first.header.dwords.z)
    test.configWrite(EndpointBench.Register.uncorrectableStatus, bit(.poisonedTLP), at: 41)
    test.rx.send(Cause.fatal.tlp, at: 42)
    test.bench.run(through: 60)
    #expect(test.errors.uncorrectableStatus == bit(.malformedTLP) | bit(.unsupportedRequest))
    #expect(test.errors.errorControl & 0x1f == 18 && test.errors.headerLog0 == Cause.fatal.tlp.header.dwords.x)
  }

  /// What the data link layer of this end noted is an error of the function (6.2.3, 7.8.4.5).
  @Test(arguments: [0, 1 as UInt32])
  func linkErrorsAreErrorsOfTheFunction(enable: UInt32) {
    let test = EndpointBench()
    let start = test.configure(deviceControl: 0x2820 | enable)
    test.events.send(.correctable(.badTLP), at: start)
    test.events.send(.correctable(.replayTimerTimeout), at: start + 10)
    test.bench.run(through: 40)
    #expect(test.errors.correctableStatus == 0x1040 && test.state.config.deviceStatus & 0xf == 0x1)
    #expect(test.answers.map(\.messageCode) == (enable == 1 ? [.errorCorrectable, .errorCorrectable] : []))
    #expect(test.state.refused == 0)
  }

  @Test func aDataLinkProtocolErrorIsFatal() {
    let test = EndpointBench()
    let start = test.configure(deviceControl: 0x2824)
    test.events.send(.uncorrectable(.dataLinkProtocol), at: start)
    test.bench.run(through: 40)
    #expect(test.errors.uncorrectableStatus == bit(.dataLinkProtocol))
    #expect(test.answers.map(\.messageCode) == [.errorFatal])
  }

  // MARK: messages from above

  /// Messages that have no effect on the function: Unlock, power management, slot power, those that 2.2.8.7 says to
  /// ignore, and vendor-defined ones of type 1 (2.2.8.6).
  @Test(arguments: [0x00, 0x14, 0x19, 0x40, 0x41, 0x43, 0x44, 0x45, 0x47, 0x48, 0x50, 0x7f] as [UInt8])
  func dropsMessagesWithoutEffect(code: UInt8) throws {
    let code = MessageCode(rawValue: code), rule = try #require(code.rule)
    let test = EndpointBench()
    let start = test.configure()
    var header = TLPHeader.message(code, routing: rule.routings[0], requester: EndpointBench.host)
    header.lengthDW = rule.lengthDW.lowerBound
    if header.lengthDW > 0 { header.type = .messageData }
    test.rx.send(TLP(header, payload: [UInt8](repeating: 0, count: 4 * header.lengthDW)), at: start)
    test.bench.run(through: 40)
    #expect(test.answers.isEmpty && test.state.refused == 0 && test.errors.uncorrectableStatus == 0)
  }

  /// A message that comes by another way than its code has is not defined (2.2.8, 2.3.1).
  @Test func theRoutingBelongsToTheMessage() {
    let test = EndpointBench()
    let start = test.configure()
    test.rx.send(.message(.unlock, routing: .local, requester: EndpointBench.host), at: start)
    test.bench.run(through: 40)
    #expect(test.answers.isEmpty && test.errors.uncorrectableStatus == bit(.unsupportedRequest))
  }

  /// A vendor-defined message of type 0, one that goes up only, and one that is not defined, are unsupported (2.2.8.6,
  /// 2.3.1).
  @Test(arguments: [0x7e, 0x20, 0x30, 0x13, 0xff] as [UInt8])
  func otherMessagesAreUnsupported(code: UInt8) {
    let test = EndpointBench()
    let start = test.configure()
    test.rx.send(
      .message(MessageCode(rawValue: code), routing: .local, requester: EndpointBench.host), at: start)
    test.bench.run(through: 40)
    #expect(test.answers.isEmpty && test.errors.uncorrectableStatus == bit(.unsupportedRequest))
  }
}
