import SimKernel

/// Turns the "steps" list into a flat one: repeats unrolled, defaults filled in, bytes loaded.
struct StepReader {
  let system: SystemSpec
  let payloads: Payloads
  /// Steps that a scenario may unroll to.
  let stepLimit: Int
  private(set) var steps: [Step] = []
  /// Repeats met; as every iteration holds a step or a repeat, the two limits bound the work.
  private var repeats = 0

  init(system: SystemSpec, payloads: Payloads, stepLimit: Int = 1_000_000) {
    self.system = system
    self.payloads = payloads
    self.stepLimit = stepLimit
  }

  /// Appends what `list`, a list of step objects, says.
  mutating func read(_ list: JSONValue, in scope: Scope) throws(ScenarioError) {
    for value in try list.list("a list of steps") {
      guard steps.count < stepLimit, repeats < stepLimit else {
        let limit = "\(stepLimit) steps"
        throw value.mismatch("at most \(limit)", found: "more than \(limit) after unrolling")
      }
      try readStep(value, in: scope)
    }
  }

  private mutating func readStep(_ value: JSONValue, in scope: Scope) throws(ScenarioError) {
    let names = StepKind.allCases.map(\.rawValue)
    let expected = "an object with exactly one of \(names.joined(separator: ", "))"
    let members = try value.object(expected, known: names).members
    guard members.count == 1, let kind = StepKind(rawValue: members[0].name) else {
      let found = members.isEmpty ? "an empty object" : "the keys \(members.map(\.name).joined(separator: ", "))"
      throw value.mismatch(expected, found: found)
    }
    let content = members[0].value
    guard kind != .repeat else { return try unroll(content, in: scope) }
    steps.append(
      Step(
        path: content.path, iterations: scope.indices.map(\.value),
        device: try device(kind, content, in: scope), action: try action(kind, content, in: scope)))
  }

  /// The device that the step names, or the first.
  private func device(_ kind: StepKind, _ value: JSONValue, in scope: Scope) throws(ScenarioError) -> Int {
    guard case .object = value.content else { return 0 }
    return try named(
      "device", in: try StepFields(value, kind.keys, of: kind.rawValue, in: scope), among: system.devices.map(\.name))
  }

  private mutating func unroll(_ value: JSONValue, in scope: Scope) throws(ScenarioError) {
    repeats += 1
    let fields = try StepFields(value, StepKind.repeat.keys, of: "repeat", in: scope)
    let count = try fields.requiredNumber("count")
    let index = try fields.text("index") ?? "i"
    guard index.utf8.allSatisfy(\.isNameByte), index.utf8.first?.isDigit == false else {
      throw fields.object["index"]!.mismatch("a name of letters, digits and _ that starts with no digit")
    }
    let body = fields.object["steps"]!
    guard try !body.list("a list of steps").isEmpty else {
      throw body.mismatch("at least one step", found: "an empty list")
    }
    for i in 0..<count { try read(body, in: scope.adding(index, i)) }
  }

  private func action(
    _ kind: StepKind, _ value: JSONValue, in scope: Scope
  ) throws(ScenarioError) -> Step.Action {
    switch (kind, value.content) {
    case (.wait, .object): break
    case (.wait, _): return .wait(.init(time: try value.number(.wait, in: scope)))
    default: break
    }
    let fields = try StepFields(value, kind.keys, of: kind.rawValue, in: scope)
    switch kind {
    case .loadText: return .loadText(try loadText(fields))
    case .loadData: return .loadData(try loadData(fields))
    case .run: return .run(try run(fields))
    case .mmioWrite: return .mmioWrite(try mmioWrite(fields))
    case .mmioRead: return .mmioRead(try mmioRead(fields))
    case .poll: return .poll(try poll(fields))
    case .wait: return .wait(.init(time: try fields.requiredNumber("time")))
    case .peerWrite: return .peer(try peerWrite(fields))
    case .peerRead: return .peer(try peerRead(fields))
    case .awaitPeer: return .awaitPeer(try peer(fields))
    case .dumpMem: return .dumpMem
    case .expectMemory: return .expectMemory(try expectMemory(fields))
    case .inject: return .inject(try inject(fields))
    case .getRegs: return .getRegs
    case .reset: return try reset(fields)
    case .configRead: return .configRead(try configRead(fields))
    case .configWrite: return .configWrite(try configWrite(fields))
    case .sendTLP: return .sendTLP(try sendTLP(fields))
    case .repeat: preconditionFailure("repeats are unrolled, not performed")
    }
  }

  private func run(_ fields: StepFields) throws(ScenarioError) -> Step.Run {
    let expect = try fields.fields("expect")
    let ret = try expect?.number("ret")
    let r0 = try expect?.number("r0")
    let error = try expect?.choice("error")
    let fault = try expect?.choice("fault")
    if let expect, ret != nil || r0 != nil, error != nil || fault != nil {
      throw expect.object.value.mismatch(
        "either ret and r0, or error and fault", found: "the result and the failure of one run")
    }
    return .init(
      offset: UInt32(try fields.number("offset") ?? 0), expectedRet: ret.map { UInt32($0) }, expectedR0: r0,
      expectedError: error, expectedFault: fault, timeout: try fields.number("timeout") ?? system.driver.runTimeout)
  }
}
