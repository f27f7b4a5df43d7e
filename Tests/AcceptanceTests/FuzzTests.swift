import PCIe
import SimKernel
import Testing

@testable import Scenario

/// Random scenarios: any parameter at any value of its range, often at an end, and any steps in any order.
private struct RandomScenario {
  private var random: RandomStream

  init(seed: UInt64) { random = RandomStream(seed: seed, name: "scenarios") }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[Int(random.next(below: UInt64(elements.count)))]
  }

  /// A third each: the lower end, the upper end, anything between.
  private mutating func number(_ range: ClosedRange<UInt64>) -> UInt64 {
    switch random.next(below: 3) {
    case 0: return range.lowerBound
    case 1: return range.upperBound
    default:
      let span = range.upperBound - range.lowerBound
      return range.lowerBound + (span == .max ? random.next() : random.next(below: span + 1))
    }
  }

  private mutating func value(_ kind: SpecKind) -> String {
    switch kind {
    case .quantity(.size, let range): "\(number(range) & ~7)"
    case .quantity(_, let range): "\"\(kind.format(.number(number(range))))\""
    case .count(_, let range): "\(number(range))"
    case .oneOf(let values, of: "transfers/s"): "\"\(kind.format(.number(pick(values))))\""
    case .oneOf(let values, _): "\(pick(values))"
    case .choice(let names): "\"\(pick(names))\""
    case .flag: pick(["true", "false"])
    case .latency:
      pick([#""0ns""#, #""300ns""#, #"{"min": "1ns", "max": "2us"}"#, #"{"quantiles": [[0, "1ns"], [1000, "9us"]]}"#])
    }
  }

  private mutating func parts(_ parts: [SystemPart]) -> [String] {
    parts.compactMap { part in
      let fields = members(part.variants[0].fields.map { ($0.name, $0.kind) })
      return fields.isEmpty ? nil : "\"\(part.name)\": {\(fields.joined(separator: ", "))}"
    }
  }

  private mutating func members(_ fields: [(name: String, kind: SpecKind)]) -> [String] {
    fields.filter { _ in random.next(below: 6) == 0 }.map { "\"\($0.name)\": \(value($0.name, $0.kind))" }
  }

  /// The host waits for links before its first step: one that trains for a second would leave nothing else to see.
  private mutating func value(_ name: String, _ kind: SpecKind) -> String {
    name == "training_time" ? pick(["\"0ns\"", "\"1ns\"", "\"5us\""]) : value(kind)
  }

  private mutating func members<Spec: ComponentSpec>(_ fields: [SpecField<Spec>]) -> [String] {
    members(fields.map { ($0.name, $0.kind) })
  }

  // MARK: hierarchy

  /// A second device, and one or two peers, each with fields of its own.
  private mutating func endpoints() -> [String] {
    let link = "\"link\": {\(members(LinkSpec.fields).joined(separator: ", "))}"
    let endpoint = "\"endpoint\": {\(members(TopologyReader.peerEndpointFields).joined(separator: ", "))}"
    let peer = (["\"name\": \"nvme\"", link, endpoint] + members(PeerSpec.fields)).joined(separator: ", ")
    return [
      "\"devices\": [{\"name\": \"second\", \"commands\": {\"msi\": true, \"queue_depth\": 64}}]",
      "\"peers\": [{}, {\(peer)}]",
    ]
  }

  /// The four endpoints below root ports and switches, in any order.
  private mutating func topology() -> String {
    var nodes = ["device", "second", "peer", "nvme"].map { "\"\($0)\"" }
    nodes.swapAt(0, Int(random.next(below: 4)))
    for index in 0..<Int(random.next(below: 4)) {
      let ports = Array(nodes.suffix(Int(random.next(below: 3)) + 1))
      let fields =
        ["\"switch\": \"s\(index)\"", "\"ports\": [\(ports.joined(separator: ", "))]"] + members(SwitchSpec.fields)
      nodes = nodes.dropLast(ports.count) + ["{\(fields.joined(separator: ", "))}"]
    }
    return "\"topology\": [\(nodes.joined(separator: ", "))]"
  }

  private mutating func hierarchyStep() -> String {
    let target = pick(["device", "second", "peer", "nvme"]), bytes = pick(["1", "4097", "70000"])
    let peer = "\"peer\": \"\(pick(["peer", "nvme"]))\", \"to\": \"\(pick(["window", "host"]))\""
    let chunk =
      "\"offset\": \(pick([0, 3, 4095])), \"chunk\": \(pick([1, 100, 4096])), \"background\": \(pick([true, false]))"
    switch random.next(below: 7) {
    case 0:
      return "{\"peer_write\": {\(peer), \(chunk), \"flush\": \(pick([true, false])), \"fill\": {\"bytes\": \(bytes)}}}"
    case 1: return "{\"peer_read\": {\(peer), \(chunk), \"length\": \(bytes)}}"
    case 2: return "{\"await_peer\": {\"peer\": \"\(pick(["peer", "nvme"]))\"}}"
    case 3: return "{\"reset\": {\"target\": \"\(target)\", \"kind\": \"\(pick(["function", "hot"]))\"}}"
    case 4: return "{\"config_read\": {\"target\": \"\(target)\", \"register\": \(4 * random.next(below: 80))}}"
    case 5:
      let kind = pick(InjectKind.allCases)
      let values = [
        "target": "\"\(target)\"", "direction": pick(["\"up\"", "\"down\""]), "time": pick(["\"0ns\"", "\"3us\""]),
        "count": pick(["1", "9"]), "skip": "2", "class": pick(["\"posted\"", "\"nonposted\"", "\"completion\""]),
        "by": "\"device\"",
      ]
      let keys = kind.keys.filter { _ in random.next(below: 4) > 0 }.map { ", \"\($0)\": \(values[$0]!)" }
      return "{\"inject\": {\"kind\": \"\(kind.rawValue)\"\(keys.joined())}}"
    default: return "{\"send_tlp\": {\"target\": \"\(target)\", \"hex\": \"\(packet())\"}}"
    }
  }

  /// A memory request whose first bytes are any.
  private mutating func packet() -> String {
    let start = (0..<random.next(below: 9)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let rest: [UInt8] = [0x40, 0, 0, 1, 0, 0, 0, 0xf, 0xe0, 0x40, 0, 0, 1, 2, 3, 4]
    return (start + rest.dropFirst(start.count)).map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
  }

  private mutating func step(depth: Int = 0) -> String {
    let bytes = pick(["1", "7", "4096", "5000", "70000"]), offset = pick(["0", "1", "4095", "\"4MiB\"", "4294967295"])
    let address = pick([
      "0x0", "0x1", "0x4", "0xc", "0x14", "0x18", "0x100000", "0x100104", "0x200004", "0x400ffc", "0x800000",
      "0xfffff8",
    ])
    let size = pick([1, 2, 4, 8]), value = pick(["0", "1", "2", "17", "255"])
    let via = pick([#""via": "p2p""#, #""page_size": 4096"#])
    let access = "\"address\": \"\(address)\", \"size\": \(size)"
    switch random.next(below: 18) {
    case 0, 1:
      return "{\"load_text\": {\"program\": {\"hex\": \"\(pick(programs))\"}, \"offset\": \(pick([0, 8])), \(via)}}"
    case 2, 3: return "{\"load_data\": {\"fill\": {\"bytes\": \(bytes)}, \"offset\": \(offset), \(via)}}"
    case 4, 5: return "{\"run\": {\"offset\": \(pick(["0", "8", "5000"])), \"timeout\": \"\(pick(["1us", "30us"]))\"}}"
    case 6: return "{\"mmio_write\": {\(access), \"value\": \(value)}}"
    case 7: return "{\"mmio_read\": {\(access)}}"
    case 8: return "{\"poll\": {\(access), \"value\": 0, \"timeout\": \"3us\"}}"
    case 9: return "{\"inject\": {\"kind\": \"\(pick(["ur", "ca", "poison", "drop"]))\", \"count\": \(pick([1, 40]))}}"
    case 10, 11: return "{\"\(pick(["dump_mem", "get_regs"]))\": {}}"
    case 12...16: return hierarchyStep()
    default:
      guard depth < 2 else { return "{\"wait\": \"1us\"}" }
      return "{\"repeat\": {\"count\": 3, \"steps\": [\(step(depth: depth + 1)), \(step(depth: depth + 1))]}}"
    }
  }

  /// mov r0, 1; exit — an endless loop — a load through r1 — a call of itself.
  private let programs = [
    "b700000001000000 9500000000000000", "0500ffff00000000 9500000000000000", "7910000000000000 9500000000000000",
    "85100000ffffffff 9500000000000000",
  ]

  mutating func text() -> String {
    let device = (["\"preset\": \"gen\(pick([1, 3, 5]))x\(pick([1, 8, 16]))\""] + parts(SystemPart.device)).joined(
      separator: ", ")
    let members =
      ["\"seed\": \(random.next(below: 1000))", "\"device\": {\(device)}"] + parts(SystemPart.surroundings)
      + endpoints() + [topology()]
    let steps = (0..<random.next(below: 7)).map { _ in step() }
    return "{\(members.joined(separator: ", ")), \"steps\": [\(steps.joined(separator: ", "))]}"
  }
}

@Suite("Random scenarios")
struct FuzzTests {
  @Test("are refused in one line, or run without a crash or a deadlock", arguments: 0..<8 as Range<UInt64>)
  func anyScenario(_ seed: UInt64) throws {
    var scenarios = RandomScenario(seed: seed)
    var finished = 0
    for _ in 0..<60 {
      let text = scenarios.text()
      do throws(ScenarioError) {
        let document = try ScenarioDocument.parse(
          Array(text.utf8), file: "s.json", directory: "/nonexistent", checkProgram: { _, _ in })
        // Enough for the enumeration and hundreds of TLPs; a scenario may also ask for hours.
        let system = System(document.spec, steps: document.steps)
        let outcome = system.simulation.run(until: min(300_000 * system.pcie.period, 200_000 * system.coreClock.period))
        if outcome == .quiescent { Issue.record("\(system.simulation.pendingWork()) in \(text)") }
        let report = Report(
          scenario: document.name, system: system,
          host: .init(wallSeconds: 0, startupSeconds: 0, coreCycles: 0, pcieCycles: 0))
        #expect(!report.text(histograms: true).isEmpty && !report.json.isEmpty)
        if outcome == .stopped { finished += 1 }
      } catch {
        if error.description.contains("\n") { Issue.record("\(error.description)") }
      }
    }
    #expect(finished > 8)
  }
}
