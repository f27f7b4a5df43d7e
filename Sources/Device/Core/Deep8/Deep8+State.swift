import SimKernel

/// A result that a unit works on.
public struct LateResult: TracedState {
  /// Until it is done.
  public var cycles: UInt8 = 0
  public var value: UInt64 = 0

  public static var signals: [SignalDeclaration<LateResult>] {
    [.counter("cycles", \.cycles), .bits("value", \.value)]
  }
}

/// An entry of the store buffer.
public struct BufferedStore: TracedState {
  /// 1, 2, 4 or 8 bytes.
  public var size: UInt8 = 0
  public var address: UInt64 = 0
  public var value: UInt64 = 0

  public static var signals: [SignalDeclaration<BufferedStore>] {
    [.bits("size", \.size), .address("address", \.address), .bits("value", \.value)]
  }
}

/// Every flip-flop of the eight-stage core. What the front end remembers is in ``Deep8Tables``, which are RAMs.
public struct Deep8State: PipelineState {
  public var run = RunState()
  /// The next slot to fetch.
  public var pc: UInt32 = 0
  /// Cycles until the line that fetch waits for is complete.
  public var refillCount: UInt16 = 0
  /// Calls that fetch has followed and not yet returned from.
  public var returnDepth: UInt8 = 0
  /// Fetch has stopped behind the last instruction of the program.
  public var draining = false
  /// The first slot of an LDDW is in `wideWord`.
  public var widePending = false
  /// The call or return between execute and write-back.
  public var frameChange = Deep8Control.none
  public var wideWord: UInt64 = 0
  // Behind a whole word, so that its own first word has both `bubble` and `pc`.
  public var fetch2 = Deep8Fetch2()
  /// The scoreboard: registers whose results are not done; those of them that the divider works on; those of them whose
  /// instructions have retired.
  public var busy: UInt16 = 0
  public var dividing: UInt16 = 0
  public var owed: UInt16 = 0
  /// Cycles that the atomic in memory-2 has spent there.
  public var atomicCount: UInt8 = 0
  /// The oldest store in the buffer, their number, and the cycles that the oldest has been that.
  public var storeHead: UInt8 = 0
  public var storeCount: UInt8 = 0
  public var storeCycles: UInt8 = 0
  public var decode = Deep8Decode()
  public var read = Deep8Read()
  public var execute = Deep8Execute()
  public var memory1 = Deep8Memory()
  public var memory2 = Deep8Memory()
  public var writeBack = Deep8WriteBack()
  /// By register.
  public var late = InlineArray<11, LateResult>(repeating: LateResult())
  public var stores = InlineArray<16, BufferedStore>(repeating: BufferedStore())

  public init() {}

  public static var signals: [SignalDeclaration<Deep8State>] {
    [
      .embedded(\.run), .address("pc", \.pc, width: 17), .counter("refillCount", \.refillCount),
      .bits("returnDepth", \.returnDepth), .flag("draining", \.draining), .flag("widePending", \.widePending),
      .enumeration("frameChange", \.frameChange), .bits("wideWord", \.wideWord), .bits("busy", \.busy, width: 11),
      .bits("dividing", \.dividing, width: 11), .bits("owed", \.owed, width: 11),
      .counter("atomicCount", \.atomicCount), .bits("storeHead", \.storeHead, width: 4),
      .counter("storeCount", \.storeCount), .counter("storeCycles", \.storeCycles), .group("fetch2", \.fetch2),
      .group("decode", \.decode), .group("read", \.read), .group("execute", \.execute), .group("memory1", \.memory1),
      .group("memory2", \.memory2), .group("writeBack", \.writeBack), .table("late", \.late),
      .table("store", \.stores),
    ]
  }

  public static let causes: [Bubble] = [
    .fill, .branch, .loadUse, .wide, .multiply, .divide, .atomic, .call, .helper, .instructionFetch, .storeBuffer,
    .drain,
  ]

  public static let stages = [
    PipelineStage("F1", "fetch-1"), PipelineStage("F2", "fetch-2"), PipelineStage("D", "decode"),
    PipelineStage("R", "register read"), PipelineStage("X", "execute"), PipelineStage("M1", "memory-1"),
    PipelineStage("M2", "memory-2"), PipelineStage("W", "write-back"),
  ]

  /// An LDDW whose second slot is not there yet waits in decode.
  public var places: [PipelineView.Place] {
    [
      .init(bubble: fetch2.bubble, pc: fetch2.pc),
      .init(bubble: widePending ? .none : decode.bubble, pc: decode.pc),
      .init(bubble: read.bubble, pc: read.pc), .init(bubble: execute.bubble, pc: execute.pc),
      .init(bubble: memory1.bubble, pc: memory1.pc), .init(bubble: memory2.bubble, pc: memory2.pc),
      .init(bubble: writeBack.bubble, pc: writeBack.pc),
    ]
  }
}
