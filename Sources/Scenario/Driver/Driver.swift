import Device
import PCIe
import SimKernel

/// The CPU side: executes the scenario's steps as loads and stores, as a driver does.
public final class Driver: Component {
  /// The doors of the driver.
  struct Ports {
    let requests: OutPort<HostRequest>
    let responses: InPort<HostResponse>
    let interrupts: InPort<Interrupt>
    let peer: OutPort<PeerCommand>
  }

  public let clock: Clock
  public let state = FlipFlops(DriverState())
  public let ports: [any PortEnd]
  /// One record per finished step.
  public internal(set) var records: [StepRecord] = []
  public internal(set) var failures: [Failure] = []
  /// The step under way.
  var record = StepRecord(kind: "enumerate", start: 0)

  let door: Ports
  let spec: DriverSpec
  let barBase: UInt64
  let memory: MemoryArray
  let memoryBase: UInt64
  let steps: [Step]
  let script: DriverScript
  var operations: [HostOperation]

  /// While READY stays 0, every so many polls look at CTRL for ERROR.
  static let pollsPerErrorCheck: UInt32 = 8

  init(
    _ system: SystemSpec, steps: [Step], identity: ConfigSpace.Identity, memory: MemoryArray, clock: Clock,
    ports: Ports
  ) {
    spec = system.driver
    barBase = system.host.barBase
    memoryBase = system.host.memoryBase
    self.memory = memory
    self.steps = steps
    self.clock = clock
    script = DriverScript(system: system)
    operations = script.enumeration(identity)
    door = ports
    self.ports = [ports.requests, ports.responses, ports.interrupts, ports.peer]
  }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    switch s.pointee.phase {
    case .finished: return .onInput
    case .issuing: return issue(now)
    case .pausing:
      guard now >= s.pointee.resumeAt else { return .at(s.pointee.resumeAt) }
      s.pointee.phase = .issuing
      if s.pointee.deadline == 0 { advance() }
      return issue(now)
    case .awaitingResponse:
      guard let response = door.responses.receive() else { return .onInput }
      s.pointee.phase = .issuing
      s.pointee.value = response.value
      receive(response, now)
      return s.pointee.phase == .pausing ? .at(s.pointee.resumeAt) : .next
    case .awaitingInterrupt:
      guard let interrupt = door.interrupts.receive(), interrupt.vector == Peer.doneVector else { return .onInput }
      s.pointee.phase = .issuing
      advance()
      return .next
    }
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    return s.phase == .finished ? nil : "\(s.phase) in step \(s.step) (\(record.kind)), operation \(s.operation)"
  }

  // MARK: steps

  /// Goes on to the next operation, at the end of a step to the next step.
  func advance() {
    let s = state.pointer
    s.pointee.operation += 1
    s.pointee.deadline = 0
    s.pointee.polls = 0
    s.pointee.pollTarget = .condition
    if Int(s.pointee.operation) == operations.count { finishStep() }
  }

  /// Skips the rest of the step.
  func abandonStep() {
    let s = state.pointer
    s.pointee.operation = UInt32(operations.count) - 1
    advance()
  }

  private func finishStep() {
    let s = state.pointer
    if s.pointee.step > 0 {
      if record.kind != "run" || record.latency == 0 { record.latency = clock.time - s.pointee.stepStartedAt }
      records.append(record)
    }
    repeat {
      guard Int(s.pointee.step) < steps.count else {
        s.pointee.phase = .finished
        clock.stop()
        return
      }
      let step = steps[Int(s.pointee.step)]
      s.pointee.step += 1
      operations = script.operations(for: step.action)
      record = StepRecord(kind: step.kind, start: clock.time)
      if operations.isEmpty { records.append(record) }
    } while operations.isEmpty
    s.pointee.operation = 0
    s.pointee.stepStartedAt = clock.time
  }

  /// Notes an expectation that was not met; `field` is the key inside the step.
  func fail(_ field: String, expected: String, found: String) {
    let index = Int(state.pointer.pointee.step) - 1
    let path = index < 0 ? "$.device" : steps[index].path + (field.isEmpty ? "" : ".\(field)")
    failures.append(Failure(step: max(0, index), path: path, expected: expected, found: found))
  }
}

extension FixedWidthInteger {
  /// For messages: 0x and hexadecimal digits.
  var hex: String { "0x" + String(self, radix: 16) }
}

extension UInt8 {
  /// For messages: 0x and two digits.
  var hexByte: String { (self < 16 ? "0x0" : "0x") + String(self, radix: 16) }
}
