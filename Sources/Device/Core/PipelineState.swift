import EBPF
import SimKernel

/// The flip-flops of a microarchitecture, and what they do at an edge.
///
/// What all cores have in common (commands, the loader, results, the registers of the architecture) is in ``CoreShell`` and
/// ``RunState``. A microarchitecture adds its pipeline.
public protocol PipelineState: TracedState {
  /// Its delays and tables, as its stages use them.
  associatedtype Parameters

  init()
  var run: RunState { get set }

  /// The first cycle of a run: fetches from slot `entry`.
  mutating func start(at entry: UInt32, _ context: UnsafePointer<CoreContext<Parameters>>)
  /// One cycle. Returns true when the run is over.
  mutating func step(_ context: UnsafePointer<CoreContext<Parameters>>) -> Bool
  /// When the core has to do something again, behind a step at `now` that did not end the run.
  func wake(after now: Cycle) -> Wake
  /// Halts between two instructions: what has changed memory retires, and nothing else.
  mutating func halt(_ context: UnsafePointer<CoreContext<Parameters>>)

  /// Whether cycles mean anything; runs of a core without timing report none.
  static var isTimed: Bool { get }
  /// The causes for which this microarchitecture loses cycles.
  static var causes: [Bubble] { get }
  /// The stages, from fetch on, as viewers show them.
  static var stages: [PipelineStage] { get }
  /// What the pipeline holds, for viewers; see ``PipelineView``.
  var places: [PipelineView.Place] { get }
}

extension PipelineState {
  public static var isTimed: Bool { true }
  @inline(__always) public func wake(after now: Cycle) -> Wake { .next }
}

/// What surrounds a pipeline and stays as it is for a run. Behind a pointer, so that a stage is handed one word.
public struct CoreContext<Parameters> {
  let parameters: Parameters
  let commands: InPort<CoreCommand>
  let memory: CoreMemory
  let limits: CoreLimits
  let traits: UnsafePointer<OpcodeTraits>
  let text: InstructionMemory
  /// Frames below `RunState.caller`, by depth.
  let callStack: UnsafeMutablePointer<CallFrame>
  let helpers: HelperDoor
  let helperTable: HelperTable
  /// Whoever listens, if anybody does.
  var monitor: Listener?
  /// The same, if it wants to hear of every cycle.
  var follower: Listener?
}

/// The limits that every microarchitecture keeps.
struct CoreLimits {
  let callDepth: Int
  let frameSize: UInt64
  let instructions: UInt64

  init(_ spec: MachineSpec) {
    callDepth = spec.callDepth
    frameSize = UInt64(spec.frameSize)
    instructions = spec.instructionLimit == 0 ? .max : spec.instructionLimit
  }
}

/// The instruction memory, filled by the loader before a run and not written during it: a program that changes TEXT while
/// it runs changes the next run. What lies behind the program reads as zeros, which are no instruction.
struct InstructionMemory {
  /// Slots; more than a program may have, so that a fetch that runs on behind the last one stays inside.
  static let capacity = 1 << 17

  let slots: UnsafeMutablePointer<UInt64>
  /// Slots of the program.
  let count: UnsafeMutablePointer<Int>

  init(_ cells: MemoryArray) {
    slots = cells.base.assumingMemoryBound(to: UInt64.self)
    count = .allocate(capacity: 1)
    count.pointee = 0
  }

  /// The slot at `pc`, which wraps around.
  @inline(__always) subscript(pc: UInt32) -> UInt64 { slots[Int(pc) & (InstructionMemory.capacity - 1)] }
}

extension CoreContext {
  /// Slots of the program.
  var textCount: Int { text.count.pointee }
}
