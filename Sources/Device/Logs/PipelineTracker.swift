import EBPF

/// An instruction between its fetch and its retirement.
struct InFlight {
  /// Counts the instructions that were worked on, over all runs, from 0; set when it is worked on first.
  var id = 0
  let pc: UInt32
  /// Where it was worked on last; nil before that.
  var stage: Int?
  /// Cycles that it spent in its stages beyond one each, by cause.
  var held: [(cause: Bubble, cycles: Int)] = []

  init(pc: UInt32) { self.pc = pc }

  mutating func hold(for cause: Bubble) {
    if let i = held.firstIndex(where: { $0.cause == cause }) { held[i].cycles += 1 } else { held.append((cause, 1)) }
  }
}

/// Follows the instructions of a run through a pipeline of any length, of which it sees no more than what its places
/// hold after each cycle.
///
/// An instruction moves on when the place ahead was free, or became so, and now holds its slot; from the last place, when
/// one retired. One that neither moved nor is where it was has been flushed. The two slots of an LDDW are one instruction,
/// also when they are fetched one after the other: it stays where it is when its second slot takes the place of the first.
struct PipelineTracker {
  enum Event {
    /// An instruction is worked on in a new stage in this cycle; `InFlight.stage` is the one before.
    case enters(InFlight, stage: Int)
    /// It leaves the pipeline at the end of this cycle, retired or flushed.
    case leaves(InFlight, retired: Bool)
  }

  private let program: Program
  private let stageCount: Int
  private var places: [InFlight?] = []
  private var retired: UInt64 = 0
  /// Why instructions were held at the end of the cycle before.
  private var cause = Bubble.none
  /// The id of the next instruction.
  private(set) var nextID: Int

  init(_ program: Program, stages stageCount: Int, nextID: Int) {
    self.program = program
    self.stageCount = stageCount
    self.nextID = nextID
  }

  /// One cycle of the run: tells which instructions enter a stage, the oldest first, then which leave the pipeline.
  mutating func cycle(_ view: PipelineView, _ tell: (Event) -> Void) {
    if places.isEmpty { places = Array(repeating: nil, count: view.places.count) }
    // A pipeline fills its first place in a stage of its own, fetch; a core without a pipeline has none.
    let firstStage = stageCount - places.count
    for place in places.indices.reversed() { work(place, in: place + firstStage, tell) }
    let leaving = move(view)
    if view.places[0].bubble == .none && places[0] == nil {
      places[0] = InFlight(pc: view.places[0].pc)
      if firstStage > 0 { work(0, in: firstStage - 1, tell) }
    }
    for event in leaving { tell(event) }
  }

  /// The run is over: what is in flight does not retire.
  mutating func end(_ tell: (Event) -> Void) {
    for case let instruction? in places.reversed() where instruction.stage != nil {
      tell(.leaves(instruction, retired: false))
    }
    places = []
  }

  /// An instruction that was in no place.
  mutating func makeRow(pc: UInt32) -> InFlight {
    defer { nextID += 1 }
    var instruction = InFlight(pc: pc)
    instruction.id = nextID
    return instruction
  }

  private mutating func work(_ place: Int, in stage: Int, _ tell: (Event) -> Void) {
    guard var instruction = places[place], !isSecondSlot(instruction.pc) else { return }
    if instruction.stage == stage {
      instruction.hold(for: cause)
    } else {
      if instruction.stage == nil {
        instruction.id = nextID
        nextID += 1
      }
      tell(.enters(instruction, stage: stage))
      instruction.stage = stage
    }
    places[place] = instruction
  }

  /// Brings `places` to where the view has them, without what was fetched, and returns what leaves.
  private mutating func move(_ view: PipelineView) -> [Event] {
    var leaving: [Event] = []
    var hasRoomAhead = view.retired > retired
    retired = view.retired
    cause = .none
    for place in places.indices.reversed() {
      guard let instruction = places[place] else {
        hasRoomAhead = true
        continue
      }
      let ahead = place + 1 < view.places.count ? view.places[place + 1] : nil
      let moves = hasRoomAhead && (ahead.map { $0.bubble == .none && $0.pc == instruction.pc } ?? true)
      hasRoomAhead = moves
      if !moves && isHeld(instruction, view.places[place]) {
        // The instruction furthest ahead holds those behind it, and so gives them its cause.
        if cause == .none { cause = ahead?.bubble ?? view.charge }
        continue
      }
      places[place] = nil
      if moves && ahead != nil {
        places[place + 1] = instruction
      } else if instruction.stage != nil {
        leaving.append(.leaves(instruction, retired: moves))
      }
    }
    return leaving
  }

  private func isHeld(_ instruction: InFlight, _ place: PipelineView.Place) -> Bool {
    place.bubble == .none
      && (place.pc == instruction.pc || (isSecondSlot(place.pc) && place.pc == instruction.pc &+ 1))
  }

  /// Verified programs have no LDDW in the second slot of another one.
  private func isSecondSlot(_ pc: UInt32) -> Bool {
    let first = Int(pc) - 1
    return program.text.indices.contains(first) && Instruction(word: program.text[first]).traits.isWide
  }
}
