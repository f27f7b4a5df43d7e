import EBPF
import SimKernel

/// How the core reaches its data memory.
public enum HBPFMemory: String, CaseIterable, Sendable {
  /// Through the registers of a control and status bus.
  case csr
  /// A block RAM beside the core.
  case plain
}

/// The multi-cycle core: one instruction after the other, each for a number of cycles that depends on its kind only.
public struct HBPFSpec: ComponentSpec {
  public var ram = HBPFMemory.csr
  public var startCycles: Cycle = 1
  public var stopCycles: Cycle = 1
  public var aluCycles: Cycle = 1
  public var shiftCycles: Cycle = 4
  public var divideCycles: Cycle = 68
  public var wideCycles: Cycle = 2
  public var jumpCycles: Cycle = 2
  public var exitCycles: Cycle = 1
  public var loadCycles: Cycle = 6
  public var storeCycles: Cycle = 7
  public var csrCycles: Cycle = 8

  public init() {}

  public static let fields: [SpecField<HBPFSpec>] = [
    .choice("ram", \.ram, "how loads and stores reach memory"),
    .count(
      "start_cycles", \.startCycles, of: "core cycles", 1...255, "from the start of a run to its first instruction"),
    .count("stop_cycles", \.stopCycles, of: "core cycles", 1...255, "from the last instruction to the end of the run"),
    .count(
      "alu_cycles", \.aluCycles, of: "core cycles", 1...255, "an ALU instruction that is no shift and no division"),
    .count("shift_cycles", \.shiftCycles, of: "core cycles", 1...255, "LSH, RSH, ARSH"),
    .count("divide_cycles", \.divideCycles, of: "core cycles", 1...255, "DIV, MOD, SDIV, SMOD"),
    .count("wide_cycles", \.wideCycles, of: "core cycles", 1...255, "LDDW"),
    .count("jump_cycles", \.jumpCycles, of: "core cycles", 1...255, "a jump, taken or not; a local call; a return"),
    .count("exit_cycles", \.exitCycles, of: "core cycles", 1...255, "the EXIT of the program"),
    .count("load_cycles", \.loadCycles, of: "core cycles", 1...255, "a load of any size from plain memory"),
    .count(
      "store_cycles", \.storeCycles, of: "core cycles", 1...255,
      "a store to plain memory; and one cycle more for each of its bytes"),
    .count("csr_cycles", \.csrCycles, of: "core cycles", 0...255, "what `ram` csr adds to each load and each store"),
  ]
}

/// What an instruction costs.
struct HBPFCost {
  /// All cycles of the instruction, the last of which it retires in.
  let cycles: UInt16
  /// What the others are charged to.
  let cause: Bubble
}

/// The price of every opcode.
public struct HBPFTiming {
  let start: UInt16
  let stop: UInt16
  let exit: UInt16
  /// 256 entries, owned by the core.
  let costs: UnsafeMutablePointer<HBPFCost>

  init(_ spec: HBPFSpec) {
    start = UInt16(spec.startCycles)
    stop = UInt16(spec.stopCycles)
    exit = UInt16(spec.exitCycles)
    costs = .allocate(capacity: 256)
    for opcode in 0..<256 { (costs + opcode).initialize(to: HBPFTiming.cost(UInt8(opcode), spec)) }
  }

  /// - Note: EXIT here is a return; the program's own is `exit`.
  private static func cost(_ opcode: UInt8, _ spec: HBPFSpec) -> HBPFCost {
    let traits = OpcodeTraits.table[Int(opcode)], size = Cycle(traits.accessSize)
    let bus = spec.ram == .csr ? spec.csrCycles : 0
    let load = spec.loadCycles + bus, store = spec.storeCycles + size + bus
    func cost(_ cycles: Cycle, _ cause: Bubble) -> HBPFCost { HBPFCost(cycles: UInt16(cycles), cause: cause) }
    if traits.isLoad { return cost(load, .load) }
    if traits.isStore { return cost(store, .store) }
    if traits.isAtomic { return cost(load + store, .atomic) }
    if traits.isDivide { return cost(spec.divideCycles, .divide) }
    if traits.isWide { return cost(spec.wideCycles, .wide) }
    guard traits.isALU else { return cost(spec.jumpCycles, .branch) }
    let isShift = [0x6, 0x7, 0xc].contains(opcode >> 4)
    return isShift ? cost(spec.shiftCycles, .shift) : cost(spec.aluCycles, traits.isMultiply ? .multiply : .alu)
  }
}
