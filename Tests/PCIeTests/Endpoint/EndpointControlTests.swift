import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// What software allows a function to send.
@Suite("7.5.1.1.3 What the command register lets an endpoint send") struct EndpointControlTests {
  private let memory: UInt64 = 0x1_0000_0000

  /// Without Bus Master Enable a function sends no request of its own, MSI included; the client of a read is told
  /// (7.5.1.1.3).
  @Test(
    arguments: [(0x2, []), (0x6, [.memoryRead, .memoryWrite, .memoryWrite])] as [(UInt32, [TLPType])])
  func busMasterEnableGatesRequests(command: UInt32, sent: [TLPType]) {
    let test = EndpointBench()
    let start = test.configure(command: command, others: EndpointBench.msi)
    test.read(memory, 64, tag: 2, at: start)
    test.writes.send(WriteRequest(.data(address: memory, bytes: [1, 2, 3, 4])), at: start)
    test.writes.send(WriteRequest(.interrupt(vector: 0)), at: start)
    test.bench.run(through: 40)
    #expect(test.answers.map(\.type) == sent)
    #expect(test.data.messages.map(\.status) == (sent.isEmpty ? [.disabled] : []))
    #expect(test.data.messages.map(\.tag) == (sent.isEmpty ? [2] : []))
  }

  /// MSI is a write of the message data with the vector in its low bits, behind the data written before (6.1.4, 2.4.1).
  @Test func interruptsStayBehindData() {
    var spec = EndpointSpec()
    spec.relaxedOrdering = true
    let test = EndpointBench(spec)
    let start = test.configure(deviceControl: 0x2830, others: EndpointBench.msi)
    for i in 0..<3 { test.writes.send(WriteRequest(.data(address: memory, bytes: [UInt8(i)])), at: start) }
    test.writes.send(WriteRequest(.interrupt(vector: 2)), at: start)
    test.writes.send(WriteRequest(.data(address: memory, bytes: [3])), at: start)
    test.bench.run(through: 40)
    #expect(test.answers.map(\.address) == [memory, memory, memory, EndpointBench.msiAddress, memory])
    #expect(test.answerPayloads[3] == [0x42, 0x40, 0, 0])
    #expect(test.answers.map { $0.attributes.contains(.relaxedOrdering) } == [true, true, true, false, true])
  }

  /// MSI Enable gates interrupts, and nothing else (7.7.1.2).
  @Test func withoutMSIEnableThereAreNoInterrupts() {
    let test = EndpointBench()
    let start = test.configure()
    test.writes.send(WriteRequest(.interrupt(vector: 0)), at: start)
    test.writes.send(WriteRequest(.data(address: memory, bytes: [1])), at: start)
    test.bench.run(through: 40)
    #expect(test.answers.map(\.address) == [memory])
  }

  /// Requests carry the attributes that the function is made to use, where Device Control permits them (2.2.6.3,
  /// 7.5.3.4, 7.5.3.16).
  @Test(
    arguments: [
      (0x2020, 0, []), (0x2030, 0, .relaxedOrdering), (0x2820, 0, .noSnoop),
      (0x2020, 0x100, .idBasedOrdering), (0x2830, 0x100, [.relaxedOrdering, .noSnoop, .idBasedOrdering]),
    ] as [(UInt32, UInt32, TLPAttributes)])
  func attributesNeedPermission(deviceControl: UInt32, deviceControl2: UInt32, expected: TLPAttributes) {
    for isUsed in [true, false] {
      var spec = EndpointSpec()
      (spec.relaxedOrdering, spec.noSnoop, spec.idOrdering) = (isUsed, isUsed, isUsed)
      let test = EndpointBench(spec)
      let start = test.configure(deviceControl: deviceControl, deviceControl2: deviceControl2)
      test.read(memory, 64, at: start)
      test.writes.send(WriteRequest(.data(address: memory, bytes: [1])), at: start)
      test.bench.run(through: 40)
      let found = isUsed ? expected : []
      #expect(test.answers.map(\.attributes) == [found, found])
    }
  }

  /// Clients hear of the configuration when it changes, and only then.
  @Test func clientsAreToldOfTheConfiguration() {
    let test = EndpointBench()
    let start = test.configure(others: EndpointBench.msi)
    test.configWrite(EndpointBench.Register.deviceControl, 0x3140, at: start)
    test.configWrite(UInt16(0x3c / 4), 0x5, at: start + 5)
    test.configWrite(EndpointBench.Register.command, 0x2, at: start + 10)
    test.bench.run(through: 60)
    let control = test.control.arrivals.suffix(2)
    #expect(control.map(\.cycle) == [start + 2, start + 12])
    #expect(
      control.map(\.message)
        == [true, false].map {
          FunctionControl(
            maxPayload: 512, maxReadRequest: 1_024, tagLimit: 256, busMaster: $0, msiEnabled: true, reset: false)
        })
  }

  // MARK: ECRC

  /// ECRC Generation Enable: every packet that the function makes ends with a digest, of whatever kind (2.7.1,
  /// 7.8.4.7).
  @Test(arguments: [false, true])
  func everyPacketHasAnECRC(isEnabled: Bool) {
    let test = EndpointBench()
    let others: KeyValuePairs<UInt16, UInt32> = [
      EndpointBench.Register.msi: 0x0001_0000, EndpointBench.Register.msi + 1: UInt32(EndpointBench.msiAddress),
      EndpointBench.Register.errorControl: isEnabled ? 0x40 : 0,
    ]
    let start = test.configure(deviceControl: 0x282f, others: others)
    test.configRead(0, at: start)
    test.rx.send(.memoryRead(address: 0x1000, length: 4, tag: 1, requester: EndpointBench.host), at: start)
    test.strayWrite(at: start)
    let request = TLPHeader.memoryRead(
      address: EndpointBench.barBase, length: 4, tag: 1, requester: EndpointBench.host)
    test.completions.send(TargetCompletion(request: request, payload: pattern(4)), at: start)
    test.read(memory, 64, at: start)
    test.writes.send(WriteRequest(.data(address: memory, bytes: [1])), at: start)
    test.writes.send(WriteRequest(.interrupt(vector: 0)), at: start)
    test.bench.run(through: 60)
    #expect(
      Set(test.answers.map(\.type)) == [.completionData, .completion, .message, .memoryRead, .memoryWrite])
    #expect(test.answers.count == 7 && test.packets.allSatisfy { $0.header.hasDigest == isEnabled })
    #expect(test.packets.allSatisfy { $0.hasValidECRC })
  }

  /// ECRC Check Enable: a packet with a wrong ECRC is dropped and reported; without it nobody looks (2.7.1, 7.8.4.7).
  @Test(arguments: [false, true])
  func aWrongECRCCountsWhenItIsChecked(isChecked: Bool) {
    let test = EndpointBench()
    let start = test.configure(others: [EndpointBench.Register.errorControl: isChecked ? 0x100 : 0])
    var header = TLPHeader.memoryWrite(address: EndpointBench.barBase, length: 4, requester: EndpointBench.host)
    header.digest = true
    let right = TLP(header, payload: [1, 2, 3, 4])
    var wrong = TLP(header, payload: [5, 6, 7, 8])
    wrong.ecrc = wrong.correctECRC ^ 1
    for packet in [right, wrong] { test.rx.send(packet, at: start) }
    test.bench.run(through: 40)
    #expect(test.requests.map(\.payload) == [right.payload] + (isChecked ? [] : [wrong.payload]))
    #expect(test.errors.uncorrectableStatus == (isChecked ? bit(.ecrc) : 0))
    if isChecked { #expect(test.errors.errorControl & 0x1f == 19 && test.errors.headerLog0 == wrong.header.dwords.x) }
  }
}
