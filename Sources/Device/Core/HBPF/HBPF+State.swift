import SimKernel

/// Where a run of the multi-cycle core is.
public enum HBPFActivity: TracedEnum {
  case starting
  case executing
  case stopping
}

/// Every flip-flop of the multi-cycle core.
public struct HBPFState: PipelineState {
  public var run = RunState()
  public var activity = HBPFActivity.starting
  /// What the cycles before the last one of this instruction are charged to.
  public var cause = Bubble.fill
  /// Cycles left of this activity or instruction, the present one included.
  public var remaining: UInt16 = 0
  public var pc: UInt32 = 0
  /// The instruction; of LDDW its first slot.
  public var word: UInt64 = 0

  public init() {}

  public static var signals: [SignalDeclaration<HBPFState>] {
    [
      .embedded(\.run), .enumeration("activity", \.activity), .enumeration("cause", \.cause),
      .counter("remaining", \.remaining), .address("pc", \.pc, width: 17), .bits("word", \.word),
    ]
  }

  public static let causes: [Bubble] = [
    .fill, .alu, .multiply, .shift, .divide, .wide, .branch, .load, .store, .atomic, .helper, .drain,
  ]
  public static let stages = [PipelineStage("X", "execute")]

  public var places: [PipelineView.Place] {
    let bubble: Bubble =
      switch activity {
      case .starting: .fill
      case .executing: .none
      case .stopping: .drain
      }
    return [.init(bubble: bubble, pc: pc)]
  }
}
