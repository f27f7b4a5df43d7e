import SimKernel

/// The host side of the hierarchy: CPU accesses become TLPs, memory answers reads after its latency, and requests between
/// the root ports are routed by address (PCI Express Base Specification 1.3.1).
public final class RootComplex: Component {
  /// One root port: the link below it, and what hardware fixes of its bridge, which is device 00:n.0.
  public struct RootPort {
    public let rx: TLPIn
    public let tx: TLPOut
    public let linkEvents: InPort<LinkEvent>
    /// For resets of the bus below.
    public let linkCommands: OutPort<LinkCommand>
    public let identity: BridgeConfigSpace.Identity

    public init(
      rx: TLPIn, tx: TLPOut, linkEvents: InPort<LinkEvent>, linkCommands: OutPort<LinkCommand>,
      identity: BridgeConfigSpace.Identity
    ) {
      self.rx = rx
      self.tx = tx
      self.linkEvents = linkEvents
      self.linkCommands = linkCommands
      self.identity = identity
    }

    var ends: [any PortEnd] { rx.ends + tx.ends + [linkEvents, linkCommands] }
  }

  public let clock: Clock
  public let state: FlipFlops<RootComplexState>
  public let portStates: StateTable<RootPortState>
  public let reads: StateTable<PendingRead>
  public let ports: [any PortEnd]
  /// Host memory; address 0 of the array is `HostSpec.memoryBase`.
  public let memory: MemoryArray
  let spec: HostSpec
  let maxPayload: Int
  /// Behind a pointer: a port taken out of an array would be copied for each use.
  let rootPorts: UnsafeMutableBufferPointer<RootPort>
  let cpuRequests: InPort<HostRequest>
  let cpuResponses: OutPort<HostResponse>
  let interrupts: OutPort<Interrupt>

  /// Requester and completer ID of the host.
  static let id = DeviceID(bus: 0, device: 0, function: 0)
  /// Writes here are interrupts, as on x86.
  public static let interruptRange: Range<UInt64> = 0xfee0_0000..<0xfef0_0000

  /// - Parameter maxPayload: MPS of the hierarchy in bytes
  public init(
    _ spec: HostSpec, seed: UInt64, maxPayload: Int, clock: Clock, rootPorts: [RootPort],
    cpuRequests: InPort<HostRequest>, cpuResponses: OutPort<HostResponse>, interrupts: OutPort<Interrupt>
  ) {
    self.spec = spec
    self.clock = clock
    self.maxPayload = maxPayload
    self.rootPorts = .allocate(capacity: rootPorts.count)
    _ = self.rootPorts.initialize(from: rootPorts)
    self.cpuRequests = cpuRequests
    self.cpuResponses = cpuResponses
    self.interrupts = interrupts
    memory = MemoryArray(bytes: Int(spec.memorySize))
    state = FlipFlops(
      RootComplexState(random: RandomStream(seed: seed, name: "host.memory"), memory: HostMemoryModel(spec)))
    portStates = StateTable(
      "rootPort", count: rootPorts.count,
      repeating: RootPortState(bridge: BridgeConfigSpace(identity: rootPorts[0].identity)))
    for (index, port) in rootPorts.enumerated() {
      portStates.pointer[index].bridge = BridgeConfigSpace(identity: port.identity)
      portStates.pointer[index].bridge.linkIsActive = false
    }
    reads = StateTable("read", count: spec.outstandingReads, repeating: PendingRead())
    ports = rootPorts.flatMap(\.ends) + [cpuRequests, cpuResponses, interrupts]
  }

  deinit {
    rootPorts.deinitialize().deallocate()
    state.pointer.pointee.memory.deallocate()
  }

  public var tables: [any AnyStateTable] { [portStates, reads] }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    for index in rootPorts.indices { noteLinkEvents(at: index) }
    for index in rootPorts.indices {
      receive(from: index)
      sendReset(at: index)
    }
    acceptCPU()
    var next = giveUpCPU()
    let isFull = Int(s.pointee.activeReads) == reads.count
    if s.pointee.activeReads > 0 {
      for index in rootPorts.indices { next = min(next, complete(at: index)) }
    }
    // A read may wait for a place, and no port wakes for that.
    if isFull && Int(s.pointee.activeReads) < reads.count { return .next }
    // Ports wake their receiver for the next message, and their sender for room: only time needs more ticks.
    return next == .max ? .onInput : .at(max(now + 1, clock.cycles(covering: next)))
  }

  public var pendingWork: String? {
    state.pointer.pointee.cpuWaiting ? "a completion with tag \(state.pointer.pointee.cpuTag)" : nil
  }

  private func noteLinkEvents(at index: Int) {
    let port = portStates.pointer + index
    while let event = rootPorts[index].linkEvents.receive() {
      switch event {
      case .up:
        port.pointee.bridge.linkIsActive = true
        port.pointee.isSettled = true
      case .down:
        port.pointee.bridge.linkIsActive = false
        port.pointee.isSettled = true
        abandonReads(of: index)
      case .correctable(let error): note(port.pointee.bridge.record(error), at: index)
      case .uncorrectable(let error): record(error, nil, at: index)
      }
    }
  }

  /// Notes an error in the device status and AER of a root port (Base Specification 6.2).
  func record(_ error: UncorrectableError, _ header: RawHeader?, at index: Int, advisory: Bool = false) {
    let port = portStates.pointer + index
    if header != nil { port.pointee.refused &+= 1 }
    note(port.pointee.bridge.record(error, header: header, advisory: advisory), at: index)
  }

  /// Error messages that a root port sends to itself count as those from below (Base Specification 6.2.4.1.2).
  func note(_ message: MessageCode?, at index: Int) {
    let port = portStates.pointer + index
    switch message {
    case .errorCorrectable?: port.pointee.correctableMessages &+= 1
    case .errorNonFatal?: port.pointee.nonFatalMessages &+= 1
    case .errorFatal?: port.pointee.fatalMessages &+= 1
    default: break
    }
  }

  /// Tells the link of a secondary bus reset that software began or ended (Base Specification 7.5.1.3.13).
  func sendReset(at index: Int) {
    let port = portStates.pointer + index
    guard port.pointee.resetToSend != 0, rootPorts[index].linkCommands.canSend else { return }
    rootPorts[index].linkCommands.send(port.pointee.resetToSend == 1 ? .assertReset : .releaseReset)
    port.pointee.resetToSend = 0
  }
}
