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
    /// In the order of the scenario's peers.
    let peers: [(commands: OutPort<PeerCommand>, results: InPort<PeerResult>)]
    let links: [OutPort<LinkCommand>]
    /// In the order of the functions.
    let faults: [OutPort<FunctionFault>]

    var ends: [any PortEnd] {
      var ends: [any PortEnd] = [requests, responses, interrupts]
      for peer in peers { ends += [peer.commands, peer.results] as [any PortEnd] }
      return ends + links.map { $0 as any PortEnd } + faults.map { $0 as any PortEnd }
    }
  }

  public let clock: Clock
  public let state = FlipFlops(DriverState())
  /// In the order of the functions.
  public let interruptCounts: StateTable<InterruptCount>
  public let ports: [any PortEnd]
  /// One record per finished step.
  public internal(set) var records: [StepRecord] = []
  public internal(set) var failures: [Failure] = []
  /// What enumeration found, in the order of discovery; bridges too.
  public internal(set) var discovered: [DiscoveredFunction] = [] {
    didSet {
      endpoints = discovered.filter { $0.buses == nil }
      barBases = endpoints.map { $0.bars.first?.base ?? 0 }
    }
  }
  /// Those that are no bridges, in the order of the functions, and first bus addresses of their BARs.
  private(set) var endpoints: [DiscoveredFunction] = []
  private var barBases: [UInt64] = []
  /// The step under way.
  var record = StepRecord(kind: "enumerate", start: 0)

  /// Who hears of the steps.
  private(set) var observer: (any DriverObserver)?
  let door: Ports
  let spec: DriverSpec
  let memory: MemoryArray
  let memoryBase: UInt64
  let steps: [Step]
  let script: DriverScript
  var operations: [HostOperation]
  var enumerator: Enumerator
  /// What enumeration wrote, for functions that lose it by a reset.
  var configuration: [ConfigAccess] = []
  /// The commands that each peer has not answered yet, with the positions of their steps.
  var peerWork: [[(id: UInt32, work: PeerWork, step: Int)]]
  /// Commands that peers were given.
  var peerCommands: UInt32 = 0

  /// While READY stays 0, every so many polls look at CTRL for ERROR.
  static let pollsPerErrorCheck: UInt32 = 8

  /// - Parameter functions: the names of all endpoints, in the order in which enumeration meets them
  init(
    _ system: SystemSpec, steps: [Step], functions: [String], memory: MemoryArray, clock: Clock, ports: Ports
  ) {
    spec = system.driver
    memoryBase = system.host.memoryBase
    self.memory = memory
    self.steps = steps
    self.clock = clock
    script = DriverScript(system: system, functions: functions)
    operations = [.enumerate]
    enumerator = Enumerator(script.enumeration)
    interruptCounts = StateTable("interrupts", count: functions.count, repeating: InterruptCount())
    peerWork = system.peers.map { _ in [] }
    door = ports
    self.ports = ports.ends
  }

  /// Lets `observer` hear of the steps from now on.
  public func observe(with observer: any DriverObserver) { self.observer = observer }

  public var tables: [any AnyStateTable] { [interruptCounts] }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    takeInterrupts()
    takeResults()
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
    case .awaitingInterrupt: return awaitInterrupt()
    }
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    return s.phase == .finished ? nil : "\(s.phase) in step \(s.step) (\(record.kind)), operation \(s.operation)"
  }

  /// The function that the running step is about: its device.
  var function: Int { script.function(ofDevice: device) }

  private var device: Int {
    let step = Int(state.pointer.pointee.step)
    return step == 0 ? 0 : steps[step - 1].device
  }

  /// The ID of a function; only after enumeration.
  func id(_ function: Int) -> DeviceID { endpoints[function].id }

  /// First bus address of BAR4 of the running step's device.
  var barBase: UInt64 { barBases[function] }

  // MARK: steps

  /// Goes on to the next operation, at the end of a step to the next step.
  func advance() {
    let s = state.pointer
    s.pointee.operation += 1
    s.pointee.access = 0
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

  /// Nothing can be done any more.
  func abandonScenario() {
    state.pointer.pointee.phase = .finished
    clock.stop()
  }

  private func finishStep() {
    let s = state.pointer
    if s.pointee.step > 0 {
      if record.kind != "run" || record.latency == 0 { record.latency = clock.time - s.pointee.stepStartedAt }
      records.append(record)
    }
    observer?.stepEnds(record, time: clock.time)
    repeat {
      guard Int(s.pointee.step) < steps.count else { return abandonScenario() }
      let step = steps[Int(s.pointee.step)]
      s.pointee.step += 1
      operations = script.operations(for: step)
      record = StepRecord(kind: step.kind, start: clock.time, device: step.device)
      observer?.stepBegins(Int(s.pointee.step) - 1, record)
      if operations.isEmpty {
        records.append(record)
        observer?.stepEnds(record, time: clock.time)
      }
    } while operations.isEmpty
    s.pointee.operation = 0
    s.pointee.stepStartedAt = clock.time
  }

  /// Notes an expectation that was not met; `field` is the key inside the step, which is the running one unless `step`
  /// says another.
  func fail(_ field: String, expected: String, found: String, step: Int? = nil) {
    let index = step ?? Int(state.pointer.pointee.step) - 1
    let path = index < 0 ? "$.topology" : steps[index].path + (field.isEmpty ? "" : ".\(field)")
    let failure = Failure(step: max(0, index), path: path, expected: expected, found: found)
    failures.append(failure)
    observer?.failed(failure, time: clock.time)
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
