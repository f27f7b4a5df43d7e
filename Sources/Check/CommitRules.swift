import EBPF
import SimKernel

/// What counts when commits are compared.
public struct CommitRules: Sendable {
  /// What a field of a commit can be called: `place`, `pc`, `insn`, `fault`, `loads`, `stores`, `r0` to `r10`. Its place
  /// is the numbers of the run and of the instruction.
  public static let fields = ["place", "pc", "insn", "fault", "loads", "stores"] + (0...10).map { "r\($0)" }

  /// The fields that a design may have as it likes.
  public var ignored: Set<String> = []
  /// By register: the bits of its values that count.
  public var masks = [UInt64](repeating: .max, count: 11)
  /// The fields that a design says nothing about.
  public var absent: Set<String> = []
  /// What a design calls a field, for those that it has other names for.
  public var names: [String: String] = [:]
  /// A design with one write port cannot say what local calls and returns do to several registers.
  public var hasOneWritePort = false
  /// How many cycles may be more or less between the first commit of a run and each other one; nil when time is free.
  public var cycleTolerance: UInt64?

  public init() {}

  /// Whether the field counts.
  func compares(_ field: String) -> Bool { !ignored.contains(field) && !absent.contains(field) }

  /// Whether so many cycles since the first commit of a run may be so many in a design.
  public func allows(_ model: UInt64, _ design: UInt64) -> Bool {
    guard let cycleTolerance else { return true }
    return (model > design ? model - design : design - model) <= cycleTolerance
  }
}

/// The core whose commits are in order.
public struct CommitStream: CheckedStream {
  public let core: Int
  public var description: String { "core\(core)" }
  public static func < (left: CommitStream, right: CommitStream) -> Bool { left.core < right.core }
}

extension CommitRecord: CheckedRecord {
  public static var plural: String { "commits" }
  public func stream(_ rules: CommitRules) -> CommitStream { CommitStream(core: core) }
  public var epoch: Int { run }
  public var place: String { "core\(core) run\(run) #\(order)" }
  public var instant: Picoseconds { time }
  public var shownLine: String { cycle == 0 && time == 0 ? line.withoutTiming : line }
  public var explanation: String? { Disassembler.text(of: Instruction(word: instruction)) }

  public func isCompared(_ rules: CommitRules) -> Bool { true }

  public func differences(in design: CommitRecord, _ rules: CommitRules) -> [FieldDifference] {
    if self.isSame(as: design) { return [] }
    var found: [FieldDifference] = []
    func compare(_ field: String, _ model: String?, _ other: String?) {
      if model != other && rules.compares(field) {
        found.append(.init(field, model: model, design: other, signal: rules.names[field]))
      }
    }
    if run != design.run || order != design.order { compare("place", place, design.place) }
    if pc != design.pc { compare("pc", hex(UInt64(pc), 4), hex(UInt64(bitPattern: Int64(design.pc)), 4)) }
    if instruction != design.instruction { compare("insn", hex(instruction, 16), hex(design.instruction, 16)) }
    compare("fault", fault, design.fault)
    if writes != design.writes && !(rules.hasOneWritePort && changesFrame) {
      for register in Set((writes + design.writes).map { Int($0.register) }).sorted() {
        let mask = register < rules.masks.count ? rules.masks[register] : .max
        let model = value(of: register).map { $0 & mask }, other = design.value(of: register).map { $0 & mask }
        if model != other { compare("r\(register)", model.map { hex($0) }, other.map { hex($0) }) }
      }
    }
    if accesses != design.accesses {
      compare("loads", text(of: .load), design.text(of: .load))
      compare("stores", text(of: .store), design.text(of: .store))
    }
    return found
  }

  public func shownLine(beside differences: [FieldDifference], isDesign: Bool, _ rules: CommitRules) -> String {
    if !isDesign || rules.absent.isEmpty { return shownLine }
    return shownLine.split(separator: " ").filter { word in
      let key = word.prefix { $0 != "=" }
      return !(key == "pc" || key == "insn") || !rules.absent.contains(String(key))
    }.joined(separator: " ")
  }

  /// Whether it is a local call, or may be a return.
  private var changesFrame: Bool {
    let operation = UInt8(truncatingIfNeeded: instruction)
    return operation == 0x8d || operation == 0x95 || operation == 0x85 && instruction >> 12 & 0xf == 1
  }

  public func timingDifference(
    in design: CommitRecord, since origin: (model: CommitRecord, design: CommitRecord), _ rules: CommitRules
  ) -> FieldDifference? {
    let model = cycle &- origin.model.cycle, other = design.cycle &- origin.design.cycle
    if rules.allows(model, other) { return nil }
    return FieldDifference("cycles since #\(origin.model.order)", model: "\(model)", design: "\(other)")
  }

  /// Whether all of the architecture is the same, which is the usual case.
  private func isSame(as other: CommitRecord) -> Bool {
    pc == other.pc && instruction == other.instruction && writes == other.writes && accesses == other.accesses
      && fault == other.fault && run == other.run && order == other.order
  }

  private func value(of register: Int) -> UInt64? { writes.first { Int($0.register) == register }?.value }

  /// Nil for no access.
  private func text(of kind: MemoryAccess.Kind) -> String? {
    let list = accesses.filter { $0.kind == kind }
    if list.isEmpty { return nil }
    return list.map { "\(kind == .load ? "ld" : "st")\($0.size) \(hex($0.address))=\(hex($0.value))" }
      .joined(separator: " ")
  }

  private func hex(_ value: UInt64, _ digits: Int = 1) -> String {
    let text = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
