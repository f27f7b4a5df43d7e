import Check
import Device
import EBPF
import PCIe
import SimKernel

/// A model that goes step by step beside a design, and collects where the two differ.
public final class LockStepModel {
  private enum Source {
    case program(ProgramModel)
    case scenario(ScenarioModel)
  }

  /// A call that makes no sense for this model.
  public struct Misuse: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
  }

  private let source: Source
  public private(set) var commitCount: UInt64 = 0
  public private(set) var tlpCount: UInt64 = 0
  public private(set) var differenceCount: UInt64 = 0
  /// In words, the first thousand.
  public private(set) var differences: [String] = []
  /// What counts when commits are compared.
  public var commitRules = CommitRules()
  /// What counts when TLPs are compared, but for the time.
  public var tlpRules = TLPRules()
  /// The first commits of the present run; before the first one they are of run -1, which there is not.
  private let origin = UnsafeMutablePointer<(model: Commit, design: Commit)>.allocate(capacity: 1)
  /// The first TLPs of each stream.
  private var tlpOrigins: [TLPStream: (model: TLPLogRecord, design: TLPLogRecord)] = [:]

  /// Comparisons of signals.
  var signalCount: UInt64 = 0
  /// Those that were found by their paths.
  var signals: [ModelSignal] = []

  private static let differenceLimit = 1000

  /// The core of a program alone.
  /// - Throws: `LoadError`
  public convenience init(program: [UInt8], data: [UInt8]) throws(LoadError) {
    self.init(.program(try ProgramModel(program: program, data: data)))
  }

  /// The whole system of a scenario.
  /// - Throws: `ScenarioError`
  public convenience init(scenario path: String) throws {
    self.init(.scenario(ScenarioModel(try Simulator(scenario: path))))
  }

  private init(_ source: Source) {
    self.source = source
    var none = Commit()
    none.run = -1
    origin.initialize(to: (none, none))
  }

  deinit { origin.deallocate() }

  // MARK: - Stepping

  public var time: Picoseconds {
    if case .scenario(let model) = source { model.time } else { 0 }
  }

  /// The components of a scenario; nil of a program.
  var components: [ComponentSlot]? {
    if case .scenario(let model) = source { model.components } else { nil }
  }

  /// - Returns: whether the scenario has ended
  public func run(until time: Picoseconds) throws -> Bool {
    guard case .scenario(let model) = source else { throw Misuse("a program has no time: step it") }
    try model.run(until: time)
    return model.hasEnded
  }

  /// What the next instruction does; nil when there is none.
  public func step() throws -> CommitRecord? {
    try next().map { $0.pointee.commit.record(fault: $0.pointee.fault.logName) }
  }

  private func next() throws -> UnsafePointer<CommitQueue.Entry>? {
    switch source {
    case .program(let model): model.step()
    case .scenario(let model): try model.nextCommit()
    }
  }

  // MARK: - Comparing

  /// Compares the next instruction with what the design did, by ``commitRules``. Only what is not the same at first sight
  /// is looked at closely.
  /// - Parameters:
  ///   - core: the design's core
  ///   - fault: why its instruction ended the run, if it did
  /// - Returns: whether they are the same
  public func check(_ design: UnsafePointer<Commit>, core: Int = 0, fault: String? = nil) throws -> Bool {
    commitCount += 1
    guard let model = try next() else {
      let more = design.pointee.record(core: core, fault: fault)
      return note("the model has ended, and the design goes on with \(more.line)")
    }
    if origin.pointee.model.run != model.pointee.commit.run {
      origin.pointee = (model.pointee.commit, design.pointee)
    }
    if model.pointee.fault == .none, fault == nil, core == 0, model.pointee.commit.isSame(as: design.pointee),
      commitRules.allows(
        model.pointee.commit.cycle &- origin.pointee.model.cycle, design.pointee.cycle &- origin.pointee.design.cycle)
    {
      return true
    }
    return compare(
      model.pointee.commit.record(fault: model.pointee.fault.logName), design.pointee.record(core: core, fault: fault))
  }

  private func compare(_ model: CommitRecord, _ design: CommitRecord) -> Bool {
    let origin = (model: origin.pointee.model.record(), design: origin.pointee.design.record())
    let timing = model.timingDifference(in: design, since: origin, commitRules)
    let found = model.differences(in: design, commitRules) + (timing.map { [$0] } ?? [])
    return found.isEmpty || note(model, design, found)
  }

  /// Compares a TLP of the design with the next one of the model in the same direction of the same link, or behind the
  /// endpoint of the same device, by ``tlpRules``.
  /// - Parameter timeTolerance: picoseconds; nil when time is free
  /// - Returns: whether they are the same
  public func check(_ design: TLPLogRecord, timeTolerance: Picoseconds?) throws -> Bool {
    guard case .scenario(let scenario) = source else { throw Misuse("a program has no links") }
    guard scenario.links.contains(design.link) else {
      throw Misuse("found link \(design.link), expected \(scenario.links.joined(separator: ", "))")
    }
    tlpCount += 1
    var rules = tlpRules
    rules.timeTolerance = timeTolerance
    let stream = design.stream(rules)
    guard let model = try scenario.nextTLP(stream) else {
      return note("the model has ended, and the design goes on with \(design.shownLine)")
    }
    var found = model.differences(in: design, rules)
    if let origin = tlpOrigins[stream] {
      if let timing = model.timingDifference(in: design, since: origin, rules) { found.append(timing) }
    } else {
      tlpOrigins[stream] = (model, design)
    }
    return found.isEmpty || note(model, design, found)
  }

  /// The design has ended: what the model does further is a difference, and so is having compared nothing.
  /// - Returns: whether there is neither
  public func finish() throws -> Bool {
    if case .scenario(let scenario) = source { try scenario.finish() }
    var isSame = true
    if commitCount + tlpCount + signalCount == 0 { isSame = note("nothing was compared") }
    if commitCount > 0, let more = try step() {
      isSame = note("the design has ended, and the model goes on with \(more.shownLine)")
    }
    if case .scenario(let scenario) = source {
      for stream in Set(tlpOrigins.keys.map(\.whole)).sorted() {
        guard let more = try scenario.nextTLP(stream) else { continue }
        isSame = note("the design has ended, and the model goes on with \(more.shownLine)")
      }
    }
    return isSame
  }

  private func note<Record: CheckedRecord>(_ model: Record, _ design: Record, _ fields: [FieldDifference]) -> Bool {
    let explanation = model.explanation.map { " (\($0))" } ?? ""
    let texts = fields.map { "\($0.field) is \($0.model) in the model, \($0.design) in the design" }
    return note(
      "\(model.place)\(explanation) differs: \(texts.joined(separator: "; "))\n  model  \(model.shownLine)\n  design \(design.shownLine)"
    )
  }

  /// Always false: there is a difference.
  func note(_ text: String) -> Bool {
    differenceCount += 1
    if differences.count < Self.differenceLimit { differences.append(text) }
    return false
  }

  // MARK: - What the model cannot know

  private func program(_ what: String) throws(Misuse) -> ProgramModel {
    guard case .program(let model) = source else { throw Misuse("\(what) of a scenario are its own affair") }
    return model
  }

  public func register(_ index: Int) throws(Misuse) -> UInt64 {
    let model = try program("registers")
    guard 0...10 ~= index else { throw Misuse("found register \(index), expected 0 to 10") }
    return model.state.registers[index]
  }

  public func setRegister(_ index: Int, to value: UInt64) throws(Misuse) {
    let model = try program("registers")
    guard 0...10 ~= index else { throw Misuse("found register \(index), expected 0 to 10") }
    model.setRegister(index, to: value)
  }

  /// The bytes of the program's memory from `address` on.
  public func memory(_ address: UInt64, _ count: Int) throws(Misuse) -> UnsafeMutableRawBufferPointer {
    guard let bytes = try program("bytes").memory(address, count) else {
      throw Misuse(
        "found \(count) bytes at 0x\(String(address, radix: 16)), expected some of DATA, the stack or the program's data"
      )
    }
    return bytes
  }
}
