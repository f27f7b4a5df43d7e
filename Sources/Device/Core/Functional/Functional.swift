import EBPF
import SimKernel

/// The functional engine in the place of a pipeline. Its run takes one cycle an instruction.
public final class FunctionalCore: ExecutionCore {
  public let shell: CoreShell
  public let state = FlipFlops(FunctionalState())
  public let context: UnsafeMutablePointer<CoreContext<FunctionalParameters>>

  init(_ spec: FunctionalSpec, _ shell: CoreShell) {
    self.shell = shell
    context = FunctionalCore.makeContext(shell, FunctionalParameters(slice: spec.sliceInstructions))
  }

  deinit { context.release() }

  public func tick(_ now: Cycle) -> Wake { advance(now) }
}

/// The engine of the present run.
public final class FunctionalParameters {
  let slice: UInt64
  var engine: FunctionalEngine?

  init(slice: UInt64) { self.slice = slice }
}

/// What the core shows between two slices.
public struct FunctionalState: PipelineState {
  public var run = RunState()
  /// The next instruction.
  public var pc: UInt32 = 0
  /// The program ended in this slice.
  public var ended = false
  /// Cycles that the slice stands for.
  public var sliceCycles: UInt64 = 0

  public init() {}

  public static var signals: [SignalDeclaration<FunctionalState>] {
    [
      .embedded(\.run), .address("pc", \.pc, width: 17), .flag("ended", \.ended),
      .counter("sliceCycles", \.sliceCycles),
    ]
  }

  public static let causes: [Bubble] = []
  public static let stages = [PipelineStage("X", "execute")]
  public var places: [PipelineView.Place] { [.init(bubble: .none, pc: pc)] }

  public mutating func start(at entry: UInt32, _ context: UnsafePointer<CoreContext<FunctionalParameters>>) {
    pc = entry
    context.pointee.parameters.engine = context.pointee.makeEngine(run)
    execute(context)
  }

  /// A slice; its cycles have passed when the next one begins.
  public mutating func step(_ context: UnsafePointer<CoreContext<FunctionalParameters>>) -> Bool {
    if ended { return true }
    execute(context)
    return false
  }

  public mutating func halt(_ context: UnsafePointer<CoreContext<FunctionalParameters>>) {
    if !ended { _ = run.stop(.aborted, at: pc) }
  }

  public func wake(after now: Cycle) -> Wake { .at(now &+ max(1, sliceCycles)) }
}
