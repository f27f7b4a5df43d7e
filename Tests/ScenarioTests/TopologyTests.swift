import PCIe
import SimKernel
import Testing

@testable import Scenario

@Suite("Devices, peers and topology")
struct TopologyTests {
  private func spec(_ parts: String) throws -> SystemSpec { try read("{\(parts), \"steps\": []}").spec }

  @Test("without a word: one device and one peer, each below a root port of its own")
  func standard() throws {
    let spec = try read("{\"steps\": []}").spec
    #expect(spec.devices.map(\.name) == ["device"] && spec.peers.map(\.name) == ["peer"])
    #expect(spec.topology == [.endpoint("device"), .endpoint("peer")])
    #expect(spec.peers[0].link == spec.device.link && spec.peers[0].engine == PeerSpec())
  }

  @Test("further devices have parameters of their own, and what holds for the whole hierarchy from the first")
  func devices() throws {
    let spec = try spec(
      #"""
      "device": {"clocks": {"pcie": "500MHz"}, "endpoint": {"max_payload": 128, "max_read_request": 1024}},
      "devices": [{"name": "second", "preset": "gen1x2", "dma": {"tags": 3}, "core": {"preset": "functional"}},
                  {"name": "B3"}]
      """#)
    #expect(spec.devices.map(\.name) == ["device", "second", "B3"])
    #expect(spec.devices[1].link.rate == 2_500_000_000 && spec.devices[1].link.lanes == 2)
    #expect(spec.devices[1].dma.tags == 3 && spec.devices[2].dma == spec.device.dma)
    for device in spec.devices {
      #expect(device.clocks.pcie == 500_000_000)
      #expect(device.endpoint.maxPayload == 128 && device.endpoint.maxReadRequest == 1024)
    }
    #expect(spec.topology == ["device", "second", "B3", "peer"].map { .endpoint($0) })
  }

  @Test("peers are numbered, take link and endpoint of the device as defaults, and override both")
  func peers() throws {
    let spec = try spec(
      #"""
      "device": {"preset": "gen2x4", "endpoint": {"tag_bits": 5}},
      "peers": [{}, {"link": "gen4x16", "interval": 7}, {"name": "nvme", "link": {"preset": "gen1x1", "framing": 9},
                 "endpoint": {"tag_bits": 10, "relaxed_ordering": true}}]
      """#)
    #expect(spec.peers.map(\.name) == ["peer", "peer2", "nvme"])
    #expect(spec.peers[0].link == spec.device.link && spec.peers[0].endpoint == spec.device.endpoint)
    #expect(spec.peers[1].link.rate == 16_000_000_000 && spec.peers[1].link.lanes == 16)
    #expect(spec.peers[1].engine.interval == 7 && spec.peers[0].engine.interval == 1)
    #expect(spec.peers[2].link.rate == 2_500_000_000 && spec.peers[2].link.framing == 9)
    #expect(spec.peers[2].endpoint.tagBits == 10 && spec.peers[2].endpoint.relaxedOrdering)
  }

  @Test("no peers at all is a system too")
  func noPeers() throws {
    let spec = try spec(#""peers": []"#)
    #expect(spec.peers.isEmpty && spec.topology == [.endpoint("device")])
  }

  @Test("every field of a peer takes another value, and takes it to the right place")
  func peerFields() throws {
    for field in PeerSpec.fields {
      let other = tableField(field).other
      let found = try spec("\"peers\": [{\"\(field.name)\": \(tableField(field).written(other))}]").peers[0].engine
      #expect(zip(found.values, PeerSpec().values).filter { $0.value != $1.value }.map(\.0.name) == [field.name])
      #expect(field.get(found) == other)
    }
  }

  @Test("every field of a peer's endpoint that the host does not decide takes another value")
  func peerEndpointFields() throws {
    for field in TopologyReader.peerEndpointFields {
      let other = tableField(field).other
      let text = "\"peers\": [{\"endpoint\": {\"\(field.name)\": \(tableField(field).written(other))}}]"
      let found = try spec(text).peers[0].endpoint
      #expect(zip(found.values, EndpointSpec().values).filter { $0.value != $1.value }.map(\.0.name) == [field.name])
    }
  }

  @Test("every field of a switch takes another value")
  func switchFields() throws {
    for field in SwitchSpec.fields {
      let other = tableField(field).other
      let written = tableField(field).written(other)
      let found = try spec(
        #""peers": [], "topology": [{"switch": "sw", "ports": ["device"], "\#(field.name)": \#(written)}]"#)
      guard case .bridge(let node) = found.topology[0] else {
        Issue.record("found \(found.topology)")
        return
      }
      #expect(zip(node.spec.values, SwitchSpec().values).filter { $0.value != $1.value }.map(\.0.name) == [field.name])
    }
  }

  @Test("switches nest; their link is the device's unless they say otherwise")
  func switches() throws {
    let spec = try spec(
      #"""
      "device": "gen2x2", "peers": [{}, {}],
      "topology": ["peer2", {"switch": "a", "link": "gen5x16",
                             "ports": [{"switch": "b", "ports": ["device"]}, "peer"]}]
      """#)
    #expect(spec.topology.map(\.endpoints) == [["peer2"], ["device", "peer"]])
    #expect(spec.topology.flatMap(\.links) == ["peer2", "a", "b", "device", "peer"])
    let switches = spec.topology.flatMap(\.switches)
    #expect(switches.map(\.name) == ["a", "b"])
    #expect(switches[0].link.rate == 32_000_000_000 && switches[1].link == spec.device.link)
  }

  @Test("the largest hierarchy that is accepted can be built and enumerated")
  func largest() throws {
    let peers = (0..<18).map { "{\"name\": \"p\($0)\"}" }.joined(separator: ", ")
    let system = try pass("\"peers\": [\(peers)]", steps: #"{"config_read": {"register": 0, "target": "p17"}}"#)
    #expect(system.driver.discovered.filter { $0.buses == nil }.count == 19)
  }
}

/// A field of any Spec as the tests of tables see it.
private func tableField<Spec: ComponentSpec>(_ field: SpecField<Spec>) -> PartTable.Field {
  PartTable.Field(name: field.name, kind: field.kind, summary: field.summary, value: field.get(Spec()))
}
