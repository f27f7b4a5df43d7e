import PCIe
import SimKernel

/// The schema of what hangs below the root ports, made from the tables that `TopologyReader` follows.
extension ScenarioSchema {
  static var topology: [(String, JSONText)] {
    let devices: JSONText = [
      "type": "array", "items": closedObject([("name", name)] + deviceParts, required: ["name"]),
    ]
    let endpoint = closedObject(fields(TopologyReader.peerEndpointFields))
    let peer = closedObject(
      [("name", name), ("link", reference("link")), ("endpoint", endpoint)] + fields(PeerSpec.fields))
    let nodes: JSONText = [
      "type": "array", "items": reference("node"), "minItems": .number(1), "maxItems": .number(32),
    ]
    return [
      ("devices", described("further devices 1de5:3000, each with its name", devices)),
      (
        "peers",
        described(
          "peer endpoints with storage-like engines; default one, named peer", ["type": "array", "items": peer])
      ),
      ("topology", described("what is below each root port; default every device and peer in turn", nodes)),
    ]
  }

  static var link: JSONText {
    anyOf([
      oneOf(DevicePreset.all.map(\.name)), closedObject([("preset", linkPreset)] + fields(LinkSpec.fields)),
    ])
  }

  static var node: JSONText {
    let ports: JSONText = [
      "type": "array", "items": reference("node"), "minItems": .number(1),
      "maxItems": .number(UInt64(Switch.maxDownstreamPorts)),
    ]
    let keys: [(String, JSONText)] = [
      ("switch", described("the name of the switch", name)),
      ("link", described("its link upstream; default the device's", reference("link"))),
      ("ports", described("what is below each port", ports)),
    ]
    return anyOf([
      described("the name of a device or peer", name),
      closedObject(keys + fields(SwitchSpec.fields), required: ["switch", "ports"]),
    ])
  }

  private static var name: JSONText { pattern("a name", "^[A-Za-z][A-Za-z0-9_]*$") }

  private static func fields<Spec: ComponentSpec>(_ fields: [SpecField<Spec>]) -> [(String, JSONText)] {
    let defaults = Spec()
    return fields.map { field in
      let kind = field.kind, standard = "default \(kind.format(field.get(defaults)))"
      let detail = [field.summary, kind.unit, kind.rangeText, standard].joined(separator: "; ")
      return (field.name, described(detail, schema(of: kind)))
    }
  }
}

extension TopologyReader {
  /// The tables of peers and switches for `specs/parameters.md`.
  static var parameterSections: [String] {
    func section<Spec: ComponentSpec>(_ path: String, _ summary: String, _ fields: [SpecField<Spec>]) -> String {
      let defaults = Spec()
      let rows = fields.map { field in
        let kind = field.kind
        let cells = [path, field.name, kind.unit, kind.rangeText, kind.format(field.get(defaults)), field.summary]
        return "| " + cells.joined(separator: " | ") + " |"
      }
      return """
        ## \(path)
        \(summary)

        | part | key | unit | range | default | meaning |
        |---|---|---|---|---|---|
        \(rows.joined(separator: "\n"))

        """
    }
    return [
      section(
        "peers[]",
        "A peer endpoint with a storage-like engine. `link` is a preset such as gen3x4, or an object like "
          + "`device.link` with a `preset`; `endpoint` takes those keys of `device.endpoint` that the host does not decide "
          + "for the whole hierarchy.", PeerSpec.fields),
      section(
        "topology[]", "A switch, named by `switch`; what is below its ports stands in `ports`.", SwitchSpec.fields),
    ]
  }
}
