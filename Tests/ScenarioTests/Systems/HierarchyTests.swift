import Device
import PCIe
import SimKernel
import Testing

@testable import Scenario

/// Whole systems with more than one endpoint; data is compared in device and host memory.
@Suite("Hierarchies of several devices and peers")
struct HierarchyTests {
  /// `mov64 r0, 7`, `exit`; and with 9.
  private static let seven = "b700000007000000 9500000000000000"
  private static let nine = "b700000009000000 9500000000000000"

  /// Loads and runs another program with other data on each of two devices.
  private static let both = #"""
    {"load_data": {"fill": {"bytes": 9000}}},
    {"load_data": {"device": "second", "fill": {"bytes": 5000, "pattern": "zero"}}},
    {"load_text": {"program": {"hex": "\#(seven)"}}},
    {"load_text": {"device": "second", "program": {"hex": "\#(nine)"}}},
    {"run": {"expect": {"ret": 7}}}, {"run": {"device": "second", "expect": {"ret": 9}}},
    {"expect_memory": {"address": "0x100000", "hex": "10000000 28230000"}},
    {"expect_memory": {"device": "second", "address": "0x100000", "hex": "10000000 88130000"}}
    """#

  /// The first bus addresses of all BAR4, in the order of discovery.
  private func bars(_ system: System) -> [UInt64] { system.driver.discovered.flatMap(\.bars).map(\.base) }

  @Test(
    "two devices have BARs of their own, and both work",
    arguments: [
      #"["device", "second"]"#, #"[{"switch": "sw", "ports": ["device", "second"]}]"#,
      #"[{"switch": "sw", "ports": ["second", "device"]}]"#,
      #"[{"switch": "a", "ports": [{"switch": "b", "ports": [{"switch": "c", "ports": ["second"]}]}, "device"]}]"#,
    ])
  func twoDevices(topology: String) throws {
    let system = try pass(
      #""devices": [{"name": "second"}], "peers": [], "topology": \#(topology)"#, steps: Self.both)
    let bars = bars(system)
    #expect(bars.count == 2 && bars.min() == system.spec.host.barBase)
    #expect(bars.max()! >= bars.min()! + 16 << 20 && bars.allSatisfy { $0 % (16 << 20) == 0 })
    #expect(system.devices[0].ramArray.read(9000, at: DeviceMap.data) == counter(9000))
    #expect(system.devices[1].ramArray.load(UInt32.self, at: DeviceMap.dataLength) == 5000)
  }

  @Test("64-bit BARs lie above 4 GiB, in front of host memory or behind it", arguments: ["64GiB", "4GiB"])
  func wideBARs(base: String) throws {
    let system = try pass(
      #"""
      "device": {"endpoint": {"bar64": true}}, "devices": [{"name": "second", "endpoint": {"bar64": true}}],
      "host": {"bar_base": "\#(base)", "memory_base": "8GiB"}, "peers": [],
      "topology": [{"switch": "sw", "ports": ["device", "second"]}]
      """#, steps: Self.both)
    #expect(bars(system) == [system.spec.host.barBase, system.spec.host.barBase + 16 << 20])
  }

  @Test("a 32-bit BAR beside a 64-bit one lies below 4 GiB, outside host memory")
  func mixedBARs() throws {
    let system = try pass(
      #"""
      "device": {"endpoint": {"bar64": true}}, "devices": [{"name": "second"}], "peers": [],
      "host": {"bar_base": "64GiB", "memory_base": "0x40000000", "memory_size": "1536MiB"}
      """#, steps: Self.both)
    #expect(bars(system) == [64 << 30, 0xa000_0000])
  }

  @Test("without room for a BAR nothing is overlaid: enumeration says so")
  func noRoom() throws {
    let system = try simulate(
      #""devices": [{"name": "second"}], "host": {"bar_base": "0xfd000000", "memory_base": "0x100000000"}"#,
      steps: #"{"load_data": {"hex": "00"}}"#)
    #expect(system.driver.failures.map(\.path) == ["$.topology"])
    #expect(system.driver.failures[0].expected == "a hierarchy that can be enumerated")
  }

  // MARK: peers

  private static let sharing = #""topology": [{"switch": "sw", "ports": ["device", "peer"]}]"#
  private static let stream = #"{"peer_write": {"fill": {"bytes": "64KiB"}, "flush": false}}, {"wait": "20us"}"#

  /// 64 KiB are 256 packets of MPS. Those that the peer sends pass the link above the switch only when ACS sends them there.
  @Test(
    "peer-to-peer traffic turns round in the switch; with ACS redirect in the root complex", arguments: [false, true])
  func redirect(isRedirected: Bool) throws {
    let idle = try pass("\(Self.sharing), \"host\": {\"acs_redirect\": \(isRedirected)}", steps: "")
    let system = try pass("\(Self.sharing), \"host\": {\"acs_redirect\": \(isRedirected)}", steps: Self.stream)
    func more(_ link: String, _ direction: LinkDirection) -> UInt64 {
      system.packets(link, direction) - idle.packets(link, direction)
    }
    #expect(more("peerLink", .up) == 256 + 1)
    #expect(more("link", .down) == 256)
    #expect(more("swLink", .up) == (isRedirected ? 256 : 0) + 1)
    #expect(more("swLink", .down) == (isRedirected ? 256 : 0))
    #expect(system.device.windowArray.read(65_536, at: 0) == counter(65_536))
  }

  /// Upstream Forwarding (6.12.1.1): the outer switch passes on what the inner one redirected, although it came from there.
  @Test("what a switch below a switch redirects goes up to the root complex and comes back")
  func nestedRedirect() throws {
    let system = try pass(
      #"""
      "topology": [{"switch": "outer", "ports": [{"switch": "inner", "ports": ["device", "peer"]}]}],
      "host": {"acs_redirect": true}
      """#,
      steps: #"{"peer_write": {"fill": {"bytes": 5000}}}, {"peer_read": {"fill": {"bytes": 5000}}}"#)
    #expect(system.device.windowArray.read(5_000, at: 0) == counter(5_000))
    #expect(system.packets("outerLink", .down) > 2 * 5_000 / 256)
  }

  @Test(
    "peers write and read the windows of all devices and host memory, at any offset",
    arguments: [
      #"["device", "second", "a", "b"]"#,
      #"["a", {"switch": "s", "ports": ["second", "device"]}, "b"]"#,
      #"[{"switch": "s", "ports": ["a", "device"]}, {"switch": "t", "ports": ["second", "b"]}]"#,
      #"[{"switch": "s", "ports": [{"switch": "t", "ports": ["a", "second"]}, "device", "b"]}]"#,
    ])
  func everywhere(topology: String) throws {
    let system = try pass(
      #"""
      "devices": [{"name": "second", "preset": "gen1x1"}], "peers": [{"name": "a"}, {"name": "b", "link": "gen2x2"}],
      "topology": \#(topology)
      """#,
      steps: #"""
        {"repeat": {"count": 5, "steps": [
          {"peer_write": {"peer": "a", "offset": "${i * 5003 + i}", "chunk": "${700 * i + 1}", "fill": {"bytes": 5003}}},
          {"peer_read": {"peer": "b", "offset": "${i * 5003 + i}", "chunk": 1000, "fill": {"bytes": 5003}}},
          {"peer_write": {"peer": "b", "device": "second", "offset": "${i * 4099}", "fill": {"bytes": 4099}}},
          {"peer_read": {"peer": "a", "device": "second", "offset": "${i * 4099}", "fill": {"bytes": 4099}}},
          {"peer_write": {"peer": "a", "to": "host", "offset": "${i * 6001 + 3}", "fill": {"bytes": 6001}}},
          {"peer_read": {"peer": "b", "to": "host", "offset": "${i * 6001 + 3}", "fill": {"bytes": 6001}}}]}}
        """#)
    for index in 0..<5 {
      #expect(system.devices[0].windowArray.read(5003, at: 5004 * index) == counter(5003))
      #expect(system.devices[1].windowArray.read(4099, at: 4099 * index) == counter(4099))
      #expect(system.host.memory.read(6001, at: 6001 * index + 3) == counter(6001))
    }
  }

  @Test("what a peer reads is compared, and the first wrong byte named")
  func comparison() throws {
    let system = try simulate(
      steps: #"{"peer_write": {"offset": 8, "hex": "aabbcc"}}, {"peer_read": {"offset": 8, "hex": "aa00cc"}}"#)
    #expect(
      system.driver.failures == [
        .init(step: 1, path: "$.steps[1].peer_read.expect", expected: "0x00", found: "0xbb at 0x9")
      ])
  }

  @Test("a peer's request that nobody takes ends as an expected error, or as a failure")
  func peerErrors() throws {
    let unmap = #"{"config_write": {"register": 4, "size": 2, "value": 0}}"#
    let read = #"{"peer_read": {"length": 64"#
    let expected = try pass(steps: "\(unmap), \(read), \"expect\": {\"error\": \"UR\"}}}")
    #expect(expected.records("peer_read").map(\.error) == ["UR"])
    let failing = try simulate(steps: "\(unmap), \(read)}}")
    #expect(failing.driver.failures.map(\.found) == ["error UR"])
    let missing = try simulate(steps: #"{"peer_read": {"length": 64, "expect": {"error": "UR"}}}"#)
    #expect(missing.driver.failures.map(\.path) == ["$.steps[0].peer_read.expect.error"])
  }

  /// Three chunks of 15 us end at 45 us; the host stops waiting at 20 us, and asks again at 44 us.
  @Test("what a peer says after it was given up is not taken for the end of the next command")
  func lateResults() throws {
    let system = try simulate(
      #""driver": {"peer_timeout": "20us"}, "peers": [{"media_latency": "15us", "queue_depth": 1}]"#,
      steps: #"""
        {"peer_write": {"fill": {"bytes": 300}, "chunk": 100}}, {"wait": "24us"},
        {"peer_read": {"offset": 8192, "hex": "00000000"}}, {"peer_read": {"fill": {"bytes": 300}}}
        """#)
    #expect(system.driver.failures.map(\.step) == [0])
    #expect(system.records("peer_write").map(\.error) == ["host timeout"])
    let reads = system.records("peer_read")
    #expect(reads.map(\.error) == [nil, nil] && reads.allSatisfy { $0.latency > 15_000_000 })
  }

  // MARK: background

  @Test("a peer streams in the background while the device works; await_peer waits for the rest")
  func background() throws {
    let stream = #"{"peer_write": {"fill": {"bytes": "256KiB"}, "background": true}}"#
    let load = #"{"load_data": {"fill": {"bytes": "64KiB"}, "page_size": 65536}}"#
    let system = try pass(Self.sharing, steps: "\(stream), \(load), {\"await_peer\": {}}")
    let start = system.records("peer_write")[0], wait = system.records("await_peer")[0]
    #expect(start.latency < 1_000_000)
    let alone = try pass(Self.sharing, steps: stream.replacing("true", with: "false") + ", \(load)")
    let whole = wait.start + wait.latency - start.start
    let one = alone.records("peer_write")[0].latency, other = alone.records("load_data")[0].latency
    #expect(whole >= one && whole < one + other)
    #expect(system.device.windowArray.read(1 << 18, at: 0) == counter(1 << 18))
    #expect(system.device.ramArray.read(1 << 16, at: DeviceMap.data) == counter(1 << 16))
  }

  @Test("any number of commands may wait in the background, for one or for several peers")
  func manyInBackground() throws {
    let system = try pass(
      #""peers": [{}, {}]"#,
      steps: #"""
        {"repeat": {"count": 50, "steps": [
          {"peer_write": {"offset": "${i * 100}", "fill": {"bytes": 100}, "background": true}},
          {"peer_write": {"peer": "peer2", "offset": "${i * 100 + 8192}", "fill": {"bytes": 100}, "background": true}}]}},
        {"await_peer": {"peer": "peer2"}}, {"await_peer": {}}, {"await_peer": {}}
        """#)
    for index in 0..<50 {
      #expect(system.device.windowArray.read(100, at: 100 * index) == counter(100))
      #expect(system.device.windowArray.read(100, at: 100 * index + 8192) == counter(100))
    }
  }

  @Test("what goes wrong in the background is told of its own step, when another runs or waits")
  func backgroundFailures() throws {
    let system = try simulate(
      #""peers": [{}, {}]"#,
      steps: #"""
        {"peer_write": {"hex": "aabb"}}, {"peer_read": {"hex": "aacc", "background": true}},
        {"peer_read": {"peer": "peer2", "length": 2, "expect": {"error": "UR"}, "background": true}},
        {"load_data": {"fill": {"bytes": 20000}}}, {"await_peer": {}}, {"await_peer": {"peer": "peer2"}}
        """#)
    #expect(
      Set(system.driver.failures.map(\.path)) == ["$.steps[1].peer_read.expect", "$.steps[2].peer_read.expect.error"])
    #expect(Set(system.driver.failures.map(\.step)) == [1, 2])
  }

  // MARK: the driver

  @Test("a driver that waits for interrupts looks once, where one that polls looks many times")
  func interrupts() throws {
    let load = #"{"load_data": {"fill": {"bytes": "64KiB"}, "page_size": 65536}}"#
    let run = #"{"load_text": {"program": {"hex": "\#(Self.seven)"}}}, {"run": {"expect": {"ret": 7}}}"#
    func system(_ completion: String) throws -> System {
      try pass(
        #""device": {"commands": {"msi": true}}, "driver": {"completion": "\#(completion)"}"#, steps: "\(load), \(run)")
    }
    let polling = try system("poll"), waiting = try system("interrupt")
    #expect(waiting.device.ramArray.read(1 << 16, at: DeviceMap.data) == counter(1 << 16))
    // Three commands, each with one look.
    let idle = try pass(#""device": {"commands": {"msi": true}}"#, steps: "")
    func reads(_ system: System) -> UInt64 { system.packets("link", .down) - idle.packets("link", .down) }
    #expect(reads(waiting) < reads(polling))
    #expect(waiting.driver.interruptCounts.pointer[0].seen == 3)
  }

  @Test("a device that fails sends its interrupt as well")
  func interruptOfAFailure() throws {
    let system = try pass(
      #""device": {"commands": {"msi": true}}, "driver": {"completion": "interrupt"}"#,
      steps: #"""
        {"inject": {"kind": "ur"}}, {"load_data": {"fill": {"bytes": 3000}, "expect": {"error": "UR"}}},
        {"load_data": {"fill": {"bytes": 3000}}}, {"run": {"expect": {"error": "LOAD"}}}
        """#)
    #expect(system.records("load_data").map(\.error) == ["UR", nil])
  }

  @Test("an interrupt that gets lost for good does not stop the driver: it looks when the time is up")
  func lostInterrupt() throws {
    let system = try pass(
      #""device": {"commands": {"msi": true}}, "driver": {"completion": "interrupt", "dma_timeout": "50us"}"#,
      steps: #"{"config_write": {"register": "0x52", "size": 2, "value": 0}}, {"load_data": {"fill": {"bytes": 3000}}}"#
    )
    #expect((50_000_000..<52_000_000).contains(system.records("load_data")[0].latency))
  }

  @Test("several commands under way, for poll and interrupt", arguments: ["poll", "interrupt"])
  func queues(completion: String) throws {
    func system(depth: Int) throws -> System {
      try pass(
        #"""
        "device": {"commands": {"queue_depth": 7, "msi": true}, "dma": {"channels": 4, "tags": 64}},
        "driver": {"completion": "\#(completion)", "queue_depth": \#(depth)}
        """#, steps: #"{"load_data": {"fill": {"bytes": 100000}}}"#)
    }
    let one = try system(depth: 1), eight = try system(depth: 8)
    for system in [one, eight] {
      #expect(system.device.ramArray.read(100_000, at: DeviceMap.data) == counter(100_000))
      #expect(system.records("load_data")[0].bytes == 100_000)
    }
    #expect(one.records("load_data")[0].commands.count == 25 && eight.records("load_data")[0].commands.count == 4)
    #expect(2 * eight.records("load_data")[0].latency < one.records("load_data")[0].latency)
  }

  // MARK: requests

  /// With 60 us to memory, what is outstanding decides.
  @Test("tags of 5, 8 and 10 bits: more of them hide more latency")
  func tags() throws {
    func system(_ bits: Int) throws -> System {
      try pass(
        #"""
        "device": {"endpoint": {"tag_bits": \#(bits)}, "dma": {"tags": 768}},
        "host": {"read_latency": "60us", "outstanding_reads": 1024}
        """#, steps: #"{"load_data": {"fill": {"bytes": "1MiB"}, "page_size": 1048576}}"#)
    }
    let systems = try [5, 8, 10].map(system)
    #expect(systems.map { $0.device.endpoint.state.pointer.pointee.config.tagLimit } == [32, 256, 768])
    let latencies = systems.map { $0.records("load_data")[0].latency }
    #expect(latencies[0] > 4 * latencies[1] && latencies[1] > 2 * latencies[2])
    for system in systems { #expect(system.device.ramArray.read(1 << 20, at: DeviceMap.data) == counter(1 << 20)) }
  }

  @Test("the host waits for links that are slow to come up, but not for ever", arguments: [10, 49, 51])
  func slowLink(milliseconds: Int) throws {
    let system = try simulate(
      #""device": {"link": {"training_time": "\#(milliseconds)ms"}}, "peers": []"#, steps: #"{"wait": "1ns"}"#)
    if milliseconds < 50 {
      #expect(system.driver.failures == [] && system.driver.discovered.count == 2)  // A root port and the device.
    } else {
      let found = try #require(system.driver.failures.first).found
      #expect(found == "0; is a link's training_time above host.completion_timeout?")
    }
    #expect(system.simulation.time / 1_000_000_000 == UInt64(min(milliseconds, 50)))
  }

  /// Counts packets with and without ECRC.
  private final class DigestObserver: LinkObserver {
    var with = 0, without = 0
    override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
      guard transmission.direction == .up else { return }
      if transmission.tlp.header.hasDigest { with += 1 } else { without += 1 }
      if transmission.tlp.header.hasDigest { #expect(transmission.tlp.hasValidECRC) }
    }
  }

  @Test("with ECRC every packet of a device has one, through a switch too", arguments: [false, true])
  func ecrc(isOn: Bool) throws {
    let document = try read(
      #"""
      {"device": {"endpoint": {"ecrc": \#(isOn)}}, "topology": [{"switch": "sw", "ports": ["device", "peer"]}],
       "steps": [{"load_data": {"fill": {"bytes": 20000}}}, {"peer_write": {"fill": {"bytes": 20000}}},
                 {"peer_read": {"fill": {"bytes": 20000}}}]}
      """#)
    let system = System(document.spec, steps: document.steps), observer = DigestObserver()
    system.observeLinks(with: observer)
    #expect(system.simulation.run() == .stopped && system.driver.failures == [])
    #expect(system.device.ramArray.read(20_000, at: DeviceMap.data) == counter(20_000))
    #expect(isOn ? observer.with > 300 : observer.with == 0)
  }
}
