import EBPF
import SimKernel

/// The functional engine in the place of a pipeline.
public final class FunctionalCore: ExecutionCore {
  public let shell: CoreShell
  public let state = FlipFlops(FunctionalState())
  public let context: UnsafeMutablePointer<CoreContext<FunctionalParameters>>

  init(_ spec: FunctionalSpec, _ shell: CoreShell) {
    self.shell = shell
    context = FunctionalCore.makeContext(shell, FunctionalParameters(spec))
  }

  deinit { context.release() }

  /// Between two slices only an abort is heard, whoever else wakes the core.
  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    if s.pointee.run.phase == .running && now < s.pointee.sliceEnd && !context.pointee.commands.hasMessage {
      return .at(s.pointee.sliceEnd)
    }
    let wake = advance(now)
    if s.pointee.run.phase == .running { s.pointee.sliceEnd = now &+ s.pointee.sliceCycles }
    return wake
  }
}

/// The engine of the present run.
public final class FunctionalParameters {
  let slice: UInt64
  let instructionsPerCycle: UInt64
  var engine: FunctionalEngine?

  init(_ spec: FunctionalSpec) {
    slice = spec.sliceInstructions
    instructionsPerCycle = spec.instructionsPerCycle
  }
}

/// What the core shows between two slices.
public struct FunctionalState: PipelineState {
  public var run = RunState()
  /// The next instruction.
  public var pc: UInt32 = 0
  /// The program ended in this slice.
  public var ended = false
  /// Cycles that the slice takes, and the edge of the next one.
  public var sliceCycles: UInt64 = 0
  public var sliceEnd: UInt64 = 0

  public init() {}

  public static var signals: [SignalDeclaration<FunctionalState>] {
    [
      .embedded(\.run), .address("pc", \.pc, width: 17), .flag("ended", \.ended),
      .counter("sliceCycles", \.sliceCycles),
      .counter("sliceEnd", \.sliceEnd),
    ]
  }

  public static let isTimed = false
  public static let causes: [Bubble] = []
  public static let stages = [PipelineStage("X", "execute")]
  public var places: [PipelineView.Place] { [] }

  public mutating func start(at entry: UInt32, _ context: UnsafePointer<CoreContext<FunctionalParameters>>) {
    pc = entry
    context.pointee.parameters.engine = context.pointee.makeEngine(run)
    execute(context)
  }

  /// The next slice, now that the cycles of the one before have passed.
  public mutating func step(_ context: UnsafePointer<CoreContext<FunctionalParameters>>) -> Bool {
    if ended { return true }
    execute(context)
    return false
  }

  public mutating func halt(_ context: UnsafePointer<CoreContext<FunctionalParameters>>) {
    if !ended { _ = run.stop(.aborted, at: pc) }
  }

  public func wake(after now: Cycle) -> Wake { .at(now &+ sliceCycles) }
}
