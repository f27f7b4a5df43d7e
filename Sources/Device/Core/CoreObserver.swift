import EBPF
import SimKernel

/// What occupies the pipeline after an edge, from fetch to the last stage.
public struct PipelineView: Equatable, Sendable {
  /// One place for an instruction.
  public struct Place: Equatable, Sendable {
    /// `none` when the place holds an instruction, else the cause for which it holds none.
    public var bubble: Bubble
    /// The slot of the instruction; without meaning in a bubble.
    public var pc: UInt32

    public init(bubble: Bubble, pc: UInt32) {
      self.bubble = bubble
      self.pc = pc
    }
  }

  /// In a pipeline, place `i` is worked on in stage `i + 1` in the next cycle; stage 0 is the fetch that filled place 0.
  /// A core that is not pipelined has one place and one stage. A core without timing has no places: what it commits in a
  /// cycle, it does in that cycle.
  public var places: [Place]
  /// Instructions retired in this run so far.
  public var retired: UInt64
  /// What this cycle was charged to: `none` when an instruction retired.
  public var charge: Bubble

  public init(places: [Place], retired: UInt64, charge: Bubble) {
    self.places = places
    self.retired = retired
    self.charge = charge
  }
}

/// Listens to a core, for logs. It sees what happens and cannot change it; a core that nobody listens to pays nothing.
public protocol CoreObserver: AnyObject {
  /// Whether it wants to hear of every instruction, which takes time.
  var followsCommits: Bool { get }
  /// Whether it wants to hear of every cycle, which takes time.
  var followsCycles: Bool { get }
  /// A run begins: the first fetch happens at edge `cycle`.
  func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds)
  /// An instruction retired at the present edge, or ended the run by `fault` if that is not `none`.
  func commits(_ commit: Commit, fault: CoreFault)
  /// The edge `cycle` of the run is over.
  func cycleEnds(_ cycle: Cycle, _ view: PipelineView)
  /// The run is over; `fault` is `none` when the program exited.
  func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle)
}

extension CoreObserver {
  public var followsCommits: Bool { true }
  public var followsCycles: Bool { true }
}

/// A stage of a pipeline as viewers show it.
public struct PipelineStage: Equatable, Sendable {
  /// One or two characters, as in the charts of specs/.
  public let letter: String
  public let name: String

  public init(_ letter: String, _ name: String) {
    self.letter = letter
    self.name = name
  }
}
