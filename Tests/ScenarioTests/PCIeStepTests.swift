import PCIe
import SimKernel
import Testing

@testable import Scenario

@Suite("Steps about the hierarchy: peers, configuration, packets, faults, resets")
struct PCIeStepTests {
  /// Two devices and two peers; functions count in the order of the topology.
  private static let system = #"""
    "devices": [{"name": "other"}], "peers": [{"name": "nvme"}, {"name": "nic"}],
    "topology": ["nic", {"switch": "sw", "ports": ["device", "nvme"]}, "other"]
    """#

  private func steps(_ steps: String) throws -> [Step] { try read("{\(Self.system), \"steps\": [\(steps)]}").steps }

  private func peer(
    _ peer: Int = 0, isRead: Bool = false, target: Step.PeerTarget = .window, offset: UInt64 = 0, length: Int,
    bytes: [UInt8], chunk: Int = 4096, flush: Bool = true, background: Bool = false, expectedError: String? = nil
  ) -> Step.Action {
    .peer(
      .init(
        peer: peer, isRead: isRead, target: target, offset: offset, length: length, bytes: bytes, chunk: chunk,
        flush: flush, background: background, expectedError: expectedError))
  }

  @Test("peer_write takes every key, and defaults them")
  func peerWrite() throws {
    let steps = try steps(
      #"""
      {"peer_write": {"hex": "aabb"}},
      {"peer_write": {"peer": "nic", "to": "host", "device": "other", "offset": "1KiB", "chunk": 512, "flush": false,
                      "background": true, "hex": "cc", "expect": {"error": "UR"}}},
      {"peer_write": {"offset": "0x7fffff", "fill": {"bytes": 1}}}
      """#)
    #expect(
      steps.map(\.action) == [
        peer(length: 2, bytes: [0xaa, 0xbb]),
        peer(
          1, target: .host, offset: 1024, length: 1, bytes: [0xcc], chunk: 512, flush: false, background: true,
          expectedError: "UR"), peer(offset: 0x7f_ffff, length: 1, bytes: [0]),
      ])
    #expect(steps.map(\.device) == [0, 1, 0])
  }

  @Test("peer_read brings a length of anything, or bytes that must come")
  func peerRead() throws {
    let steps = try steps(
      #"""
      {"peer_read": {"length": "64KiB"}}, {"peer_read": {"peer": "nic", "to": "host", "device": "other", "offset": 8,
        "chunk": 100, "background": true, "hex": "0102", "expect": {"error": "POISON"}}}
      """#)
    #expect(
      steps.map(\.action) == [
        peer(isRead: true, length: 65_536, bytes: []),
        peer(
          1, isRead: true, target: .host, offset: 8, length: 2, bytes: [1, 2], chunk: 100, background: true,
          expectedError: "POISON"),
      ])
  }

  @Test("await_peer, and the peer and device of transfers and runs")
  func names() throws {
    let steps = try steps(
      #"""
      {"await_peer": {}}, {"await_peer": {"peer": "nic"}}, {"load_data": {"hex": "00", "via": "p2p", "peer": "nic"}},
      {"run": {"device": "other"}}, {"mmio_read": {"address": 0, "device": "other"}}, {"dump_mem": {"device": "device"}}
      """#)
    #expect(steps[0].action == .awaitPeer(0) && steps[1].action == .awaitPeer(1))
    guard case .loadData(let load) = steps[2].action else {
      Issue.record("found \(steps[2])")
      return
    }
    #expect(load.transfer.peer == 1 && load.transfer.route == .p2p)
    #expect(steps.map(\.device) == [0, 0, 0, 1, 1, 0])
  }

  @Test("resets are of functions unless they say hot; functions count along the topology")
  func resets() throws {
    let actions = try steps(
      #"{"reset": {}}, {"reset": {"kind": "hot"}}, {"reset": {"target": "nvme", "kind": "function"}}, {"reset": {"target": "other"}}"#
    ).map(\.action)
    #expect(actions == [.reset(.function, 1), .reset(.hot, 1), .reset(.function, 2), .reset(.function, 3)])
  }

  @Test("config_read names a dword; config_write bytes of it")
  func configuration() throws {
    let actions = try steps(
      #"""
      {"config_read": {"register": 0}}, {"config_read": {"register": "0xffc", "target": "nic", "expect": 5}},
      {"config_read": {"register": 4, "expect": {"value": 2, "mask": 6}}},
      {"config_write": {"register": 4, "value": 7}},
      {"config_write": {"register": "0x3e", "size": 2, "value": "0x42", "target": "other"}},
      {"config_write": {"register": 7, "size": 1, "value": 255}}
      """#
    ).map(\.action)
    #expect(
      actions == [
        .configRead(.init(function: 1, register: 0, expected: nil)),
        .configRead(.init(function: 0, register: 0x3ff, expected: .init(value: 5, mask: 0xffff_ffff))),
        .configRead(.init(function: 1, register: 1, expected: .init(value: 2, mask: 6))),
        .configWrite(.init(function: 1, register: 1, value: 7, byteEnable: 0xf)),
        .configWrite(.init(function: 3, register: 15, value: 0x42_0000, byteEnable: 0xc)),
        .configWrite(.init(function: 1, register: 1, value: 0xff00_0000, byteEnable: 0x8)),
      ])
  }

  @Test("send_tlp takes any bytes, through the root port above its target")
  func packets() throws {
    let read = "00000001 0000000f 00000000", bytes: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 15, 0, 0, 0, 0]
    let actions = try steps(
      #"""
      {"send_tlp": {"hex": "\#(read)"}}, {"send_tlp": {"hex": "\#(read)", "target": "other", "expect": {"status": "UR"}}},
      {"send_tlp": {"hex": "ff", "target": "nic"}}
      """#
    ).map(\.action)
    #expect(
      actions == [
        .sendTLP(.init(tlp: TLP(lenient: bytes), port: 1, expected: nil)),
        .sendTLP(.init(tlp: TLP(lenient: bytes), port: 2, expected: .unsupportedRequest)),
        .sendTLP(.init(tlp: TLP(lenient: [0xff]), port: 0, expected: nil)),
      ])
  }

  /// What each kind of fault becomes with no more than its name.
  private static let faults: [InjectKind: Step.Inject] = [
    .ur: .memory(.init(.unsupportedRequest, count: 1, delay: 10_000_000)),
    .ca: .memory(.init(.completerAbort, count: 1, delay: 10_000_000)),
    .poison: .memory(.init(.poison, count: 1, delay: 10_000_000)),
    .drop: .memory(.init(.silence, count: 1, delay: 10_000_000)),
    .completionTimeout: .memory(.init(.silence, count: 1, delay: 10_000_000)),
    .delay: .memory(.init(.delay, count: 1, delay: 10_000_000)),
    .unexpectedCompletion: .memory(.init(.unexpected, count: 1, delay: 10_000_000)),
    .malformedCompletion: .memory(.init(.malformed, count: 1, delay: 10_000_000)),
    .crs: .function(1, .init(.configurationRetry, count: 1)),
    .dropTLP: .link(2, .fault(.dropTLP, .up, skip: 0, count: 1)),
    .corruptTLP: .link(2, .fault(.corruptTLP, .up, skip: 0, count: 1)),
    .dropDLLP: .link(2, .fault(.dropDLLP, .up, skip: 0, count: 1)),
    .corruptDLLP: .link(2, .fault(.corruptDLLP, .up, skip: 0, count: 1)),
    .delayTLP: .link(2, .delay(.up, 10_000_000)),
    .creditStarvation: .link(2, .starve(.up, .posted, 10_000_000)),
    .retrain: .link(2, .retrain(10_000_000)),
    .surpriseRemoval: .link(2, .remove),
  ]

  @Test("every kind of fault, with its defaults", arguments: InjectKind.allCases)
  func faults(_ kind: InjectKind) throws {
    #expect(try steps("{\"inject\": {\"kind\": \"\(kind.rawValue)\"}}").map(\.action) == [.inject(Self.faults[kind]!)])
  }

  @Test("faults take counts, places, directions, classes and times; links count along the topology")
  func faultKeys() throws {
    let actions = try steps(
      #"""
      {"inject": {"kind": "ur", "count": 3, "by": "host"}}, {"inject": {"kind": "ca", "by": "device", "count": 2}},
      {"inject": {"kind": "poison", "by": "device", "target": "other"}},
      {"inject": {"kind": "delay", "time": "1us", "count": 4}}, {"inject": {"kind": "crs", "count": 9, "target": "nic"}},
      {"inject": {"kind": "drop_tlp", "target": "sw", "direction": "down", "skip": 5, "count": 2}},
      {"inject": {"kind": "credit_starvation", "class": "completion", "time": "2us", "target": "nvme"}},
      {"inject": {"kind": "credit_starvation", "class": "nonposted", "direction": "down"}},
      {"inject": {"kind": "surprise_removal", "target": "other"}}
      """#
    ).map(\.action)
    #expect(
      actions == [
        .inject(.memory(.init(.unsupportedRequest, count: 3, delay: 10_000_000))),
        .inject(.function(1, .init(.completerAbort, count: 2))), .inject(.function(3, .init(.poison, count: 1))),
        .inject(.memory(.init(.delay, count: 4, delay: 1_000_000))),
        .inject(.function(0, .init(.configurationRetry, count: 9))),
        .inject(.link(1, .fault(.dropTLP, .down, skip: 5, count: 2))),
        .inject(.link(3, .starve(.up, .completion, 2_000_000))),
        .inject(.link(2, .starve(.down, .nonPosted, 10_000_000))), .inject(.link(4, .remove)),
      ])
  }
}
