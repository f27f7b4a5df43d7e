import SimKernel

/// A packet switch: an upstream port and up to eight downstream ports, each of them a bridge between its link and the bus
/// inside (PCI Express Base Specification 1.3.3).
///
/// Whatever comes in is taken in an order that the ordering table allows, sent where its address or ID says, and leaves
/// by a port whose latency is the delay of the switch. A TLP that cannot leave holds up its flow class at the port where
/// it came in, and nothing else (2.4.1).
public final class Switch: Component {
  /// One port of the switch, and what hardware fixes of its bridge.
  public struct Port {
    public let rx: TLPIn
    /// Its latency is `SwitchSpec.forwardCycles`.
    public let tx: TLPOut
    public let linkEvents: InPort<LinkEvent>
    /// For resets of the bus below; nil upstream.
    public let linkCommands: OutPort<LinkCommand>?
    public let identity: BridgeConfigSpace.Identity

    public init(
      rx: TLPIn, tx: TLPOut, linkEvents: InPort<LinkEvent>, linkCommands: OutPort<LinkCommand>?,
      identity: BridgeConfigSpace.Identity
    ) {
      self.rx = rx
      self.tx = tx
      self.linkEvents = linkEvents
      self.linkCommands = linkCommands
      self.identity = identity
    }

    var ends: [any PortEnd] {
      let ends = rx.ends + tx.ends + [linkEvents]
      return linkCommands.map { ends + [$0] } ?? ends
    }
  }

  /// More downstream ports than this a switch does not have.
  public static let maxDownstreamPorts = 8

  public let clock: Clock
  public let state = FlipFlops(SwitchState())
  /// The upstream port is number 0. Downstream port n is device n - 1 on the bus inside.
  public let portStates: StateTable<SwitchPortState>
  public let ports: [any PortEnd]
  let spec: SwitchSpec
  let doors: [Port]
  let scratch: Scratch

  public init(_ spec: SwitchSpec, clock: Clock, upstream: Port, downstream: [Port]) {
    precondition(1...Self.maxDownstreamPorts ~= downstream.count, "a switch with \(downstream.count) downstream ports")
    precondition(downstream.allSatisfy { $0.linkCommands != nil }, "a downstream port that cannot reset its link")
    self.spec = spec
    self.clock = clock
    doors = [upstream] + downstream
    ports = doors.flatMap(\.ends)
    portStates = StateTable(
      "port", count: doors.count, repeating: SwitchPortState(bridge: BridgeConfigSpace(identity: upstream.identity)))
    for (index, door) in doors.enumerated() {
      portStates.pointer[index].bridge = BridgeConfigSpace(identity: door.identity)
      portStates.pointer[index].bridge.linkIsActive = false
    }
    scratch = Scratch(ports: doors.count)
  }

  deinit { scratch.deallocate() }

  public var tables: [any AnyStateTable] { [portStates] }

  public func tick(_ now: Cycle) -> Wake {
    noteLinkEvents()
    sendErrorMessages()
    if state.pointer.pointee.inReset { discardAll() }
    let hasMore = arbitrate()
    sendResets()
    // Full ports wake by themselves; what one cycle could not do, or has only just noted, needs another.
    return hasMore || hasErrorMessage && doors[0].tx.canSend(.posted) ? .next : .onInput
  }

  func port(_ index: Int) -> UnsafeMutablePointer<SwitchPortState> { portStates.pointer + index }

  /// The bridge of a port, as requester and completer. Those downstream are devices on the bus inside.
  func id(_ index: Int) -> DeviceID {
    index == 0
      ? DeviceID(rawValue: state.pointer.pointee.upstreamID)
      : DeviceID(bus: port(0).pointee.bridge.secondaryBus, device: UInt8(index - 1), function: 0)
  }

  func send(_ tlp: TLP, to egress: Int) {
    doors[egress].tx.send(tlp)
    port(egress).pointee.transmitted &+= 1
  }
}
