import SimKernel

/// Why a core did not retire an instruction in a cycle. Bubbles of a pipeline carry their cause down to the last stage,
/// where each cycle is charged either to a retired instruction or to one cause: the causes add up to the cycles.
///
/// One list serves all microarchitectures; each uses those that it can have.
public enum Bubble: UInt8, TracedEnum {
  /// No bubble: the place holds an instruction.
  case none
  /// The pipeline fills after the start of a run.
  case fill
  /// Flushed behind a taken or mispredicted jump, call or return.
  case branch
  /// The next instruction needs the value of a load.
  case loadUse
  /// The second slot of LDDW is on its way.
  case wide
  case multiply
  case divide
  case atomic
  /// A local call or return waits for the older instructions to retire.
  case call
  /// A helper function works.
  case helper
  /// The instruction memory has not delivered yet.
  case instructionFetch
  /// A store finds the store buffer full, or a load or an atomic waits for a store in it.
  case storeBuffer
  /// An ALU instruction, a shift, a load or a store of a core that does one thing after the other.
  case alu
  case shift
  case load
  case store
  /// The run is over but for what is still under way.
  case drain

  /// For reports: what the core waits for, in words.
  public var reason: String {
    switch self {
    case .none: "nothing"
    case .fill: "the core starts, its pipeline fills"
    case .branch: "behind a jump, call or return that fetch did not foresee"
    case .loadUse: "the next instruction needs the value of a load"
    case .wide: "the second half of a 16-byte instruction"
    case .multiply: "the multiplier works"
    case .divide: "the divider works"
    case .atomic: "an atomic operation holds the memory stage"
    case .call: "a call or return waits for older instructions"
    case .helper: "a helper function works"
    case .instructionFetch: "the instruction memory has not delivered"
    case .storeBuffer: "the store buffer is full, or holds what is needed"
    case .alu: "the arithmetic unit works"
    case .shift: "the shifter works"
    case .load: "a load is under way"
    case .store: "a store is under way"
    case .drain: "what is under way at the end of a run"
    }
  }
}
