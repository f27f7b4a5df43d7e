import SimKernel
import Testing

@testable import Scenario

@Suite("Steps")
struct StepTests {
  private let driver = DriverSpec()

  @Test("a program in hexadecimal goes by DMA to the start of TEXT")
  func loadText() throws {
    let transfer = Step.Transfer(
      bytes: [0x95, 0, 0, 0, 0, 0, 0, 0], route: .dma, pageSize: driver.pageSize, offset: 0, expectedError: nil, peer: 0
    )
    #expect(
      try actions(#"{"load_text": {"program": {"hex": "95 00 00 00 00000000"}}}"#)
        == [.loadText(.init(name: "hex", transfer: transfer))])
  }

  @Test("load_text takes every option")
  func loadTextOptions() throws {
    let transfer = Step.Transfer(bytes: [0x95], route: .dma, pageSize: 8192, offset: 8, expectedError: "RANGE", peer: 0)
    let step = #"""
      {"load_text": {"program": {"hex": "95"}, "via": "dma", "page_size": 8192, "offset": "8B",
                     "check": false, "expect": {"error": "RANGE"}}}
      """#
    #expect(try actions(step) == [.loadText(.init(name: "hex", transfer: transfer))])
  }

  @Test("load_data takes bytes, fills, the peer's way, and offsets past DATA, which the device refuses")
  func loadData() throws {
    let found = try actions(
      #"""
      {"load_data": {"hex": "0102", "via": "p2p", "offset": "0xffffffff"}},
      {"load_data": {"fill": {"bytes": 10}}},
      {"load_data": {"fill": {"bytes": "5MiB", "pattern": "zero"}}}
      """#)
    let peer = Step.Transfer(
      bytes: [1, 2], route: .p2p, pageSize: driver.pageSize, offset: .max, expectedError: nil, peer: 0)
    #expect(found[0] == .loadData(.init(name: "hex", transfer: peer)))
    guard case .loadData(let counter) = found[1], case .loadData(let zero) = found[2] else {
      Issue.record("found \(found[1]) and \(found[2])")
      return
    }
    #expect(counter.transfer.bytes == [0, 0, 0, 0, 1, 0, 0, 0, 2, 0])
    #expect(zero.name == "fill" && zero.transfer.bytes.count == 5 << 20 && zero.transfer.bytes.allSatisfy { $0 == 0 })
  }

  @Test("random fills follow the seed, and differ from step to step")
  func randomFills() throws {
    func fills(seed: Int) throws -> [Step.Action] {
      let fill = #"{"load_data": {"fill": {"bytes": 64, "pattern": "random"}}}"#
      return try read("{\"seed\": \(seed), \"steps\": [\(fill), \(fill)]}").steps.map(\.action)
    }
    let first = try fills(seed: 1)
    #expect(try fills(seed: 1) == first)
    #expect(try fills(seed: 2) != first)
    #expect(first[0] != first[1])
  }

  @Test("run states what must come out")
  func run() throws {
    let found = try actions(
      #"""
      {"run": {}}, {"run": {"offset": 4096, "timeout": "2ms", "expect": {"ret": "0x194", "r0": "0xffffffff00000194"}}},
      {"run": {"expect": {"error": "FAULT", "fault": "badProgram"}}}
      """#)
    let plain = Step.Run(
      offset: 0, expectedRet: nil, expectedR0: nil, expectedError: nil, expectedFault: nil, timeout: driver.runTimeout)
    let full = Step.Run(
      offset: 4096, expectedRet: 0x194, expectedR0: 0xffff_ffff_0000_0194, expectedError: nil, expectedFault: nil,
      timeout: .milliseconds(2))
    let faulty = Step.Run(
      offset: 0, expectedRet: nil, expectedR0: nil, expectedError: "FAULT", expectedFault: "badProgram",
      timeout: driver.runTimeout)
    #expect(found == [.run(plain), .run(full), .run(faulty)])
  }

  @Test("accesses default to four bytes and to all bits")
  func accesses() throws {
    let found = try actions(
      #"""
      {"mmio_write": {"address": 0, "value": 2}},
      {"mmio_write": {"address": "0xfffff8", "size": 8, "value": "0xffffffffffffffff"}},
      {"mmio_read": {"address": "0x200000", "size": 1}}, {"mmio_read": {"address": 4, "expect": 5}},
      {"mmio_read": {"address": 4, "size": 2, "expect": {"value": 1, "mask": 3}}},
      {"poll": {"address": 1, "size": 1, "mask": 4, "value": 4}},
      {"poll": {"address": 1, "value": 4, "interval": "1us", "timeout": "1ms"}}
      """#)
    #expect(
      found == [
        .mmioWrite(.init(address: 0, size: 4, value: 2)), .mmioWrite(.init(address: 0xff_fff8, size: 8, value: .max)),
        .mmioRead(.init(address: 0x20_0000, size: 1, expected: nil)),
        .mmioRead(.init(address: 4, size: 4, expected: .init(value: 5, mask: 0xffff_ffff))),
        .mmioRead(.init(address: 4, size: 2, expected: .init(value: 1, mask: 3))),
        .poll(
          .init(
            address: 1, size: 1, expected: .init(value: 4, mask: 4), interval: driver.pollInterval,
            timeout: driver.runTimeout)),
        .poll(
          .init(
            address: 1, size: 4, expected: .init(value: 4, mask: 0xffff_ffff), interval: .microseconds(1),
            timeout: .milliseconds(1))),
      ])
  }

  @Test("a masked value ignores the other bits")
  func masks() {
    let ready = Step.Masked(value: 4, mask: 4)
    #expect(ready.matches(0xf4) && !ready.matches(0xf3))
  }

  @Test("the remaining steps")
  func others() throws {
    let found = try actions(
      #"""
      {"wait": "1.5us"}, {"wait": {"time": "2ns"}}, {"dump_mem": {}}, {"get_regs": {}},
      {"expect_memory": {"address": "0xffffff", "hex": "Cc"}}
      """#)
    #expect(
      found == [
        .wait(.init(time: 1_500_000)), .wait(.init(time: 2_000)), .dumpMem, .getRegs,
        .expectMemory(.init(address: 0xff_ffff, bytes: [0xcc])),
      ])
  }

  @Test("the driver's parameters are the defaults of steps")
  func driverDefaults() throws {
    let document = try read(
      #"""
      {"driver": {"page_size": 65536, "poll_interval": "7ns", "run_timeout": "3s"},
       "steps": [{"load_data": {"hex": "00"}}, {"poll": {"address": 0, "value": 0}}]}
      """#)
    guard case .loadData(let load) = document.steps[0].action, case .poll(let poll) = document.steps[1].action else {
      Issue.record("found \(document.steps)")
      return
    }
    #expect(load.transfer.pageSize == 65_536)
    #expect(poll.interval == 7_000 && poll.timeout == 3_000_000_000_000)
  }

  @Test("every kind of step is named as in the scenario")
  func kinds() throws {
    let steps = try read(
      #"""
      {"steps": [{"load_text": {"program": {"hex": "95"}}}, {"load_data": {"hex": "00"}}, {"run": {}},
        {"mmio_write": {"address": 0, "value": 0}}, {"mmio_read": {"address": 0}}, {"poll": {"address": 0, "value": 0}},
        {"wait": "0ns"}, {"peer_write": {"hex": "00"}}, {"dump_mem": {}},
        {"expect_memory": {"address": 0, "hex": "00"}}, {"inject": {"kind": "ca"}}, {"get_regs": {}},
        {"peer_read": {"length": 1}}, {"await_peer": {}}, {"reset": {}}, {"config_read": {"register": 0}},
        {"config_write": {"register": 0, "value": 0}}, {"send_tlp": {"hex": "00"}}]}
      """#
    ).steps
    #expect(steps.map(\.kind) + ["repeat"] == StepKind.allCases.map(\.rawValue))
    for (index, step) in steps.enumerated() { #expect(step.path == "$.steps[\(index)].\(step.kind)") }
  }
}
