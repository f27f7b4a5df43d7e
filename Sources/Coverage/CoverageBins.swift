import Device
import EBPF
import PCIe

/// Bins of one kind, declared before anything runs.
public struct CoverageGroup: Sendable {
  /// As files and tables name it.
  public let name: String
  /// Names of the bins; no two are the same.
  public let bins: [String]
}

/// All bins there are, group by group: what "never hit" and the total refer to.
///
/// specs/coverage.md says for each group what its bins count.
public enum CoverageBins {
  public static let groups: [CoverageGroup] = [
    CoverageGroup(name: "instructions", bins: Encodings.names),
    CoverageGroup(name: "branches", bins: branches),
    CoverageGroup(name: "dependencies", bins: dependencies),
    CoverageGroup(name: "bubbles", bins: bubbles),
    CoverageGroup(name: "faults", bins: CoreFault.allCases.filter { $0 != .none }.map { "\($0)" }),
    CoverageGroup(name: "commands", bins: commands),
    CoverageGroup(name: "transfers", bins: transfers),
    CoverageGroup(name: "accesses", bins: accesses),
    CoverageGroup(name: "tlps", bins: packets),
    CoverageGroup(name: "byte_enables", bins: byteEnables),
    CoverageGroup(name: "reads", bins: reads),
    CoverageGroup(name: "completions", bins: completions),
    CoverageGroup(name: "delivery", bins: ["replayed", "corrupted", "dropped"]),
  ]

  /// Of all groups together.
  public static let count = groups.reduce(0) { $0 + $1.bins.count }

  /// The place of the first bin of each group among all bins.
  static let bases: [String: Int] = {
    var next = 0
    return groups.reduce(into: [:]) { bases, group in
      bases[group.name] = next
      next += group.bins.count
    }
  }()

  /// The place among all bins of the bin `name` in `group`; nil when there is none.
  static func place(_ group: String, _ name: String) -> Int? { places[group]?[name] }

  private static let places: [String: [String: Int]] = groups.reduce(into: [:]) { places, group in
    let base = bases[group.name]!
    places[group.name] = Dictionary(uniqueKeysWithValues: group.bins.enumerated().map { ($1, base + $0) })
  }

  // MARK: the core

  static let branches: [String] =
    Encodings.names(where: \.isBranch).flatMap { ["\($0) taken", "\($0) not taken"] }
    + ["backward taken", "backward not taken", "forward taken", "forward not taken"]

  static let farthestDependency = 3

  static let dependencies: [String] = Producer.allCases.flatMap { producer in
    (1...farthestDependency).map { "\(producer) \($0)" }
  }

  static let bubbles: [String] = causes.flatMap { core, causes in causes.map { "\(core) \($0.reportName)" } }

  private static let causes: [(String, [Bubble])] = [
    ("classic5", Classic5State.causes), ("deep8", Deep8State.causes), ("hbpf", HBPFState.causes),
  ]

  // MARK: the device

  static let commands: [String] =
    DeviceOpcode.all.flatMap { opcode in outcomes(opcode).map { "\(opcode.mnemonic) \($0.name)" } }
    + [DeviceError.opcode, .busy, .aborted].map { "unknown \($0.name)" }

  /// How a command can end.
  private static func outcomes(_ opcode: DeviceOpcode) -> [DeviceError] {
    switch opcode {
    case .dmaText, .dmaData:
      [
        .none, .range, .busy, .aborted, .unsupportedRequest, .completerAbort, .timeout, .poisoned, .disabled,
      ]
    case .moveP2PText, .moveP2PData: [.none, .range, .busy, .aborted]
    case .runProgram: [.none, .range, .busy, .aborted, .load, .fault]
    case .getRegisters, .dumpMemory: [.none, .busy, .aborted]
    }
  }

  static let lengths = [
    "0", "1", "2", "3", "4", "5-62", "63", "64", "65", "66-4094", "4095", "4096", "4097", "4098-",
  ]

  /// The name among `lengths` of a length in bytes.
  static func lengthName(_ bytes: Int) -> String {
    switch bytes {
    case 5...62: "5-62"
    case 66...4094: "66-4094"
    case 4098...: "4098-"
    default: "\(bytes)"
    }
  }

  static let transfers: [String] = ["host", "window"].flatMap(transfers(from:))

  private static func transfers(from source: String) -> [String] {
    var names: [String] = lengths.map { "length \($0)" }
    names.append("length odd")
    for place in 0..<4 { names += ["target mod 4 = \(place)", "start mod 4 = \(place)"] }
    // The window knows no completions that are cut, so that quarters are enough.
    for place in 0..<64 where source == "host" || place % 16 == 0 { names.append("start mod 64 = \(place)") }
    names += ["within 4 KiB", "across 4 KiB"]
    return names.map { "\(source) \($0)" }
  }

  static let regions = ["registers", "text", "results", "data", "window"]

  static let accesses: [String] = regions.flatMap { region -> [String] in
    ["read", "write"].flatMap { kind -> [String] in [1, 2, 4, 8].map { "\(region) \(kind) \($0)" } }
  }

  // MARK: the links

  static let packets: [String] = {
    var names: [String] = []
    for type in [TLPType.memoryRead, .memoryWrite] {
      for format in ["3DW", "4DW"] { names += ["\(type.mnemonic) \(format) down", "\(type.mnemonic) \(format) up"] }
    }
    for type in [TLPType.configRead0, .configRead1, .configWrite0, .configWrite1, .ioRead, .ioWrite] {
      names.append("\(type.mnemonic) 3DW down")
    }
    for type in [TLPType.fetchAdd, .swap, .compareAndSwap] {
      names += ["\(type.mnemonic) 3DW down", "\(type.mnemonic) 4DW down"]
    }
    names += ["Msg 4DW down", "Msg 4DW up", "MsgD 4DW down"]
    names += ["Cpl 3DW down", "Cpl 3DW up", "CplD 3DW down", "CplD 3DW up", "CplD poisoned down", "CplD poisoned up"]
    for status in ["SC down", "UR down", "CA down", "SC up", "UR up", "CRS up", "CA up"] {
      names.append("status \(status)")
    }
    return names + ["with ECRC down", "with ECRC up"]
  }()

  /// The contiguous ones: of one dword any run of its bytes, or none; of more a run that reaches the end of the first, and
  /// one from the start of the last.
  static let byteEnables: [String] = {
    var pairs: [String] = []
    for first in [0x0, 0x1, 0x2, 0x4, 0x8, 0x3, 0x6, 0xc, 0x7, 0xe, 0xf] { pairs.append("\(digit(first))/0") }
    for first in [0xf, 0xe, 0xc, 0x8] {
      for last in [0xf, 0x7, 0x3, 0x1] { pairs.append("\(digit(first))/\(digit(last))") }
    }
    return pairs.map { "read \($0)" } + pairs.map { "write \($0)" }
  }()

  static func digit(_ enables: Int) -> String { String(enables, radix: 16) }

  static let payloadSizes = [128, 256, 512, 1024, 2048, 4096]

  static let reads =
    payloadSizes.map { "as long as MRRS \($0)" } + ["ends at 4 KiB below MRRS", "shorter", "no bytes"]

  static let completions =
    ["one", "first", "middle", "last", "cut at 64", "cut at 128", "starts inside 64 bytes"]
    + payloadSizes.map { "as long as MPS \($0)" }
}

/// What made the value of a register.
enum Producer: String, CaseIterable {
  case alu, multiply, divide, wide, load, atomic, helper
}

extension DeviceOpcode {
  static let all: [DeviceOpcode] = [
    .dmaText, .moveP2PText, .dmaData, .moveP2PData, .runProgram, .getRegisters, .dumpMemory,
  ]

  /// As the register map names it.
  var mnemonic: String {
    switch self {
    case .dmaText: "DMA_TEXT"
    case .moveP2PText: "MOVE_P2P_TEXT"
    case .dmaData: "DMA_DATA"
    case .moveP2PData: "MOVE_P2P_DATA"
    case .runProgram: "RUN_PROG"
    case .getRegisters: "GET_REGS"
    case .dumpMemory: "DUMP_MEM"
    }
  }
}
