import Measure
import PCIe

extension Report {
  /// What went over one direction of a link.
  public struct LinkEntry: Sendable {
    public let name: String
    public let direction: LinkDirection
    public let state: LinkEndState
    /// Its TLPs that the receiver had already, and dropped (3.6.3.1).
    public let duplicates: UInt64
  }

  /// The errors that a function noted (PCI Express Base Specification 6.2).
  public struct FunctionEntry: Sendable {
    public let name: String
    public let id: DeviceID
    public let deviceStatus: UInt16
    public let correctable: [CorrectableError]
    public let uncorrectable: [UncorrectableError]
    /// Packets that were malformed, unsupported or unexpected.
    public let refused: UInt64
    /// Of a root port: the error messages from below, and its own.
    public let messages: (correctable: UInt32, nonFatal: UInt32, fatal: UInt32)?

    var isClean: Bool { deviceStatus & 0xf == 0 && correctable.isEmpty && uncorrectable.isEmpty && refused == 0 }

    init(
      _ name: String, _ id: DeviceID, _ config: some ExpressFunction, refused: UInt64,
      messages: (UInt32, UInt32, UInt32)? = nil
    ) {
      self.name = name
      self.id = id
      deviceStatus = config.deviceStatus
      let errors = config.errors
      correctable = CorrectableError.allCases.filter { errors.correctableStatus & 1 << UInt16($0.rawValue) != 0 }
      uncorrectable = UncorrectableError.allCases.filter { errors.uncorrectableStatus & 1 << UInt32($0.rawValue) != 0 }
      self.refused = refused
      self.messages = messages
    }
  }

  static func links(of system: System) -> [LinkEntry] {
    system.links.flatMap { name, link in
      [(LinkDirection.down, LinkDirection.up), (.up, .down)].map { sender, receiver in
        LinkEntry(
          name: name, direction: sender, state: link.end(sender), duplicates: link.end(receiver).duplicates)
      }
    }
  }

  static func functions(of system: System) -> [FunctionEntry] {
    let ports = (0..<system.host.portStates.count).map { index in
      let port = system.host.portStates.pointer[index]
      return FunctionEntry(
        "rootPort\(index)", DeviceID(bus: 0, device: UInt8(index), function: 0), port.bridge, refused: port.refused,
        messages: (port.correctableMessages, port.nonFatalMessages, port.fatalMessages))
    }
    let endpoints =
      zip(system.spec.devices.map(\.name), system.devices.map(\.endpoint))
      .map { ($0, $1) } + zip(system.spec.peers.map(\.name), system.peers.map(\.endpoint)).map { ($0, $1) }
    return ports
      + endpoints.map { name, endpoint in
        let state = endpoint.state.pointer.pointee
        return FunctionEntry(name, DeviceID(rawValue: state.functionID), state.config, refused: state.refused)
      }
  }

  // MARK: text

  /// The traffic of links: when several endpoints share them, or something was repaired.
  var linkTable: String? {
    let isPlain = !hasSwitches && links.allSatisfy { $0.state.replays == 0 && $0.state.discarded == 0 }
    guard !isPlain else { return nil }
    var table = TextTable(["link", "", "TLPs", "bytes", "DLLPs", "replays", "lost"], words: ["link", ""])
    for entry in links {
      table.add([
        entry.name, "\(entry.direction)", "\(entry.state.packets)", "\(entry.state.wireBytes)", "\(entry.state.dllps)",
        "\(entry.state.replays)", "\(entry.state.discarded)",
      ])
    }
    return table.formatted()
  }

  /// The functions that noted errors.
  var errorTable: String? {
    var table = TextTable(
      ["function", "errors", "refused", "correctable", "uncorrectable"],
      words: [
        "function", "correctable", "uncorrectable", "errors",
      ])
    for entry in functions where !entry.isClean {
      table.add([
        "\(entry.id) \(entry.name)", entry.statusText, "\(entry.refused)",
        entry.correctable.map(\.name).joined(separator: ", "), entry.uncorrectable.map(\.name).joined(separator: ", "),
      ])
    }
    return table.isEmpty ? nil : table.formatted()
  }

  // MARK: JSON

  var pcieEntry: JSONText {
    [
      "links": .list(
        links.map { entry in
          [
            "name": .text(entry.name), "direction": .text("\(entry.direction)"), "tlps": .number(entry.state.packets),
            "bytes": .number(entry.state.wireBytes), "dllps": .number(entry.state.dllps),
            "replays": .number(entry.state.replays), "duplicates": .number(entry.duplicates),
            "discarded": .number(entry.state.discarded),
          ]
        }),
      "functions": .list(functions.map(entry)),
    ]
  }

  private func entry(_ function: FunctionEntry) -> JSONText {
    var members: [(String, JSONText)] = [
      ("name", .text(function.name)), ("id", .text(function.id.description)),
      ("device_status", .text(UInt64(function.deviceStatus).hex)),
      ("correctable", .list(function.correctable.map { .text($0.name) })),
      ("uncorrectable", .list(function.uncorrectable.map { .text($0.name) })), ("refused", .number(function.refused)),
    ]
    if let messages = function.messages {
      members.append(
        (
          "messages",
          [
            "correctable": .number(UInt64(messages.correctable)), "nonfatal": .number(UInt64(messages.nonFatal)),
            "fatal": .number(UInt64(messages.fatal)),
          ]
        ))
    }
    return .object(members)
  }
}

extension Report.FunctionEntry {
  /// The four error bits of Device Status (7.5.3.5).
  var statusText: String {
    let names = ["correctable", "non-fatal", "fatal", "unsupported request"]
    return names.enumerated().filter { deviceStatus & 1 << UInt16($0.offset) != 0 }.map(\.element)
      .joined(separator: ", ")
  }
}

extension CorrectableError {
  /// As `lspci` names the bits.
  var name: String {
    switch self {
    case .receiver: "RxErr"
    case .badTLP: "BadTLP"
    case .badDLLP: "BadDLLP"
    case .replayNumberRollover: "Rollover"
    case .replayTimerTimeout: "Timeout"
    case .advisoryNonFatal: "AdvNonFatalErr"
    }
  }
}

extension UncorrectableError {
  /// As `lspci` names the bits.
  var name: String {
    switch self {
    case .dataLinkProtocol: "DLP"
    case .poisonedTLP: "TLP"
    case .flowControlProtocol: "FCP"
    case .completionTimeout: "CmpltTO"
    case .completerAbort: "CmpltAbrt"
    case .unexpectedCompletion: "UnxCmplt"
    case .receiverOverflow: "RxOF"
    case .malformedTLP: "MalfTLP"
    case .ecrc: "ECRC"
    case .unsupportedRequest: "UnsupReq"
    }
  }
}
