/// Checks that every slot of a program is an instruction that the machine can execute, and that control stays in
/// the text. It does not prove termination or memory safety: those are checked while the program runs.
public enum Verifier {
  public struct Limits: Hashable, Sendable {
    /// Slots that a program may have.
    public var maximumInstructions: Int
    /// Helper numbers that may be called; nil accepts all and leaves it to the run.
    public var helpers: Set<Int32>?

    public init(maximumInstructions: Int = 65_536, helpers: Set<Int32>? = nil) {
      self.maximumInstructions = maximumInstructions
      self.helpers = helpers
    }
  }

  public static func verify(_ program: Program, limits: Limits = Limits()) throws(LoadError) {
    try verify(text: program.text, limits: limits)
    guard program.text.indices.contains(program.entry), !wideTails(program.text)[program.entry] else {
      throw LoadError(.entryNotFound, "the entry, slot \(program.entry), is not an instruction of the text")
    }
  }

  /// Throws for the first offending slot, in order of the slots.
  public static func verify(text: [UInt64], limits: Limits = Limits()) throws(LoadError) {
    if text.isEmpty { throw LoadError(.emptyProgram, "the program is empty") }
    guard text.count <= limits.maximumInstructions else {
      throw LoadError(.tooLarge, "\(text.count) instructions, at most \(limits.maximumInstructions) are supported")
    }
    let tails = wideTails(text)
    var last = 0
    for pc in text.indices where !tails[pc] {
      last = pc
      let instruction = Instruction(word: text[pc])
      let next = text.indices.contains(pc + 1) ? Instruction(word: text[pc + 1]) : nil
      if let problem = problem(instruction, next: next) { throw LoadError(problem.code, pc: pc, problem.text) }
      try checkTarget(of: instruction, pc, tails)
      try checkHelper(of: instruction, pc, limits)
    }
    let traits = Instruction(word: text[last]).traits
    guard traits.isExit || traits.isJump else {
      throw LoadError(.fallThrough, pc: last, "the last instruction falls through the end; expected exit or goto")
    }
  }

  /// True for each slot that is the second half of an LDDW when the text is read from its start.
  static func wideTails(_ text: [UInt64]) -> [Bool] {
    var tails = [Bool](repeating: false, count: text.count)
    for pc in text.indices.dropLast() where !tails[pc] && Instruction(word: text[pc]).opcode == Opcode.lddw {
      tails[pc + 1] = true
    }
    return tails
  }

  private static func checkTarget(of instruction: Instruction, _ pc: Int, _ tails: [Bool]) throws(LoadError) {
    let traits = instruction.traits
    let isLocalCall = traits.isCall && instruction.source == 1
    guard traits.isBranch || traits.isJump || isLocalCall else { return }
    let target = pc + 1 + instruction.jumpDistance
    let what = isLocalCall ? "call" : "jump"
    guard tails.indices.contains(target) else {
      throw LoadError(.badJump, pc: pc, "\(what) to slot \(target), but the text has \(tails.count)")
    }
    if tails[target] { throw LoadError(.badJump, pc: pc, "\(what) into the middle of the lddw at slot \(target - 1)") }
  }

  private static func checkHelper(of instruction: Instruction, _ pc: Int, _ limits: Limits) throws(LoadError) {
    guard instruction.opcode == Opcode.call, instruction.source == 0, let helpers = limits.helpers else { return }
    guard helpers.contains(instruction.immediate) else {
      let known = helpers.sorted().map(String.init).joined(separator: ", ")
      throw LoadError(
        .badImmediate, pc: pc,
        "call to nonexistent helper \(instruction.immediate), expected "
          + (known.isEmpty ? "no helper" : "one of \(known)"))
    }
  }
}
