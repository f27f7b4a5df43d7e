import SimKernel

/// A PCI Express function: configuration space, address match, and the packing, parsing and matching of TLPs (PCI Express
/// Base Specification, chapter 2).
///
/// What lies behind it works with requests and data: a target that is reached through the BAR, and a client that reads and
/// writes the memory of others.
public final class Endpoint: Component {
  /// The doors of an endpoint.
  public struct Ports {
    public let rx: TLPIn
    public let tx: TLPOut
    public let linkEvents: InPort<LinkEvent>
    /// nil for a function without a BAR.
    public let target: TargetPorts?
    public let readRequests: InPort<ReadRequest>
    public let writeRequests: InPort<WriteRequest>
    public let readData: OutPort<ReadData>
    /// To everybody who has to know how the function is configured.
    public let controls: [OutPort<FunctionControl>]
    public let faults: InPort<FunctionFault>

    public init(
      rx: TLPIn, tx: TLPOut, linkEvents: InPort<LinkEvent>, target: TargetPorts?,
      readRequests: InPort<ReadRequest>, writeRequests: InPort<WriteRequest>, readData: OutPort<ReadData>,
      controls: [OutPort<FunctionControl>], faults: InPort<FunctionFault>
    ) {
      self.rx = rx
      self.tx = tx
      self.linkEvents = linkEvents
      self.target = target
      self.readRequests = readRequests
      self.writeRequests = writeRequests
      self.readData = readData
      self.controls = controls
      self.faults = faults
    }

    var ends: [any PortEnd] {
      var ends = rx.ends + tx.ends
      ends += [linkEvents, readRequests, writeRequests, readData, faults]
      ends += controls.map { $0 as any PortEnd }
      if let target { ends += [target.writes, target.reads, target.completions] }
      return ends
    }
  }

  /// The ports to what the BAR reaches.
  public struct TargetPorts {
    public let writes: OutPort<TargetRequest>
    public let reads: OutPort<TargetRequest>
    public let completions: InPort<TargetCompletion>

    public init(
      writes: OutPort<TargetRequest>, reads: OutPort<TargetRequest>, completions: InPort<TargetCompletion>
    ) {
      self.writes = writes
      self.reads = reads
      self.completions = completions
    }
  }

  /// The ports to what is around an endpoint, for whoever builds one with all that is behind it.
  public struct LinkPorts {
    public let rx: TLPIn
    public let tx: TLPOut
    public let events: InPort<LinkEvent>
    public let faults: InPort<FunctionFault>

    public init(rx: TLPIn, tx: TLPOut, events: InPort<LinkEvent>, faults: InPort<FunctionFault>) {
      self.rx = rx
      self.tx = tx
      self.events = events
      self.faults = faults
    }
  }

  public let clock: Clock
  public let state: FlipFlops<EndpointState>
  /// The reads of the client that wait for data, by the client's tag.
  public let reads: StateTable<OutstandingRead>
  public let ports: [any PortEnd]
  let spec: EndpointSpec
  package let door: Ports
  package let identity: ConfigSpace.Identity

  /// - Parameter tags: tags of the client
  public init(_ spec: EndpointSpec, identity: ConfigSpace.Identity, tags: Int, clock: Clock, ports: Ports) {
    self.spec = spec
    self.clock = clock
    self.identity = identity
    state = FlipFlops(EndpointState(config: ConfigSpace(identity: identity)))
    reads = StateTable("read", count: tags, repeating: OutstandingRead())
    door = ports
    self.ports = ports.ends
  }

  public var tables: [any AnyStateTable] { [reads] }

  /// Takes every TLP that need not wait, and sends at most one.
  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    noteLinkEvents()
    takeFaults()
    if s.pointee.linkIsDown { discard() } else { receive() }
    if s.pointee.activeReads > 0, s.pointee.nextDeadline <= clock.time { expireReads() }
    let sent = transmit()
    tellClients()
    // One packet a cycle: what else waits needs another tick. Full ports wake by themselves.
    if sent && hasPacket { return .next }
    return s.pointee.activeReads == 0 ? .onInput : .at(max(now + 1, clock.cycles(covering: s.pointee.nextDeadline)))
  }

  package var functionID: DeviceID { DeviceID(rawValue: state.pointer.pointee.functionID) }

  /// Notes an error in device status and AER, and the message that software asked for (Base Specification 6.2).
  func record(_ error: UncorrectableError, _ header: RawHeader?, advisory: Bool = false) {
    let s = state.pointer
    if header != nil { s.pointee.refused &+= 1 }
    s.pointee.messages.insert(s.pointee.config.record(error, header: header, advisory: advisory))
  }

  private func noteLinkEvents() {
    let s = state.pointer
    while let event = door.linkEvents.receive() {
      switch event {
      case .up:
        s.pointee.linkIsDown = false
        s.pointee.readyAt = clock.time + spec.readyTime
      case .down:
        s.pointee.linkIsDown = true
        s.pointee.functionID = 0
        // The sticky registers of AER outlive a hot reset (6.6.1, 7.4).
        var fresh = ConfigSpace(identity: identity)
        fresh.errors = s.pointee.config.errors
        reset(fresh)
      case .correctable(let error): s.pointee.messages.insert(s.pointee.config.record(error))
      case .uncorrectable(let error): record(error, nil)
      }
    }
  }

  private func takeFaults() {
    let s = state.pointer
    guard let fault = door.faults.receive() else { return }
    s.pointee.fault = fault.count == 0 ? .none : fault.kind
    s.pointee.faultCount = fault.count
  }

  /// The injected fault, if it is due for an answer of this kind.
  func takeFault(isConfig: Bool) -> FunctionFault.Kind {
    let s = state.pointer
    let fault = s.pointee.fault
    guard fault != .none, (fault == .configurationRetry) == isConfig else { return .none }
    s.pointee.faultCount -= 1
    if s.pointee.faultCount == 0 { s.pointee.fault = .none }
    return fault
  }
}
