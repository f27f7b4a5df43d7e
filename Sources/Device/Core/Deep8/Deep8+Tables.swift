import SimKernel

/// What the branch target buffer knows of a slot.
enum BranchKind: UInt8 {
  /// An empty entry.
  case none
  case branch
  case jump
  case call
  case `return`
}

/// An entry of the branch target buffer.
struct BranchTarget {
  var pc: UInt32 = 0
  var target: UInt32 = 0
  var kind = BranchKind.none
}

/// The RAMs of the front end: what the predictor has learnt, and which lines the instruction cache holds. All are direct
/// mapped, and all zeros at the start of a run, so that equal runs take equal cycles.
struct Deep8Tables {
  private let targets: UnsafeMutablePointer<BranchTarget>
  private let targetMask: UInt32
  /// From -1, surely not taken, to 2, surely taken; more than 0 predicts taken, and 0 is weakly not taken.
  private let counters: UnsafeMutablePointer<Int8>
  private let counterMask: UInt32
  private let returns: UnsafeMutablePointer<UInt32>
  private let returnMask: UInt8
  /// The number of the line in each place of the cache, plus 1; 0 for an empty place.
  private let lines: UnsafeMutablePointer<UInt32>
  private let lineMask: UInt32
  private let lineShift: UInt32
  private let hasCache: Bool

  init(_ spec: Deep8Spec) {
    targets = .allocate(capacity: spec.btbEntries)
    targetMask = UInt32(spec.btbEntries - 1)
    counters = .allocate(capacity: spec.predictorEntries)
    counterMask = UInt32(spec.predictorEntries - 1)
    returns = .allocate(capacity: spec.rasEntries)
    returnMask = UInt8(spec.rasEntries - 1)
    hasCache = spec.icacheLines != 0
    let lineCount = max(1, spec.icacheLines)
    lines = .allocate(capacity: lineCount)
    lineMask = UInt32(lineCount - 1)
    lineShift = UInt32(spec.icacheLineSlots.trailingZeroBitCount)
    clear()
  }

  func deallocate() {
    targets.deallocate()
    counters.deallocate()
    returns.deallocate()
    lines.deallocate()
  }

  func clear() {
    targets.initialize(repeating: BranchTarget(), count: Int(targetMask) + 1)
    counters.initialize(repeating: 0, count: Int(counterMask) + 1)
    returns.initialize(repeating: 0, count: Int(returnMask) + 1)
    lines.initialize(repeating: 0, count: Int(lineMask) + 1)
  }

  // MARK: The branch predictor

  /// What is known of slot `pc`; nil when its place is empty or holds another slot.
  @inline(__always) func target(of pc: UInt32) -> BranchTarget? {
    let entry = targets[Int(pc & targetMask)]
    return entry.pc == pc && entry.kind != .none ? entry : nil
  }

  @inline(__always) func learn(_ kind: BranchKind, at pc: UInt32, _ target: UInt32) {
    targets[Int(pc & targetMask)] = BranchTarget(pc: pc, target: target, kind: kind)
  }

  @inline(__always) func predictsTaken(_ pc: UInt32) -> Bool { counters[Int(pc & counterMask)] > 0 }

  @inline(__always) func count(_ pc: UInt32, taken: Bool) {
    let place = counters + Int(pc & counterMask)
    place.pointee = taken ? min(2, place.pointee + 1) : max(-1, place.pointee - 1)
  }

  /// The address to which the function at `depth`, 1 for one that the entry calls, returns. Deeper ones overwrite it when
  /// there are more than the stack has entries.
  @inline(__always) func returnAddress(depth: UInt8) -> UInt32 { returns[Int((depth &- 1) & returnMask)] }

  @inline(__always) func setReturnAddress(_ pc: UInt32, depth: UInt8) {
    returns[Int((depth &- 1) & returnMask)] = pc
  }

  // MARK: The instruction cache

  /// Whether the line of slot `pc` is there; if not, it takes its place.
  @inline(__always) func holdsLine(of pc: UInt32) -> Bool {
    guard hasCache else { return true }
    let line = pc >> lineShift
    let place = lines + Int(line & lineMask)
    guard place.pointee != line &+ 1 else { return true }
    place.pointee = line &+ 1
    return false
  }
}
