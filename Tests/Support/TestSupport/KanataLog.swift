/// A pipeline log in version 4 of the Kanata format, read back strictly: what a viewer would forgive is an error here.
public struct KanataLog {
  public struct Stage: Equatable {
    public let name: String
    public let start: Int
    /// The first cycle after the stage.
    public fileprivate(set) var end: Int?
  }

  public enum Ending { case retired, flushed }

  public struct Instruction {
    public let id: Int
    public let thread: Int
    public fileprivate(set) var label = ""
    public fileprivate(set) var detail = ""
    public fileprivate(set) var stages: [Stage] = []
    /// Nil when it was in flight at the end of the log.
    public fileprivate(set) var ending: Ending?
  }

  public struct Problem: Error, CustomStringConvertible {
    public let description: String
  }

  /// By id.
  public private(set) var instructions: [Instruction] = []
  /// The cycles of the log; empty when it has none.
  public private(set) var cycles = 0..<0
  private var cycle: Int?
  private var retired = 0

  public init(_ text: String) throws {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == "Kanata\t0004", lines.last == "" else { throw Problem(description: "no head, or cut") }
    lines.removeLast()
    for (number, line) in lines.enumerated().dropFirst() {
      do {
        try read(line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
      } catch let problem as Problem {
        throw Problem(description: "line \(number + 1), '\(line)': \(problem)")
      }
    }
    cycles = cycles.lowerBound..<(cycle ?? 0)
  }

  /// The names of its stages, one for each cycle from that of the first stage on.
  public func row(_ instruction: Instruction) -> [String] {
    instruction.stages.flatMap { Array(repeating: $0.name, count: ($0.end ?? cycles.upperBound + 1) - $0.start) }
  }

  private func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw Problem(description: text()) }
  }

  private func number(_ fields: [String], _ index: Int) throws -> Int {
    guard fields.indices.contains(index), let number = Int(fields[index]), number >= 0 else {
      throw Problem(description: "field \(index) is no number")
    }
    return number
  }

  private mutating func read(_ fields: [String]) throws {
    let lengths = ["C=": 2, "C": 2, "I": 4, "L": 4, "S": 4, "E": 4, "R": 4]
    try require(lengths[fields[0]] == fields.count, "unknown command, or a wrong number of fields")
    switch fields[0] {
    case "C=":
      try require(cycle == nil, "a second start")
      cycle = try number(fields, 1)
      cycles = cycle!..<cycle!
    case "C":
      let delta = try number(fields, 1)
      try require(delta > 0 && cycle != nil, "time does not advance")
      cycle! += delta
    case "I":
      try require(cycle != nil, "no cycle yet")
      try require(try number(fields, 1) == instructions.count, "ids are consecutive")
      instructions.append(Instruction(id: instructions.count, thread: try number(fields, 3)))
    default:
      let id = try number(fields, 1)
      try require(instructions.indices.contains(id) && instructions[id].ending == nil, "it is not in flight")
      var instruction = instructions[id]
      try read(fields, &instruction)
      instructions[id] = instruction
    }
  }

  private mutating func read(_ fields: [String], _ instruction: inout Instruction) throws {
    let open = instruction.stages.last.flatMap { $0.end == nil ? $0 : nil }
    switch fields[0] {
    case "L":
      try require(["0", "1"].contains(fields[2]), "unknown type of label")
      if fields[2] == "0" { instruction.label += fields[3] } else { instruction.detail += fields[3] }
    case "S":
      try require(fields[2] == "0" && open == nil, "a stage in the middle of another")
      try require(instruction.stages.last.map { $0.end == cycle } ?? true, "a gap between stages")
      instruction.stages.append(Stage(name: fields[3], start: cycle!))
    case "E":
      try require(fields[2] == "0" && open?.name == fields[3], "the end of a stage that has not begun")
      try require(open!.start < cycle!, "a stage without a cycle")
      instruction.stages[instruction.stages.count - 1].end = cycle
    default:
      try require(open == nil && !instruction.stages.isEmpty, "it is in a stage")
      try require(try number(fields, 2) == retired, "retirement ids are consecutive")
      try require(["0", "1"].contains(fields[3]), "unknown type of end")
      instruction.ending = fields[3] == "0" ? .retired : .flushed
      if fields[3] == "0" { retired += 1 }
    }
  }
}
