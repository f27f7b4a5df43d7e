import Testing

@testable import Scenario

@Suite("Refusals: Devices, peers and topology")
struct TopologyRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{"steps": [], "devices": {}}"#,
      #"1:26: $.devices: found an object, expected a list of devices beside "device""#),
    Refusal(
      #"{"steps": [], "devices": ["gen3x8"]}"#,
      #"1:27: $.devices[0]: found "gen3x8", expected a device with a name"#),
    Refusal(
      #"{"steps": [], "devices": [{}]}"#,
      #"1:27: $.devices[0]: found no keys, expected the key "name""#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "2nd"}]}"#,
      #"1:36: $.devices[0].name: found "2nd", expected a name of letters, digits and _ that starts with a "#
        + #"letter"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "device"}]}"#,
      #"1:36: $.devices[0].name: found "device", expected a name that nothing else has"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b", "helpers": []}]}"#,
      #"1:41: $.devices[0].helpers: unknown key "helpers"; known keys: name, preset, clocks, link, "#
        + #"endpoint, decoder, commands, dma, core, memory"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b"}, {"name": "b"}]}"#,
      #"1:26: $.devices: found "b" twice, expected different names"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "peer"}]}"#,
      #"1:26: $.devices: found "peer" twice, expected different names"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b"}], "peers": [{"name": "b"}]}"#,
      #"1:52: $.peers: found "b" twice, expected different names"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b", "clocks": {"pcie": "500MHz"}}]}"#,
      #"1:60: $.devices[0].clocks.pcie: found "500MHz", expected what "device" has, 250MHz"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b", "endpoint": {"max_payload": 512}}]}"#,
      #"1:69: $.devices[0].endpoint.max_payload: found 512, expected what "device" has, 256"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b", "endpoint": {"max_read_request": 128}}]}"#,
      #"1:74: $.devices[0].endpoint.max_read_request: found 128, expected what "device" has, 512"#),
    Refusal(
      #"{"steps": [], "devices": [{"name": "b"}], "device": {"commands": {"msi": true}}, "driver": {"completion": "interrupt"}}"#,
      #"1:92: $.driver: found "completion": "interrupt", and no MSI of "b", expected "completion": "poll", "#
        + #"or "msi": true in the commands of every device"#),
    Refusal(
      #"{"steps": [], "driver": {"completion": "interrupt"}}"#,
      #"1:25: $.driver: found "completion": "interrupt", and no MSI of "device", expected "completion": "#
        + #""poll", or "msi": true in the commands of every device"#),
    Refusal(
      #"{"steps": [], "driver": {"queue_depth": 3}}"#,
      #"1:41: $.driver.queue_depth: found 3, expected at most one more than commands.queue_depth of "device", 1"#),
    Refusal(
      #"{"steps": [], "driver": {"queue_depth": 8}, "device": {"commands": {"queue_depth": 7}}, "#
        + #""devices": [{"name": "b"}]}"#,
      #"1:41: $.driver.queue_depth: found 8, expected at most one more than commands.queue_depth of "b", 1"#),
    Refusal(
      #"{"steps": [], "peers": {"interval": 2}}"#,
      #"1:24: $.peers: found an object, expected a list of peers"#),
    Refusal(
      #"{"steps": [], "peers": [3]}"#,
      #"1:25: $.peers[0]: found 3, expected an object of peers[] parameters"#),
    Refusal(
      #"{"steps": [], "peers": [{"write_interval": 3}]}"#,
      #"1:26: $.peers[0].write_interval: unknown key "write_interval"; known keys: name, link, endpoint, "#
        + #"start_cycles, interval, media_latency, queue_depth, tags, completion_timeout"#),
    Refusal(
      #"{"steps": [], "peers": [{"interval": 0}]}"#,
      #"1:38: $.peers[0].interval: found 0, expected a whole number of PCIe cycles from 1 to 65536"#),
    Refusal(
      #"{"steps": [], "peers": [{"name": ""}]}"#,
      #"1:34: $.peers[0].name: found "", expected a name of letters, digits and _ that starts with a letter"#),
    Refusal(
      #"{"steps": [], "peers": [{"name": "histograms"}]}"#,
      #"1:34: $.peers[0].name: found "histograms", expected a name that nothing else has"#),
    Refusal(
      #"{"steps": [], "peers": [{"name": "peer2"}, {}]}"#,
      #"1:24: $.peers: found "peer2" twice, expected different names"#),
    Refusal(
      #"{"steps": [], "peers": [{"name": "a"}, {"name": "aLink"}]}"#,
      #"1:24: $.peers: found "aLink", expected names that no link has"#),
    Refusal(
      #"{"steps": [], "peers": [{"link": "gen6x8"}]}"#,
      #"1:34: $.peers[0].link: found "gen6x8", expected gen1x1 to gen5x16 (generation 1 to 5; 1, 2, 4, 8 or "#
        + #"16 lanes)"#),
    Refusal(
      #"{"steps": [], "peers": [{"link": {"lane": 4}}]}"#,
      #"1:35: $.peers[0].link.lane: unknown key "lane"; did you mean "lanes"? known keys: preset, rate, "#
        + #"lanes, propagation, framing, dllp_bytes, ack_latency, replay_timeout, credit_latency, "#
        + #"credit_refresh, init_interval, training_time, recovery_time, retry_buffer, posted_headers, "#
        + #"posted_data, nonposted_headers, nonposted_data, completion_headers, completion_data"#),
    Refusal(
      #"{"steps": [], "peers": [{"endpoint": {"max_payload": 128}}]}"#,
      #"1:39: $.peers[0].endpoint.max_payload: unknown key "max_payload"; known keys: tag_bits, "#
        + #"relaxed_ordering, no_snoop, id_ordering, ready_time, receive_cycles, transmit_cycles"#),
    Refusal(
      #"{"steps": [], "topology": {}}"#,
      #"1:27: $.topology: found an object, expected a list of what is below each root port"#),
    Refusal(
      #"{"steps": [], "topology": []}"#,
      #"1:27: $.topology: found 0, expected 1 to 32 entries"#),
    Refusal(
      #"{"steps": [], "topology": ["device"]}"#,
      #"1:27: $.topology: found no "peer", expected every device and peer"#),
    Refusal(
      #"{"steps": [], "topology": ["device", "per"]}"#,
      #"1:38: $.topology[1]: found "per", expected one of "device", "peer"; did you mean "peer"?"#),
    Refusal(
      #"{"steps": [], "topology": ["device", "peer", "device"]}"#,
      #"1:46: $.topology[2]: found "device" twice, expected each name once"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "sw"}]}"#,
      #"1:28: $.topology[0]: found only switch, expected the key "ports""#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "peer", "ports": ["device", "peer"]}]}"#,
      #"1:39: $.topology[0].switch: found "peer", expected a name of letters, digits and _ that starts with "#
        + #"a letter and no device or peer has"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "2", "ports": ["device", "peer"]}]}"#,
      #"1:39: $.topology[0].switch: found "2", expected a name of letters, digits and _ that starts with a "#
        + #"letter and no device or peer has"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "host", "ports": ["device", "peer"]}]}"#,
      #"1:39: $.topology[0].switch: found "host", expected a name that nothing else has"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "s", "ports": ["device"]}, {"switch": "s", "ports": ["peer"]}]}"#,
      #"1:77: $.topology[1].switch: found "s" twice, expected each name once"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "peerLink", "ports": ["device", "peer"]}]}"#,
      #"1:27: $.topology: found "peerLink", expected names that no link has"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "s", "ports": []}, "device", "peer"]}"#,
      #"1:53: $.topology[0].ports: found 0, expected 1 to 8 entries"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "s", "ports": ["device", "peer"], "port": 3}]}"#,
      #"1:73: $.topology[0].port: unknown key "port"; did you mean "ports"? known keys: switch, link, "#
        + #"ports, forward_cycles, tlps_per_cycle, arbitration, egress_buffer"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "s", "link": 8, "ports": ["device", "peer"]}]}"#,
      #"1:52: $.topology[0].link: found 8, expected a link"#),
    Refusal(
      #"{"steps": [], "topology": [{"switch": "s", "ports": ["device", 3]}]}"#,
      #"1:64: $.topology[0].ports[1]: found 3, expected one of "device", "peer""#),
    Refusal(
      "{\"steps\": [], \"topology\": [\"device\", {\"switch\": \"s\", \"ports\": \(names(33))}], \"peers\": \(peers(33))}",
      #"1:63: $.topology[1].ports: found 33, expected 1 to 8 entries"#),
    Refusal(
      "{\"steps\": [], \"topology\": \(names(33)), \"peers\": \(peers(33))}",
      #"1:27: $.topology: found 33, expected 1 to 32 entries"#),
    Refusal(
      "{\"steps\": [], \"peers\": \(peers(19))}",
      #"1:1: $: found 66, expected a hierarchy of at most 64 components (7 a device, 3 a peer, 2 a switch, "#
        + #"2 the host)"#),
    Refusal(
      #"{"steps": [], "host": {"bar_base": "0xfe000000"}}"#,
      #"1:36: $.host.bar_base: found 0xfe000000, expected 16 MiB below 0xfec00000, or an address from 4 GiB "#
        + #"up"#),
  ]

  private static func names(_ count: Int) -> String {
    "[" + (0..<count).map { "\"p\($0)\"" }.joined(separator: ", ") + "]"
  }

  private static func peers(_ count: Int) -> String {
    "[" + (0..<count).map { "{\"name\": \"p\($0)\"}" }.joined(separator: ", ") + "]"
  }
}
