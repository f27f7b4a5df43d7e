import Device
import EBPF
import PCIe
import SimKernel

/// A scenario as written: the system it describes and the steps of the host, checked before anything runs.
public struct ScenarioDocument: Sendable {
  public let name: String
  /// What the scenario says about itself; empty when it says nothing.
  public let summary: String
  /// The device's preset with the overrides applied.
  public let spec: SystemSpec
  /// The steps in the order that they run, repeats unrolled.
  public let steps: [Step]

  public var seed: UInt64 { spec.seed }

  /// The names of ERROR_CODE values that a step may expect.
  public static let errorCodes = [
    "OPCODE", "RANGE", "BUSY", "ABORTED", "UR", "CA", "TIMEOUT", "POISON", "LOAD", "FAULT", "DISABLED", unreachable,
  ]

  /// The device did not answer an access of the CPU: no code of the device, but what its driver finds.
  static let unreachable = "UNREACHABLE"

  /// The names of the core's faults that a step may expect.
  public static let faultNames = CoreFault.allCases.filter { $0 != .none }.map { "\($0)" }

  /// Scenario texts are small; their payloads stand in files beside them.
  private static let textLimit = 64 << 20

  /// Reads and checks the scenario in the file at `path`; file names in it are relative to its folder.
  ///
  /// `checkProgram` throws an error, whose description is shown, for bytes that a device with those helper functions could not
  /// load as a program.
  public static func load(
    path: String, checkProgram: @escaping ([UInt8], HelperTable) throws -> Void
  ) throws(ScenarioError) -> ScenarioDocument {
    let text: [UInt8]
    do throws(FileReader.Failure) {
      text = try FileReader.read(path, limit: textLimit)
    } catch {
      let refusal = ScenarioError(path: nil, offset: nil, found: error.description, expected: "a scenario file")
      throw refusal.located(in: path)
    }
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[..<$0]) } ?? "."
    return try parse(text, file: path, directory: directory, checkProgram: checkProgram)
  }

  /// Like `load`, from a text in memory; messages and the scenario's name use `file`, its files are in `directory`.
  public static func parse(
    _ text: [UInt8], file: String, directory: String, checkProgram: @escaping ([UInt8], HelperTable) throws -> Void
  ) throws(ScenarioError) -> ScenarioDocument {
    do throws(ScenarioError) {
      return try ScenarioDocument(
        JSONReader.read(text), stem: stem(of: file), directory: directory, checkProgram: checkProgram)
    } catch {
      throw error.located(in: file, text: text)
    }
  }

  private static func stem(of file: String) -> String {
    let name = file.split(separator: "/").last ?? "scenario"
    return String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
  }

  static let keys =
    ["name", "description", "seed", "device"] + TopologyReader.keys + SystemPart.surroundings.map(\.name) + ["steps"]

  private init(
    _ root: JSONValue, stem: String, directory: String, checkProgram: @escaping ([UInt8], HelperTable) throws -> Void
  ) throws(ScenarioError) {
    let scenario = try root.object("an object", known: ScenarioDocument.keys, required: ["steps"])
    let given = try scenario["name"]?.text("a name")
    if given == "" { throw scenario["name"]!.mismatch("a name") }
    name = given ?? stem
    summary = try scenario["description"]?.text("a text") ?? ""
    var spec = try ScenarioDocument.spec(scenario)
    let payloads = Payloads(directory: directory, seed: spec.seed, checkProgram: checkProgram)
    if let device = scenario["device"], case .object = device.content,
      let helpers = try ScenarioDocument.object(device)["helpers"]
    {
      spec.device.helpers = try HelperReader(payloads: payloads).read(helpers)
      payloads.helpers = HelperTable(spec.device.helpers)
    }
    self.spec = spec
    var reader = StepReader(system: spec, payloads: payloads)
    try reader.read(scenario["steps"]!, in: Scope())
    steps = reader.steps
  }

  private static func spec(_ scenario: JSONObject) throws(ScenarioError) -> SystemSpec {
    var system = SystemSpec()
    if let seed = scenario["seed"] {
      system.seed = try seed.wholeNumber("a whole number below 2^64", in: Scope())
    }
    if let device = scenario["device"] { try apply(device, to: &system) }
    for part in SystemPart.surroundings {
      try part.read(scenario[part.name], into: &system, in: scenario.value)
    }
    try TopologyReader().read(scenario, into: &system)
    try checkBAR(system, scenario)
    try checkCompletion(system, scenario)
    try checkQueue(system, scenario)
    return system
  }

  /// A rule between two parts: a 32-bit BAR holds no address from 4 GiB up.
  private static func checkBAR(_ system: SystemSpec, _ scenario: JSONObject) throws(ScenarioError) {
    // Its default lies below, so the scenario says it.
    guard !system.device.endpoint.bar64, system.host.barBase >= 1 << 32, let host = scenario["host"] else { return }
    guard case .object(let members) = host.content, let written = members.first(where: { $0.name == "bar_base" })
    else { return }
    throw written.value.mismatch("an address below 4 GiB, or \"bar64\": true in device.endpoint")
  }

  /// A driver that waits for interrupts needs a device that sends them.
  private static func checkCompletion(_ system: SystemSpec, _ scenario: JSONObject) throws(ScenarioError) {
    guard system.driver.completion == .interrupt, let driver = scenario["driver"],
      let silent = system.devices.first(where: { !$0.commands.msi })
    else { return }
    throw driver.mismatch(
      "\"completion\": \"poll\", or \"msi\": true in the commands of every device",
      found: "\"completion\": \"interrupt\", and no MSI of \"\(silent.name)\"")
  }

  /// A device refuses commands beyond those that wait and the one at work.
  private static func checkQueue(_ system: SystemSpec, _ scenario: JSONObject) throws(ScenarioError) {
    guard let driver = scenario["driver"], case .object(let members) = driver.content,
      let written = members.first(where: { $0.name == "queue_depth" }),
      let small = system.devices.first(where: { $0.commands.queueDepth + 1 < system.driver.queueDepth })
    else { return }
    throw written.value.mismatch(
      "at most one more than commands.queue_depth of \"\(small.name)\", \(small.commands.queueDepth)")
  }

  /// "device": the name of a preset, or an object with one and overrides by part.
  static func apply(
    _ device: JSONValue, to system: inout SystemSpec, alsoKnown: [String] = []
  ) throws(ScenarioError) {
    if case .text = device.content { return try DevicePreset.apply(device, to: &system.device.link) }
    let object = try object(device, alsoKnown: alsoKnown)
    if let preset = object["preset"] { try DevicePreset.apply(preset, to: &system.device.link) }
    for part in SystemPart.device {
      try part.read(object[part.name], into: &system, in: device)
    }
  }

  private static func object(_ device: JSONValue, alsoKnown: [String] = []) throws(ScenarioError) -> JSONObject {
    try device.object(
      "the name of a preset such as \"gen3x8\", or an object",
      known: alsoKnown + ["preset"] + SystemPart.device.map(\.name) + ["helpers"])
  }
}
