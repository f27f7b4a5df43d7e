import PCIe
import Scenario
import SimKernel

/// The signals over which a design sends or receives the TLPs of a stream, beat by beat.
struct TLPMap: Sendable {
  /// Where the bytes of a beat stand.
  enum Lanes: String, CaseIterable {
    /// The first one in the lowest bits.
    case bytes
    /// The first dword in the lowest bits, and of each dword the first byte in the highest ones.
    case dwords
  }

  private enum Direction: String, CaseIterable { case down, up }

  /// The name of a link of the model, or of a device.
  let link: MapName
  let stream: TLPStream
  let domain: ClockDomain
  let valid: MapCondition
  let ready: MapCondition?
  /// Nil where a packet ends with the beat that has as many bytes as its header announces.
  let last: MapCondition?
  let data: MapName
  /// A bit for each byte, or for as many as divide them; nil where bytes behind the announced end do not count.
  let keep: MapName?
  /// 128 bits beside the first beat, the first byte highest; nil where the header comes first in `data`.
  let header: MapName?
  let lanes: Lanes
  private let ignored: Set<String>?
  private let timeTolerance: Picoseconds?
  private let separatesClasses: Bool?

  static func all(_ value: JSONValue, scope: String, _ domain: ClockDomain) throws(ScenarioError) -> [TLPMap] {
    var maps: [TLPMap] = []
    for entry in try value.list("a list of streams of TLPs") {
      let map = try TLPMap(entry, scope: scope, domain)
      if maps.contains(where: { $0.stream == map.stream }) {
        throw entry.mismatch("each direction of a link once", found: "\(map.stream) again")
      }
      maps.append(map)
    }
    guard !maps.isEmpty else { throw value.mismatch("at least one stream of TLPs", found: "an empty list") }
    return maps
  }

  private init(_ value: JSONValue, scope outer: String, _ domain: ClockDomain) throws(ScenarioError) {
    let required = ["link", "direction", "valid", "data"]
    let keys =
      required + ["scope", "ready", "last", "keep", "header", "lanes", "time", "ignore", "by_class"] + ClockDomain.keys
    let map = try value.object("an object of signals", known: keys, required: required)
    let scope = try map.scope(inside: outer)
    func condition(_ key: String) throws(ScenarioError) -> MapCondition? {
      try map[key].map { value throws(ScenarioError) in try MapCondition(value, scope: scope) }
    }
    func name(_ key: String) throws(ScenarioError) -> MapName? {
      try map[key].map { value throws(ScenarioError) in try MapName(value, scope: scope) }
    }
    link = try MapName(map["link"]!)
    let direction: LinkDirection = try map["direction"]!.choice(Direction.self) == .up ? .up : .down
    stream = TLPStream(link: link.text, direction: direction)
    self.domain = try ClockDomain(map, scope: scope, inside: domain)
    valid = try condition("valid")!
    (ready, last) = (try condition("ready"), try condition("last"))
    data = try name("data")!
    (keep, header) = (try name("keep"), try name("header"))
    lanes = try map["lanes"]?.choice(Lanes.self) ?? .bytes
    ignored = try map["ignore"]?.names(of: TLPRules.fields)
    timeTolerance = try map["time"]?.duration()
    separatesClasses = try map["by_class"]?.flag()
  }

  var names: [MapName] {
    domain.names + [valid, ready, last].compactMap { $0 }.flatMap(\.names) + [data, keep, header].compactMap { $0 }
  }

  /// What the rules of a command become by what the map says: its own entries replace theirs.
  func rules(over rules: TLPRules) -> TLPRules {
    var rules = rules
    if let ignored { rules.ignored = ignored }
    if let timeTolerance { rules.timeTolerance = timeTolerance }
    if let separatesClasses { rules.separatesClasses = separatesClasses }
    return rules
  }
}
