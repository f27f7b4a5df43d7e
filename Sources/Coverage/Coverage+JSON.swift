import Scenario

extension Coverage {
  private static let version: UInt64 = 1

  /// As files hold it: every declared bin with its count (specs/coverage.md).
  public var json: String {
    var text = "{\n  \"coverage\": \(Self.version),\n  \"scenarios\": \(scenarios),\n"
    text += "  \"declared\": \(counts.count),\n  \"hit\": \(hitCount),\n  \"bins\": {"
    for (index, group) in CoverageBins.groups.enumerated() {
      text += (index == 0 ? "\n" : ",\n") + "    \"\(group.name)\": {"
      let lines = zip(group.bins, counts(of: index)).map { "\n      \"\($0)\": \($1)" }
      text += lines.joined(separator: ",") + "\n    }"
    }
    return text + "\n  }\n}\n"
  }

  /// Reads what `json` wrote.
  /// - Parameter file: its name, for messages
  /// - Throws: `ScenarioError` that says where, what was found and what was expected: also for a bin that is not declared,
  ///   as files of other versions have them
  public init(json bytes: [UInt8], file: String) throws(ScenarioError) {
    self.init()
    do throws(ScenarioError) {
      try read(JSONReader.read(bytes))
    } catch {
      throw error.located(in: file, text: bytes)
    }
  }

  private mutating func read(_ value: JSONValue) throws(ScenarioError) {
    let keys = ["coverage", "scenarios", "declared", "hit", "bins"]
    let file = try value.object("a coverage file", known: keys, required: ["coverage", "scenarios", "bins"])
    guard try Self.number(file["coverage"]!) == Self.version else {
      throw file["coverage"]!.mismatch("\(Self.version), the version of the file")
    }
    guard let runs = UInt32(exactly: try Self.number(file["scenarios"]!)) else {
      throw file["scenarios"]!.mismatch("a number of runs below 2^32")
    }
    scenarios = Int(runs)
    let groups = try file["bins"]!.object("groups of bins", known: CoverageBins.groups.map(\.name)).members
    for group in groups {
      for bin in try Self.bins(of: group) {
        counts[CoverageBins.place(group.name, bin.name)!] = try Self.number(bin.value)
      }
    }
  }

  /// The members of a group, all of them declared.
  private static func bins(of group: JSONMember) throws(ScenarioError) -> [JSONMember] {
    // Asking for each name in a list would take most of the time of a large sum.
    if case .object(let members) = group.value.content,
      members.allSatisfy({ CoverageBins.place(group.name, $0.name) != nil })
    {
      return members
    }
    let declared = CoverageBins.groups.first { $0.name == group.name }!.bins
    return try group.value.object("bins of \"\(group.name)\"", known: declared).members
  }

  private static func number(_ value: JSONValue) throws(ScenarioError) -> UInt64 {
    guard case .number(let digits) = value.content, let number = UInt64(digits) else {
      throw value.mismatch("a whole number below 2^64")
    }
    return number
  }
}
