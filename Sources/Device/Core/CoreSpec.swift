import SimKernel

/// What all microarchitectures have in common: the loader and the limits of a program.
public struct MachineSpec: ComponentSpec {
  /// Program loader: slots of 8 bytes copied from TEXT to the instruction memory in one cycle.
  public var loadSlotsPerCycle: Cycle = 1
  /// 0 runs without limit.
  public var instructionLimit: UInt64 = 0
  public var stackSize: Int = 4096
  public var frameSize: Int = 256
  public var callDepth: Int = 8
  /// How much of a program is executed without timing before the first cycle; 0 for nothing.
  public var fastForwardInstructions: UInt64 = 0
  /// The slot before which the part without timing ends; `nowhere` for no such slot.
  public var fastForwardPC: UInt64 = MachineSpec.nowhere
  /// Instructions of that part which are executed at once, and the cycles that pass before the next so many.
  public var fastForwardSlice: UInt64 = 1 << 22
  public var fastForwardCycles: Cycle = 1 << 16

  /// The slot behind the longest program.
  public static let nowhere: UInt64 = 65_536

  public init() {}

  public static let fields: [SpecField<MachineSpec>] = [
    .count(
      "load_slots_per_cycle", \.loadSlotsPerCycle, of: "slots per core cycle", 1...64,
      "8-byte slots that the program loader moves from TEXT in one cycle"),
    .count(
      "instruction_limit", \.instructionLimit, of: "instructions", 0...UInt64.max >> 1,
      "a longer run is ended by a fault; 0 for no limit"),
    .size("stack_size", \.stackSize, 64...65_536, "bytes of stack"),
    .size("frame_size", \.frameSize, 8...4_096, "bytes of stack that a local call takes"),
    .count("call_depth", \.callDepth, of: "calls", 1...64, "local calls that may be open at once"),
    .count(
      "fast_forward_instructions", \.fastForwardInstructions, of: "instructions", 0...UInt64.max >> 1,
      "how many are executed without timing before the first cycle of a run; 0 for none"),
    .count(
      "fast_forward_pc", \.fastForwardPC, of: "slots", 0...nowhere,
      "a run is executed without timing until it first gets to this slot; 65536 for not at all"),
    .count(
      "fast_forward_slice", \.fastForwardSlice, of: "instructions", 1...1 << 40,
      "executed at once of the part without timing; a part that is no longer takes no time"),
    .count(
      "fast_forward_cycles", \.fastForwardCycles, of: "core cycles", 1...1 << 32,
      "pass before the next slice of the part without timing"),
  ]

  public func validate() throws(SpecError) {
    guard stackSize % 8 == 0 && frameSize % 8 == 0 else {
      throw SpecError(
        field: "stack_size", found: "\(stackSize) with frames of \(frameSize)", expected: "multiples of 8")
    }
  }
}

/// The microarchitecture of a core, with its delays.
public enum Microarchitecture: Equatable, Sendable {
  case classic5(Classic5Spec)
  case deep8(Deep8Spec)
  case hbpf(HBPFSpec)
  case functional(FunctionalSpec)
}

extension Microarchitecture {
  /// Each with its defaults, by the name of its preset; the first is the default.
  public static let presets: [(name: String, microarchitecture: Microarchitecture)] = [
    ("classic5", .classic5(Classic5Spec())), ("deep8", .deep8(Deep8Spec())), ("hbpf", .hbpf(HBPFSpec())),
    ("functional", .functional(FunctionalSpec())),
  ]

  /// The name of its preset.
  public var name: String {
    switch self {
    case .classic5: "classic5"
    case .deep8: "deep8"
    case .hbpf: "hbpf"
    case .functional: "functional"
    }
  }

  /// The Spec of this microarchitecture; its defaults when it is another one. Setting it chooses the microarchitecture.
  public var classic5: Classic5Spec {
    get { if case .classic5(let spec) = self { spec } else { Classic5Spec() } }
    set { self = .classic5(newValue) }
  }
  public var deep8: Deep8Spec {
    get { if case .deep8(let spec) = self { spec } else { Deep8Spec() } }
    set { self = .deep8(newValue) }
  }
  public var hbpf: HBPFSpec {
    get { if case .hbpf(let spec) = self { spec } else { HBPFSpec() } }
    set { self = .hbpf(newValue) }
  }
  public var functional: FunctionalSpec {
    get { if case .functional(let spec) = self { spec } else { FunctionalSpec() } }
    set { self = .functional(newValue) }
  }
}

/// A core: a machine that runs programs, and how it does so.
public struct CoreSpec: Equatable, Sendable {
  public var machine = MachineSpec()
  public var microarchitecture = Microarchitecture.classic5(Classic5Spec())

  public init() {}
}

extension CoreSpec {
  /// Builds the core that the Spec describes.
  func makeCore(_ shell: CoreShell) -> any ExecutionCore {
    switch microarchitecture {
    case .classic5(let spec): Classic5Core(spec, shell)
    case .deep8(let spec): Deep8Core(spec, shell)
    case .hbpf(let spec): HBPFCore(spec, shell)
    case .functional(let spec): FunctionalCore(spec, shell)
    }
  }
}
