import Logs
import PCIe
import SimKernel

/// Writes a replay as the two files that a test bench reads (specs/stimulus.md).
public struct ReplayFiles {
  private let record: ReplayRecord
  private let scenario: String

  /// - Parameter scenario: its name, for the heads of the files
  public init(_ record: ReplayRecord, scenario: String) {
    self.record = record
    self.scenario = scenario
  }

  /// What the bench does. Replaces the file at `path`.
  public func writeStimulus(to path: String, parameters: [(name: String, value: UInt64)]) throws(LogError) {
    let file = try begin(path, "stimulus")
    for (name, value) in parameters {
      file.append { text in
        text.append("param ")
        text.append(contentsOf: name.utf8)
        text.append(numbers: value)
        text.append("\n")
      }
    }
    for (edge, what) in record.stimuli { file.append { $0.append(what, edge) } }
    file.append { text in
      text.append("end")
      text.append(numbers: record.end)
      text.append("\n")
    }
    try file.close()
  }

  /// What the model's device does. Replaces the file at `path`.
  public func writeExpected(to path: String) throws(LogError) {
    let file = try begin(path, "expected")
    for (edge, what) in record.effects { file.append { $0.append(what, edge) } }
    for (address, value) in record.memory {
      file.append { text in
        text.append("mem ")
        text.append(hex: UInt64(address))
        text.append(" ")
        text.append(hex: value)
        text.append("\n")
      }
    }
    try file.close()
  }

  private func begin(_ path: String, _ what: StaticString) throws(LogError) -> LogFile {
    let file = try LogFile(path: path, what: "\(what)")
    file.append { text in
      text.append("# ubpf-sim ")
      text.append(what)
      text.append(" 1\n# ")
      text.append(contentsOf: scenario.utf8.map { $0 < 0x20 ? UInt8(ascii: " ") : $0 })
      text.append("\n")
    }
    return file
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ what: ReplayRecord.Stimulus, _ edge: Cycle) {
    switch what {
    case .stall(let posted, let nonPosted, let completion):
      append("stall")
      append(numbers: edge, posted ? 1 : 0, nonPosted ? 1 : 0, completion ? 1 : 0)
    case .packet(let tlp, let isForUserLogic):
      append(isForUserLogic ? "rx" : "ip")
      append(tlp, edge)
    case .configuration(let configuration):
      append("cfg")
      append(configuration, edge)
    case .use(let flowClass):
      append("use")
      append(numbers: edge)
      switch flowClass {
      case .posted: append(" p")
      case .nonPosted: append(" n")
      case .completion: append(" c")
      }
    }
    append("\n")
  }

  private mutating func append(_ configuration: FunctionConfiguration, _ edge: Cycle) {
    append(numbers: edge)
    append(" ")
    append(hex: UInt64(configuration.functionID.rawValue), digits: 4)
    append(
      numbers: UInt64(configuration.maxPayload), UInt64(configuration.maxReadRequest), UInt64(configuration.tagLimit),
      configuration.busMaster ? 1 : 0, configuration.msiEnabled ? 1 : 0)
    append(" ")
    append(hex: configuration.msiAddress, digits: 16)
    append(" ")
    append(hex: UInt64(configuration.msiData), digits: 4)
    append(numbers: configuration.notifies ? 1 : 0, configuration.resets ? 1 : 0)
  }

  fileprivate mutating func append(_ what: ReplayRecord.Effect, _ edge: Cycle) {
    switch what {
    case .packet(let tlp):
      append("tx")
      append(tlp, edge)
    case .write(let memory, let address, let enable, let data):
      append(memory == .ram ? "ram" : "win")
      append(numbers: edge)
      for value in [UInt64(address), enable, data] {
        append(" ")
        append(hex: value)
      }
    }
    append("\n")
  }

  /// The edge, the header, and the payload as one number, whose highest byte is the last one.
  private mutating func append(_ tlp: TLP, _ edge: Cycle) {
    append(numbers: edge, UInt64(tlp.header.dwordCount))
    append(" ")
    for index in 0..<4 { append(hex: UInt64(tlp.header.dwords[index]), digits: 8) }
    append(numbers: UInt64(tlp.payload.count))
    append(" ")
    if tlp.payload.isEmpty { append("0") }
    for byte in tlp.payload.reversed() { append(hex: UInt64(byte), digits: 2) }
  }

  /// Decimal, with a blank before each.
  fileprivate mutating func append(numbers: UInt64...) {
    for number in numbers {
      append(" ")
      append(decimal: number)
    }
  }
}
