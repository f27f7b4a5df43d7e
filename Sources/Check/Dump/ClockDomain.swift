import Scenario

/// The clock that a part of a design runs by, and its reset.
struct ClockDomain: Sendable {
  enum Edge: String, CaseIterable { case rising, falling }

  struct Reset: Sendable {
    let signal: MapName
    let isActiveLow: Bool
  }

  static let keys = ["clock", "edge", "reset"]

  let clock: MapName
  let edge: Edge
  let reset: Reset?

  /// - Parameters:
  ///   - map: a map, or a part of one, of which only ``keys`` are read
  ///   - outer: what holds where the part says nothing itself; nil for a map, which has a clock
  init(_ map: JSONObject, scope: String, inside outer: ClockDomain? = nil) throws(ScenarioError) {
    if let outer, map["clock"] == nil {
      clock = outer.clock
    } else {
      clock = try MapName(map["clock"]!, scope: scope)
    }
    edge = try map["edge"]?.choice(Edge.self) ?? outer?.edge ?? .rising
    reset = try map["reset"].map { value throws(ScenarioError) in try Reset(value, scope: scope) } ?? outer?.reset
  }

  var names: [MapName] { [clock] + (reset.map { [$0.signal] } ?? []) }
}

extension ClockDomain.Reset {
  private enum Level: String, CaseIterable { case low, high }

  fileprivate init(_ value: JSONValue, scope: String) throws(ScenarioError) {
    let keys = ["signal", "active"]
    let reset = try value.object("an object with \"signal\" and \"active\"", known: keys, required: keys)
    signal = try MapName(reset["signal"]!, scope: scope)
    isActiveLow = try reset["active"]!.choice(Level.self) == .low
  }
}
