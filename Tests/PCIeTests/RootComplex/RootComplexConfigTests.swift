import Bench
import PCIeBench
import SimKernel
import Testing

@testable import PCIe

/// Configuration accesses of the CPU, and the root ports' own registers (7.3.3).
@Suite struct RootComplexConfigTests {
  private func rootPort(_ device: UInt8) -> DeviceID { DeviceID(bus: 0, device: device, function: 0) }

  /// Bus 0 is the root's own: device n is root port n, a bridge. Nobody else is there.
  @Test func rootPortsAreOnBus0() {
    let test = RootComplexBench()
    test.configRead(rootPort(1), 0)
    test.configRead(rootPort(1), 2)
    test.configRead(rootPort(1), 6)
    test.configRead(rootPort(2), 0)
    test.configRead(DeviceID(bus: 0, device: 0, function: 1), 0)
    test.bench.run(through: 20)
    #expect(test.values == [0x3001_1de5, 0x0604_0000, 0x0004_0200, 0xffff_ffff, 0xffff_ffff])
    #expect(test.statuses.suffix(2) == [.unsupportedRequest, .unsupportedRequest])
    #expect(test.headers.isEmpty && test.toPeer.arrivals.isEmpty)
  }

  @Test func byteEnablesDecideWhatIsWritten() {
    let test = RootComplexBench()
    test.configWrite(rootPort(0), 6, 0x0706_0504, byteEnable: 0b0110)
    test.bench.run(through: 20)
    let bridge = test.port(0).bridge
    #expect(bridge.primaryBus == 0 && bridge.secondaryBus == 5 && bridge.subordinateBus == 6)
    #expect(test.statuses == [.successful])
  }

  /// Type 0 on the bus below the root port, type 1 on those beyond (2.2.7, 7.3.3).
  @Test(arguments: [
    (RootComplexBench.device, TLPType.configRead0, 0), (RootComplexBench.peer, .configRead0, 1),
    (DeviceID(bus: 4, device: 9, function: 2), .configRead1, 1),
  ])
  func busesDecideTheType(target: DeviceID, type: TLPType, port: Int) throws {
    let test = RootComplexBench()
    test.configRead(target, 0x3f)
    test.bench.run(through: 10)
    let sink = port == 0 ? test.toDevice : test.toPeer, source = port == 0 ? test.fromDevice : test.fromPeer
    let header = try #require(sink.headers.first)
    #expect(header.type == type && header.target == target && header.register == 0x3f)
    source.send(.completionData(for: header, value: 0x1234_5678, completer: target), at: 20)
    test.bench.run(through: 40)
    #expect(test.values == [0x1234_5678])
  }

  @Test func writesAreAnsweredToo() throws {
    let test = RootComplexBench()
    test.configWrite(RootComplexBench.device, 8, 0xe000_0000, byteEnable: 0b1100)
    test.bench.run(through: 10)
    let header = try #require(test.headers.first)
    #expect(header.type == .configWrite0 && header.target == RootComplexBench.device && header.register == 8)
    #expect(header.firstBE == 0b1100 && test.payload == [0, 0, 0, 0xe0])
    test.fromDevice.send(
      .completion(for: header, status: .unsupportedRequest, completer: RootComplexBench.device), at: 20)
    test.bench.run(through: 40)
    #expect(test.statuses == [.unsupportedRequest])
  }

  /// A bus that no root port has below it, and a device other than 0 at the other end of a link: all ones at once
  /// (7.3.1).
  @Test(arguments: [DeviceID(bus: 9, device: 0, function: 0), DeviceID(bus: 1, device: 1, function: 0)])
  func absentDevicesReadAllOnes(target: DeviceID) {
    let test = RootComplexBench()
    test.configRead(target, 0)
    test.bench.run(through: 10)
    #expect(test.values == [0xffff_ffff] && test.statuses == [.unsupportedRequest] && test.answers.cycles == [2])
    #expect(test.headers.isEmpty && test.toPeer.arrivals.isEmpty)
  }

  /// CRS: the request is sent again until it is answered, each time with a new tag (2.3.2).
  @Test func retriesUntilAnswered() {
    let test = RootComplexBench()
    var answered = 0
    test.toDevice.respond = { tlp, cycle in
      guard let header = try? tlp.decoded() else { return }
      answered += 1
      test.fromDevice.send(
        answered < 4
          ? .completion(for: header, status: .configurationRetry, completer: RootComplexBench.device)
          : .completionData(for: header, value: 0x3000_1de5, completer: RootComplexBench.device), at: cycle + 10)
    }
    test.configRead(RootComplexBench.device, 0)
    test.bench.run(through: 100)
    #expect(test.headers.map(\.type) == [TLPType](repeating: .configRead0, count: 4))
    #expect(Set(test.headers.map(\.tag)).count == 4)
    #expect(test.values == [0x3000_1de5] && test.statuses == [.successful])
  }

  /// Secondary Bus Reset is an order to the link, when it begins and when it ends (7.5.1.3.13).
  @Test func secondaryBusResetIsToldToTheLink() {
    let test = RootComplexBench()
    for (value, cycle) in [(0x40_0000, 0), (0x40_0000, 10), (0, 20)] as [(UInt32, Cycle)] {
      test.configWrite(rootPort(0), 15, value, byteEnable: 0b1100, at: cycle)
    }
    test.bench.run(through: 40)
    let commands = test.deviceCommands.messages.map { command in
      switch command {
      case .assertReset: "assert"
      case .releaseReset: "release"
      default: "other"
      }
    }
    #expect(commands == ["assert", "release"] && test.deviceCommands.cycles == [2, 22])
  }
}
