import Device
import Diagnostics
import PCIe
import SimKernel

/// Reads what hangs below the root ports: "devices", "peers" and "topology".
struct TopologyReader {
  static let keys = ["devices", "peers", "topology"]
  /// Everything of a hierarchy shares a clock, and a clock has 64 components.
  static let componentLimit = 64
  /// Names that traces and reports use for something else.
  static let reserved = [
    "device", "host", "cpu", "link", "scenario", "status", "simulated_ps", "failures", "steps", "dma", "run",
    "histograms", "pcie",
  ]

  /// Of a peer's endpoint; what the host decides for the whole hierarchy is with the device.
  static let peerEndpointFields = EndpointSpec.fields.filter {
    !["max_payload", "max_read_request", "bar64", "ecrc"].contains($0.name)
  }

  func read(_ scenario: JSONObject, into system: inout SystemSpec) throws(ScenarioError) {
    if let devices = scenario["devices"] { try readDevices(devices, into: &system) }
    try readPeers(scenario["peers"], into: &system)
    try checkNames(system, scenario)
    let names = system.devices.map(\.name) + system.peers.map(\.name)
    guard let value = scenario["topology"] else {
      system.topology = names.map { .endpoint($0) }
      try checkPaths(system, scenario["peers"] ?? scenario["devices"] ?? scenario.value)
      return try checkSize(system, scenario.value)
    }
    var reader = NodeReader(names: names, standardLink: system.device.link)
    system.topology = try reader.nodes(value, "a list of what is below each root port", limit: 32)
    let placed = system.topology.flatMap(\.endpoints)
    if let missing = names.first(where: { !placed.contains($0) }) {
      throw value.mismatch("every device and peer", found: "no \"\(missing)\"")
    }
    try checkPaths(system, value)
    try checkSize(system, value)
  }

  // MARK: devices

  private func readDevices(_ list: JSONValue, into system: inout SystemSpec) throws(ScenarioError) {
    for entry in try list.list("a list of devices beside \"device\"") {
      var scratch = SystemSpec()
      scratch.device.clocks.pcie = system.device.clocks.pcie
      (scratch.device.endpoint.maxPayload, scratch.device.endpoint.maxReadRequest) =
        (system.device.endpoint.maxPayload, system.device.endpoint.maxReadRequest)
      let object = try entry.object("a device with a name", known: deviceKeys, required: ["name"])
      try ScenarioDocument.apply(entry, to: &scratch, alsoKnown: ["name"])
      scratch.device.name = try name(object["name"]!)
      try checkShared(scratch.device, system.device, entry)
      system.devices.append(scratch.device)
    }
  }

  private var deviceKeys: [String] { ["name", "preset"] + SystemPart.device.map(\.name) }

  /// One PCIe clock, one MPS and one MRRS hold for the whole hierarchy.
  private func checkShared(_ node: DeviceNode, _ first: DeviceNode, _ entry: JSONValue) throws(ScenarioError) {
    try checkShared("clocks", "pcie", node.clocks, first.clocks, entry)
    try checkShared("endpoint", "max_payload", node.endpoint, first.endpoint, entry)
    try checkShared("endpoint", "max_read_request", node.endpoint, first.endpoint, entry)
  }

  private func checkShared<Spec: ComponentSpec>(
    _ part: String, _ key: String, _ spec: Spec, _ first: Spec, _ entry: JSONValue
  ) throws(ScenarioError) {
    let field = Spec.fields.first { $0.name == key }!
    guard field.get(spec) != field.get(first) else { return }
    // The device took it over, so the scenario says another one.
    let written = entry.member(part)!.member(key)!
    throw written.mismatch("what \"device\" has, \(field.kind.format(field.get(first)))")
  }

  // MARK: peers

  private func readPeers(_ list: JSONValue?, into system: inout SystemSpec) throws(ScenarioError) {
    var standard = PeerNode()
    (standard.link, standard.endpoint) = (system.device.link, system.device.endpoint)
    guard let list else {
      system.peers = [standard]
      return
    }
    let entries = try list.list("a list of peers")
    system.peers = []
    for (index, entry) in entries.enumerated() {
      var node = standard
      node.name = index == 0 ? "peer" : "peer\(index + 1)"
      let known = ["name", "link", "endpoint"] + PeerSpec.fields.map(\.name)
      let object = try entry.object("an object of peers[] parameters", known: known)
      if let name = object["name"] { node.name = try self.name(name) }
      if let link = object["link"] { node.link = try LinkReader.read(link) }
      if let endpoint = object["endpoint"] {
        let fields = Self.peerEndpointFields
        let object = try endpoint.object("an object of endpoint parameters", known: fields.map(\.name))
        for field in fields { try object[field.name]?.assign(to: field, of: &node.endpoint, in: Scope()) }
      }
      for field in PeerSpec.fields { try object[field.name]?.assign(to: field, of: &node.engine, in: Scope()) }
      system.peers.append(node)
    }
  }

  // MARK: rules

  private func name(_ value: JSONValue) throws(ScenarioError) -> String {
    let expected = "a name of letters, digits and _ that starts with a letter"
    let name = try value.text(expected)
    guard name.isNodeName else { throw value.mismatch(expected) }
    guard !Self.reserved.contains(name) else { throw value.mismatch("a name that nothing else has") }
    return name
  }

  private func checkNames(_ system: SystemSpec, _ scenario: JSONObject) throws(ScenarioError) {
    var seen: Set<String> = []
    for name in system.devices.map(\.name) + system.peers.map(\.name) where !seen.insert(name).inserted {
      let value = scenario["peers"] ?? scenario["devices"] ?? scenario.value
      throw value.mismatch("different names", found: "\"\(name)\" twice")
    }
  }

  /// Links have names of their own in traces: those of what is below them, with "Link" behind.
  private func checkPaths(_ system: SystemSpec, _ value: JSONValue) throws(ScenarioError) {
    let names = system.topology.flatMap(\.links)
    guard let name = names.first(where: { name in names.contains { Hierarchy.linkPath($0) == name } }) else { return }
    throw value.mismatch("names that no link has", found: "\"\(name)\"")
  }

  private func checkSize(_ system: SystemSpec, _ value: JSONValue) throws(ScenarioError) {
    let switches = system.topology.flatMap(\.switches).count
    // Driver and root complex; of a device six components and its link, of a peer two, of a switch one.
    let components = 2 + 7 * system.devices.count + 3 * system.peers.count + 2 * switches
    guard components > Self.componentLimit else { return }
    throw value.mismatch(
      "a hierarchy of at most \(Self.componentLimit) components (7 a device, 3 a peer, 2 a switch, 2 the host)",
      found: "\(components)")
  }
}

/// Reads a link: the name of a preset, or an object with one and overrides.
enum LinkReader {
  static func read(_ value: JSONValue) throws(ScenarioError) -> LinkSpec {
    var link = LinkSpec()
    if case .text = value.content {
      try DevicePreset.apply(value, to: &link)
      return link
    }
    let object = try value.object("a link", known: ["preset"] + LinkSpec.fields.map(\.name))
    if let preset = object["preset"] { try DevicePreset.apply(preset, to: &link) }
    for field in LinkSpec.fields { try object[field.name]?.assign(to: field, of: &link, in: Scope()) }
    return link
  }
}

/// Reads the nodes of "topology": names of endpoints, and switches with what is below them.
private struct NodeReader {
  let names: [String]
  let standardLink: LinkSpec
  private var taken: Set<String> = []

  init(names: [String], standardLink: LinkSpec) {
    self.names = names
    self.standardLink = standardLink
  }

  mutating func nodes(_ list: JSONValue, _ expected: String, limit: Int) throws(ScenarioError) -> [TopologyNode] {
    let entries = try list.list(expected)
    guard (1...limit).contains(entries.count) else {
      throw list.mismatch("1 to \(limit) entries", found: "\(entries.count)")
    }
    var nodes: [TopologyNode] = []
    for entry in entries { nodes.append(try node(entry)) }
    return nodes
  }

  private mutating func node(_ value: JSONValue) throws(ScenarioError) -> TopologyNode {
    guard case .object = value.content else {
      let name = try value.checkChoice(names)
      try take(name, value)
      return .endpoint(name)
    }
    let known = ["switch", "link", "ports"] + SwitchSpec.fields.map(\.name)
    let object = try value.object("a name, or a switch", known: known, required: ["switch", "ports"])
    var node = SwitchNode()
    let expected = "a name of letters, digits and _ that starts with a letter and no device or peer has"
    node.name = try object["switch"]!.text(expected)
    guard node.name.isNodeName, !names.contains(node.name) else { throw object["switch"]!.mismatch(expected) }
    guard !TopologyReader.reserved.contains(node.name) else {
      throw object["switch"]!.mismatch("a name that nothing else has")
    }
    try take(node.name, object["switch"]!)
    node.link = try object["link"].map(LinkReader.read) ?? standardLink
    for field in SwitchSpec.fields { try object[field.name]?.assign(to: field, of: &node.spec, in: Scope()) }
    node.ports = try nodes(object["ports"]!, "a list of what is below each port", limit: Switch.maxDownstreamPorts)
    return .bridge(node)
  }

  private mutating func take(_ name: String, _ value: JSONValue) throws(ScenarioError) {
    guard taken.insert(name).inserted else { throw value.mismatch("each name once", found: "\"\(name)\" twice") }
  }
}

extension String {
  /// Letters, digits and _, a letter first.
  fileprivate var isNodeName: Bool {
    guard let first = utf8.first else { return false }
    return utf8.allSatisfy(\.isNameByte) && !first.isDigit && first != UInt8(ascii: "_")
  }
}

extension JSONValue {
  /// The value under `name`, if this is an object that has it.
  fileprivate func member(_ name: String) -> JSONValue? {
    guard case .object(let members) = content else { return nil }
    return members.first { $0.name == name }?.value
  }
}
