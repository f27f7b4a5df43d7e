import PCIe
import SimKernel

/// Steps about the hierarchy: peers, configuration, faults, resets.
extension StepReader {
  /// The position of the name under `key`; 0 when the step names none.
  func named(_ key: String, in fields: StepFields, among names: [String]) throws(ScenarioError) -> Int {
    guard let value = fields.object[key] else { return 0 }
    let name = try value.checkChoice(names)
    return names.firstIndex(of: name)!
  }

  /// The position of the peer that the step names, or the first.
  func peer(_ fields: StepFields) throws(ScenarioError) -> Int {
    guard !system.peers.isEmpty else { throw fields.object.value.mismatch("a scenario with a peer", found: "none") }
    return try named("peer", in: fields, among: system.peers.map(\.name))
  }

  /// The function that the step names, or that of the first device.
  private func function(_ fields: StepFields) throws(ScenarioError) -> Int {
    let functions = system.topology.flatMap(\.endpoints)
    guard let value = fields.object["target"] else { return functions.firstIndex(of: system.device.name)! }
    return functions.firstIndex(of: try value.checkChoice(functions))!
  }

  // MARK: peers

  func peerWrite(_ fields: StepFields) throws(ScenarioError) -> Step.Peer {
    let target = try target(fields)
    let payload = try payloads.payload(fields, limit: target == .window ? .window : .hostMemory(system.host.memorySize))
    return try peer(fields, target, isRead: false, length: payload.bytes.count, bytes: payload.bytes)
  }

  func peerRead(_ fields: StepFields) throws(ScenarioError) -> Step.Peer {
    let target = try target(fields)
    if let length = try fields.number("length") {
      if let other = fields.object.members.first(where: { ["file", "hex", "fill"].contains($0.name) }) {
        throw other.value.mismatch("no \"\(other.name)\" beside \"length\"")
      }
      return try peer(fields, target, isRead: true, length: Int(length), bytes: [])
    }
    let payload = try payloads.payload(fields, limit: target == .window ? .window : .hostMemory(system.host.memorySize))
    return try peer(fields, target, isRead: true, length: payload.bytes.count, bytes: payload.bytes)
  }

  private func target(_ fields: StepFields) throws(ScenarioError) -> Step.PeerTarget {
    Step.PeerTarget(rawValue: try fields.choice("to") ?? "window")!
  }

  private func peer(
    _ fields: StepFields, _ target: Step.PeerTarget, isRead: Bool, length: Int, bytes: [UInt8]
  ) throws(ScenarioError) -> Step.Peer {
    let offset = try fields.number("offset") ?? 0
    let size = target == .window ? Payloads.windowSize : system.host.memorySize
    let place = target == .window ? "the 8 MiB of the p2pdma window" : "host.memory_size"
    guard offset + UInt64(length) <= size else {
      throw fields.object.value.mismatch(
        "an end inside \(place)", found: "\(length) bytes at 0x\(String(offset, radix: 16))")
    }
    return .init(
      peer: try peer(fields), isRead: isRead, target: target, offset: offset, length: length, bytes: bytes,
      chunk: Int(try fields.number("chunk") ?? UInt64(Step.defaultChunk)), flush: try fields.flag("flush") ?? true,
      background: try fields.flag("background") ?? false,
      expectedError: try fields.fields("expect")?.choice("error"))
  }

  // MARK: configuration and packets

  func configRead(_ fields: StepFields) throws(ScenarioError) -> Step.ConfigRead {
    .init(
      function: try function(fields), register: try register(fields, size: 4), expected: try expectation(fields, 4))
  }

  func configWrite(_ fields: StepFields) throws(ScenarioError) -> Step.ConfigWrite {
    let size = Int(try fields.number("size") ?? 4), offset = Int(try fields.requiredNumber("register"))
    let value = try fields.requiredNumber("value")
    try checkFits(value, size, fields, "value")
    let register = try register(fields, size: size), lane = offset % 4
    return .init(
      function: try function(fields), register: register, value: UInt32(value) << UInt32(8 * lane),
      byteEnable: UInt8((1 << size) - 1) << UInt8(lane))
  }

  /// The dword number of an aligned register.
  private func register(_ fields: StepFields, size: Int) throws(ScenarioError) -> Int {
    let offset = Int(try fields.requiredNumber("register"))
    guard offset % size == 0 else {
      let value = fields.object["register"]!
      throw value.mismatch("a multiple of \(size)", found: value.shown(in: fields.scope))
    }
    return offset / 4
  }

  func sendTLP(_ fields: StepFields) throws(ScenarioError) -> Step.SendTLP {
    let tlp = TLP(lenient: try payloads.hex(fields.object["hex"]!, .bar))
    try checkCredits(tlp, fields)
    let name = system.topology.flatMap(\.endpoints)[try function(fields)]
    let port = system.topology.firstIndex { $0.endpoints.contains(name) }!
    let status = try fields.fields("expect")?.choice("status")
    if status != nil, !isAnswered(tlp) {
      throw fields.object["expect"]!.mismatch(
        "no \"expect\" without a legal non-posted request of 00:00.0", found: "a packet that nobody answers")
    }
    return .init(
      tlp: tlp, port: port,
      expected: status.map { name in [CompletionStatus](CompletionStatus.allCases).first { $0.name == name }! })
  }

  /// A packet for which no receiver has credits would stay at its sender, and all of its class behind it.
  private func checkCredits(_ tlp: TLP, _ fields: StepFields) throws(ScenarioError) {
    let flowClass = tlp.header.flowClass, maxPayload = system.device.endpoint.maxPayload
    let credits = system.links.map { $0.dataCredits(flowClass, maxPayload: maxPayload) }.filter { $0 > 0 }
    // Twelve bits count them, and a difference tells old from new (Base Specification 2.6.1.2).
    let limit = credits.min() ?? 2_047
    guard tlp.dataCredits > limit else { return }
    throw fields.object["hex"]!.mismatch(
      "a payload of at most \(16 * limit) bytes, the credits of the links", found: "\(tlp.payload.count) bytes")
  }

  private func isAnswered(_ tlp: TLP) -> Bool {
    guard let header = try? tlp.decoded() else { return false }
    return header.type.flowClass == .nonPosted && header.requesterID == DeviceID(bus: 0, device: 0, function: 0)
  }

  func reset(_ fields: StepFields) throws(ScenarioError) -> Step.Action {
    let kind = Step.ResetKind(rawValue: try fields.choice("kind") ?? "function")!
    return .reset(kind, try function(fields))
  }

  // MARK: faults

  func inject(_ fields: StepFields) throws(ScenarioError) -> Step.Inject {
    let kind = InjectKind(rawValue: try fields.choice("kind")!)!
    try checkKeys(of: kind, fields)
    let count = UInt32(try fields.number("count") ?? 1), time = try fields.number("time") ?? 10_000_000
    let byDevice = try fields.choice("by") == InjectPlace.device.rawValue
    func memory(_ kind: MemoryFault.Kind) -> Step.Inject { .memory(MemoryFault(kind, count: count, delay: time)) }
    func answer(_ host: MemoryFault.Kind, _ device: FunctionFault.Kind) throws(ScenarioError) -> Step.Inject {
      byDevice ? .function(try deviceFunction(fields), FunctionFault(device, count: count)) : memory(host)
    }
    switch kind {
    case .ur: return try answer(.unsupportedRequest, .unsupportedRequest)
    case .ca: return try answer(.completerAbort, .completerAbort)
    case .poison: return try answer(.poison, .poison)
    case .drop, .completionTimeout: return memory(.silence)
    case .delay: return memory(.delay)
    case .unexpectedCompletion: return memory(.unexpected)
    case .malformedCompletion: return memory(.malformed)
    case .crs: return .function(try function(fields), FunctionFault(.configurationRetry, count: count))
    default: return .link(try link(fields), try linkCommand(kind, fields, count: count, time: time))
    }
  }

  /// A function with a BAR, whose answers a fault can change.
  private func deviceFunction(_ fields: StepFields) throws(ScenarioError) -> Int {
    if let target = fields.object["target"] { _ = try target.checkChoice(system.devices.map(\.name)) }
    return try function(fields)
  }

  /// Keys that mean nothing to a kind of fault are refused.
  private func checkKeys(of kind: InjectKind, _ fields: StepFields) throws(ScenarioError) {
    let known = ["kind"] + kind.keys
    if let other = fields.object.members.first(where: { !known.contains($0.name) }) {
      throw other.value.mismatch("no \"\(other.name)\" beside \"kind\": \"\(kind.rawValue)\"")
    }
    guard kind.keys.contains("by"), let target = fields.object["target"],
      try fields.choice("by") != InjectPlace.device.rawValue
    else { return }
    throw target.mismatch("no \"target\" without \"by\": \"device\"")
  }

  private func linkCommand(
    _ kind: InjectKind, _ fields: StepFields, count: UInt32, time: Picoseconds
  ) throws(ScenarioError) -> LinkCommand {
    let direction: LinkDirection = try fields.choice("direction") == "down" ? .down : .up
    let skip = UInt32(try fields.number("skip") ?? 0)
    switch kind {
    case .dropTLP: return .fault(.dropTLP, direction, skip: skip, count: count)
    case .corruptTLP: return .fault(.corruptTLP, direction, skip: skip, count: count)
    case .dropDLLP: return .fault(.dropDLLP, direction, skip: skip, count: count)
    case .corruptDLLP: return .fault(.corruptDLLP, direction, skip: skip, count: count)
    case .delayTLP: return .delay(direction, time)
    case .creditStarvation:
      let flowClass = FlowClassName(rawValue: try fields.choice("class") ?? "posted")!.flowClass
      return .starve(direction, flowClass, time)
    case .retrain: return .retrain(time)
    default: return .remove
    }
  }

  /// Links carry the names of what is below them, in the order of ports.
  private func link(_ fields: StepFields) throws(ScenarioError) -> Int {
    let names = system.topology.flatMap(\.links)
    guard let value = fields.object["target"] else { return names.firstIndex(of: system.device.name)! }
    return names.firstIndex(of: try value.checkChoice(names))!
  }
}
