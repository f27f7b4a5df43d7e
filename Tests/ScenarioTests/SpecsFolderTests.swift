import Foundation
import Testing

@testable import Scenario

/// After a change of the tables, `UPDATE_SPECS=1 swift test --filter SpecsFolderTests` writes the files anew.
@Suite("Generated files under specs/")
struct SpecsFolderTests {
  @Test("the committed schema is the one that the tables make")
  func schema() throws {
    try SpecsFolderTests.compare("scenario.schema.json", ScenarioSchema.text())
  }

  @Test("the committed table of parameters is the one that the Specs make")
  func parameters() throws {
    try SpecsFolderTests.compare("parameters.md", ParameterTable.text())
  }

  private static func compare(_ name: String, _ text: String) throws {
    let file = repository.appending(path: "specs/\(name)")
    if ProcessInfo.processInfo.environment["UPDATE_SPECS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  private static let python = """
    import json, pathlib, sys
    from jsonschema import Draft202012Validator
    root = pathlib.Path(sys.argv[1])
    schema = json.loads((root / "specs/scenario.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for line in sys.stdin:
      kind, text = line.split(" ", 1)
      errors = [e.message for e in validator.iter_errors(json.loads(text))]
      if bool(errors) == (kind == "good"): print(kind, text.strip(), errors[:1])
    for file in sorted(root.glob("traces/**/*.json")):
      scenario = json.loads(file.read_text())
      if isinstance(scenario, dict) and "steps" in scenario:
        for e in validator.iter_errors(scenario): print(file, e.json_path, e.message)
    """

  private static let hasValidator = run("import jsonschema; jsonschema.Draft202012Validator", "")?.isEmpty == true

  /// Texts whose fault a schema can see: keys, types, units and lists of names.
  private static let bad = [
    #"{}"#, #"{"steps": {}}"#, #"{"steps": [], "topology": {}}"#, #"{"steps": [], "device": "gen3x7"}"#,
    #"{"steps": [], "device": {"link": {"lanes": 3}}}"#, #"{"steps": [], "device": {"link": {"propagation": 100}}}"#,
    #"{"steps": [], "host": {"preset": "xeon_e7"}}"#, #"{"steps": [], "host": {"iommu_page": 4096}}"#,
    #"{"steps": [{}]}"#, #"{"steps": [{"run": {}, "wait": "1ns"}]}"#, #"{"steps": [{"wait": "5 parsecs"}]}"#,
    #"{"steps": [{"load_data": {}}]}"#, #"{"steps": [{"load_data": {"file": "a", "hex": "00"}}]}"#,
    #"{"steps": [{"load_text": {"program": "x.py"}}]}"#, #"{"steps": [{"load_data": {"hex": "0"}}]}"#,
    #"{"steps": [{"run": {"expect": {"error": "FAULTY"}}}]}"#, #"{"steps": [{"repeat": {"count": 1, "steps": []}}]}"#,
    #"{"steps": [], "topology": []}"#, #"{"steps": [], "topology": [{"switch": "s"}]}"#,
    #"{"steps": [], "topology": ["2nd"]}"#, #"{"steps": [], "topology": [{"switch": "s", "ports": []}]}"#,
    #"{"steps": [], "peers": {}}"#, #"{"steps": [], "peers": [{"write_interval": 3}]}"#,
    #"{"steps": [], "peers": [{"link": "gen6x1"}]}"#, #"{"steps": [], "peers": [{"endpoint": {"ecrc": true}}]}"#,
    #"{"steps": [], "devices": [{}]}"#, #"{"steps": [], "devices": [{"name": "b", "helpers": []}]}"#,
    #"{"steps": [{"peer_write": {}}]}"#, #"{"steps": [{"peer_read": {"length": 0}}]}"#,
    #"{"steps": [{"await_peer": {"device": "device"}}]}"#, #"{"steps": [{"reset": {"kind": "warm"}}]}"#,
    #"{"steps": [{"config_read": {}}]}"#, #"{"steps": [{"config_read": {"register": 4096}}]}"#,
    #"{"steps": [{"config_write": {"register": 4, "value": 0, "size": 8}}]}"#, #"{"steps": [{"send_tlp": {}}]}"#,
    #"{"steps": [{"send_tlp": {"hex": "00", "expect": {"status": "OK"}}}]}"#,
    #"{"steps": [{"inject": {"kind": "drop_tpl"}}]}"#, #"{"steps": [{"inject": {"kind": "retrain", "time": 5}}]}"#,
    #"{"steps": [{"inject": {"kind": "drop_tlp", "direction": "left"}}]}"#,
  ]

  @Test(
    "the schema accepts what the reader accepts, and refuses what it can see",
    .enabled(if: hasValidator, "SKIPPED: python3 has no jsonschema with Draft 2020-12"))
  func agreement() throws {
    for text in SpecsFolderTests.bad { #expect(throws: ScenarioError.self) { try read(text) } }
    for text in Seeds.texts { _ = try read(text) }
    let lines = Seeds.texts.map { "good " + $0.replacing("\n", with: " ") } + SpecsFolderTests.bad.map { "bad " + $0 }
    let complaints = try #require(SpecsFolderTests.run(SpecsFolderTests.python, lines.joined(separator: "\n")))
    #expect(complaints == "")
  }

  /// What the program prints; nil when python3 or the program fails.
  private static func run(_ program: String, _ input: String) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program, repository.path(percentEncoded: false)]
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    stdin.fileHandleForWriting.write(Data(input.utf8))
    try? stdin.fileHandleForWriting.close()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(decoding: output, as: UTF8.self) : nil
  }
}
