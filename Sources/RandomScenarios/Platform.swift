import Stimulus

/// Everything of a scenario but its steps: what is there, and how it is set.
struct Platform {
  /// What steps have to know of a device.
  struct DeviceFacts {
    let name: String
    let queueDepth: Int
    let readsWindowAtOffset: Bool
    /// After which a run is ended; 0 for no limit.
    let instructionLimit: UInt64
  }

  /// All of host memory: small, so that a page of its size lies at its start.
  static let hostBytes = 65_536

  let isSystem: Bool
  /// Only what the device of Tests/RTL has.
  let isReference: Bool
  var devices: [DeviceFacts] = []
  var peers: [String] = []
  /// Names of switches.
  var switches: [String] = []
  let memoryBase: UInt64
  let barBase: UInt64
  let bufferOffset: Int
  let maxPayload: Int
  /// The lines of the scenario before its steps.
  private(set) var lines: [String] = []

  init(random: inout SeededRandom, _ options: ScenarioGenerator) {
    isSystem = options.profile == .system
    isReference = options.profile == .reference
    let bar64 = random.below(4) == 0
    barBase = bar64 ? 0x20_0000_0000 : random.pick([0xe000_0000, 0xe000_0000, 0x8000_0000, 0xc100_0000])
    memoryBase = random.pick([0x1_0000_0000, 0x1_0000_0000, 0x4000_0000, 0x12_3456_7000, 0xffff_8000])
    bufferOffset = random.below(2) == 0 ? 0 : random.below(4_096)
    maxPayload = random.pick(isReference ? [128, 256] : [128, 256, 256, 512, 1024, 2048, 4096])
    let endpoint =
      isReference
      ? Self.referenceEndpoint(&random, bar64: bar64, maxPayload: maxPayload)
      : Self.endpoint(&random, bar64: bar64, maxPayload: maxPayload)
    let interrupts = isSystem && random.below(3) == 0
    let count = isSystem ? random.pick([1, 1, 2, 3]) : 1
    var described: [String] = []
    for index in 0..<count {
      let name = index == 0 ? "device" : "dev\(index)"
      let facts =
        isReference
        ? DeviceFacts(name: name, queueDepth: 1, readsWindowAtOffset: false, instructionLimit: 0)
        : DeviceFacts(
          name: name, queueDepth: random.pick([1, 1, 2, 4, 7]), readsWindowAtOffset: random.below(4) == 0,
          instructionLimit: random.below(6) == 0 ? UInt64(1 + random.below(300)) : 0)
      devices.append(facts)
      let text = Self.device(&random, facts, interrupts: interrupts, options)
      described.append(index == 0 ? "{\(text), \"endpoint\": {\(endpoint)}}" : "{\"name\": \"\(name)\", \(text)}")
    }
    lines.append("\"device\": \(described[0])")
    if count > 1 { lines.append("\"devices\": [\(described[1...].joined(separator: ", "))]") }
    lines.append(Self.host(&random, base: memoryBase, barBase: barBase))
    let depth = 1 + random.below(1 + devices.map(\.queueDepth).min()!)
    lines.append(Self.driver(&random, offset: bufferOffset, depth: depth, interrupts: interrupts))
    placePeers(&random)
  }

  // MARK: parts

  private static func endpoint(_ random: inout SeededRandom, bar64: Bool, maxPayload: Int) -> String {
    let flags = ["relaxed_ordering", "no_snoop", "id_ordering", "ecrc"].map { name in
      "\"\(name)\": \(random.below(4) == 0)"
    }
    let readRequest = random.pick([128, 256, 512, 512, 1024, 2048, 4096])
    return "\"max_payload\": \(maxPayload), \"max_read_request\": \(readRequest), "
      + "\"tag_bits\": \(random.pick([5, 8, 10])), \"bar64\": \(bar64), " + flags.joined(separator: ", ")
      + ", \"receive_cycles\": \(1 + random.below(4)), \"transmit_cycles\": \(1 + random.below(4))"
  }

  private static func referenceEndpoint(_ random: inout SeededRandom, bar64: Bool, maxPayload: Int) -> String {
    "\"max_payload\": \(maxPayload), \"max_read_request\": \(random.pick([128, 256, 512])), "
      + "\"tag_bits\": \(random.pick([5, 8])), \"bar64\": \(bar64)"
  }

  private static func device(
    _ random: inout SeededRandom, _ facts: DeviceFacts, interrupts: Bool, _ options: ScenarioGenerator
  ) -> String {
    if options.profile == .reference { return "\"preset\": \"gen3x8\", \"core\": {\"preset\": \"classic5\"}" }
    let isSystem = options.profile == .system
    let preset = options.preset ?? (isSystem ? random.pick(ScenarioGenerator.presets) : "gen3x8")
    let channels = random.pick([1, 1, 2, 4])
    return "\"preset\": \"\(preset)\", \(link(&random)), \"core\": {\(core(&random, options)), "
      + "\"instruction_limit\": \(facts.instructionLimit)}, "
      + "\"commands\": {\"queue_depth\": \(facts.queueDepth), \"msi\": \(interrupts || isSystem && random.flag()), "
      + "\"p2p_offset\": \"\(facts.readsWindowAtOffset ? "source" : "destination")\"}, "
      + "\"dma\": {\"tags\": \(random.pick([1, 2, 8, 32, 64])), "
      + "\"max_request\": \(random.pick([64, 128, 512, 4096, 4096])), \"align_requests\": \(random.flag()), "
      + "\"channels\": \(channels), \"arbitration\": \"\(random.flag() ? "in_order" : "round_robin")\", "
      + "\"start_cycles\": \(1 + random.below(8)), \"completion_timeout\": \"1ms\"}, "
      + "\"memory\": {\"data_path\": \(random.pick([8, 16, 32, 64])), \"read_cycles\": \(1 + random.below(4)), "
      + "\"banks\": \(random.pick([0, 0, 1, 4, 16]))}"
  }

  /// Buffers that are at times too small for much at once, and clocks in no simple ratio.
  private static func link(_ random: inout SeededRandom) -> String {
    "\"link\": {\"propagation\": \"\(random.below(300))ns\", \"retry_buffer\": \(random.pick([4, 16, 256])), "
      + "\"posted_headers\": \(random.pick([1, 4, 64])), \"posted_data\": \(random.pick([16, 64, 1024])), "
      + "\"nonposted_headers\": \(random.pick([1, 4, 64])), \"completion_headers\": \(random.pick([0, 0, 1, 8])), "
      + "\"completion_data\": \(random.pick([0, 0, 64]))}, "
      + "\"clocks\": {\"core\": \"\(random.pick([50, 133, 200, 250, 333]))MHz\", \"synchroniser\": \(1 + random.below(3))}"
  }

  /// A core, with delays that are not always the usual ones.
  private static func core(_ random: inout SeededRandom, _ options: ScenarioGenerator) -> String {
    let all = ["classic5", "classic5", "deep8", "deep8", "hbpf", "functional"]
    let preset = options.core ?? (options.profile == .system ? random.pick(all) : "classic5")
    let loader = "\"preset\": \"\(preset)\", \"load_slots_per_cycle\": \(1 + random.below(4))"
    switch preset {
    case "classic5":
      return loader + ", \"predictor\": \"\(random.flag() ? "none" : "backward_taken")\", "
        + "\"multiply_cycles\": \(1 + random.below(5)), \"divide_cycles\": \(random.pick([1, 7, 34])), "
        + "\"atomic_cycles\": \(1 + random.below(4))"
    case "deep8":
      return loader + ", \"btb_entries\": \(random.pick([1, 4, 16])), \"ras_entries\": \(random.pick([1, 2, 8])), "
        + "\"icache_lines\": \(random.pick([0, 1, 4, 16])), \"icache_line_slots\": \(random.pick([1, 4, 8])), "
        + "\"store_buffer_entries\": \(random.pick([1, 2, 4])), \"store_drain_cycles\": \(1 + random.below(4)), "
        + "\"multiply_cycles\": \(1 + random.below(5)), \"divide_cycles\": \(random.pick([1, 7, 20]))"
    case "hbpf":
      return loader + ", \"ram\": \"\(random.flag() ? "csr" : "plain")\", \"alu_cycles\": \(1 + random.below(2)), "
        + "\"shift_cycles\": \(1 + random.below(4)), \"csr_cycles\": \(random.below(9))"
    default: return loader
    }
  }

  private static func host(_ random: inout SeededRandom, base: UInt64, barBase: UInt64) -> String {
    let fast = 50 + random.below(400)
    let latency =
      random.flag() ? "\"\(fast)ns\"" : "{\"min\": \"\(fast)ns\", \"max\": \"\(fast + random.below(2_000))ns\"}"
    // Each of a dozen stores before a read may wait for the credit of the one before it, for as long as UpdateFCs take.
    return "\"host\": {\"memory_base\": \"\(hexadecimal(base))\", \"memory_size\": \(hostBytes), "
      + "\"bar_base\": \"\(hexadecimal(barBase))\", \"read_latency\": \(latency), "
      + "\"read_completion_boundary\": \(random.pick([64, 128])), \"cut_at_every_boundary\": \(random.below(3) == 0), "
      + "\"outstanding_reads\": \(random.pick([1, 2, 16, 64])), \"cpu_cycles\": \(1 + random.below(12)), "
      + "\"iommu\": \(random.below(4) == 0), \"acs_redirect\": \(random.below(4) == 0), "
      + "\"cache_hit_permille\": \(random.pick([0, 0, 500])), \"completion_timeout\": \"20ms\"}"
  }

  private static func driver(_ random: inout SeededRandom, offset: Int, depth: Int, interrupts: Bool) -> String {
    "\"driver\": {\"buffer_offset\": \(offset), \"queue_depth\": \(depth), "
      + "\"completion\": \"\(interrupts ? "interrupt" : "poll")\", \"poll_interval\": \"\(random.below(900))ns\", "
      + "\"poll_backoff\": \(random.pick([0, 1, 16])), \"bus_reset_time\": \"2us\", \"reset_recovery\": \"3us\"}"
  }

  // MARK: the hierarchy

  private mutating func placePeers(_ random: inout SeededRandom) {
    guard isSystem else { return lines.append("\"peers\": []") }
    let widths = ["gen1x1", "gen2x4", "gen3x4", "gen4x4", "gen5x16"]
    var described: [String] = []
    for index in 0..<random.pick([0, 1, 1, 2]) {
      peers.append("nvme\(index)")
      described.append(
        "{\"name\": \"nvme\(index)\", \"link\": \"\(random.pick(widths))\", \"queue_depth\": \(1 + random.below(16)), "
          + "\"tags\": \(1 + random.below(32)), \"media_latency\": \"\(random.below(2_000))ns\"}")
    }
    lines.append("\"peers\": [\(described.joined(separator: ", "))]")
    let names = devices.map(\.name) + peers
    guard names.count > 1 || random.flag() else { return }
    lines.append("\"topology\": [\(topology(&random, names.map { "\"\($0)\"" }))]")
  }

  /// Each endpoint below a root port of its own, below one switch, or below one of two switches in a row.
  private mutating func topology(_ random: inout SeededRandom, _ names: [String]) -> String {
    let widths = ["gen2x2", "gen3x8", "gen4x4", "gen5x8"]
    func bridge(_ name: String, _ ports: [String], _ random: inout SeededRandom) -> String {
      "{\"switch\": \"\(name)\", \"link\": \"\(random.pick(widths))\", \"forward_cycles\": \(1 + random.below(40)), "
        + "\"arbitration\": \"\(random.flag() ? "round_robin" : "upstream_first")\", "
        + "\"ports\": [\(ports.joined(separator: ", "))]}"
    }
    switch random.below(4) {
    case 0: return names.joined(separator: ", ")
    case 1:
      switches = ["sw0"]
      return bridge("sw0", names, &random)
    case 2:
      switches = ["sw0", "sw1"]
      let upper = random.below(names.count)
      let inner = bridge("sw1", Array(names[upper...]), &random)
      return bridge("sw0", names[..<upper] + [inner], &random)
    default:
      switches = ["sw0"]
      return ([bridge("sw0", [names[0]], &random)] + names[1...]).joined(separator: ", ")
    }
  }
}

/// As scenarios write addresses and values.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }

/// Pairs of digits.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
