import SimKernel

/// The PCI Express function: configuration space, address match, and the packing and parsing of TLPs.
public final class Endpoint: Component {
  /// The doors of an endpoint.
  public struct Ports {
    public let rx: InPort<TLP>
    public let tx: OutPort<TLP>
    public let targetWrites: OutPort<TargetRequest>
    public let targetReads: OutPort<TargetRequest>
    public let targetCompletions: InPort<TargetCompletion>
    public let readRequests: InPort<ReadRequest>
    public let readData: OutPort<ReadData>
    public let writeRequests: InPort<WriteRequest>
    public let controls: [OutPort<FunctionControl>]

    public init(
      rx: InPort<TLP>, tx: OutPort<TLP>, targetWrites: OutPort<TargetRequest>, targetReads: OutPort<TargetRequest>,
      targetCompletions: InPort<TargetCompletion>, readRequests: InPort<ReadRequest>, readData: OutPort<ReadData>,
      writeRequests: InPort<WriteRequest>, controls: [OutPort<FunctionControl>]
    ) {
      self.rx = rx
      self.tx = tx
      self.targetWrites = targetWrites
      self.targetReads = targetReads
      self.targetCompletions = targetCompletions
      self.readRequests = readRequests
      self.readData = readData
      self.writeRequests = writeRequests
      self.controls = controls
    }
  }

  public let clock: Clock
  public let state: FlipFlops<EndpointState>
  public let ports: [any PortEnd]
  let door: Ports
  let identity: ConfigSpace.Identity

  public init(_ spec: EndpointSpec, identity: ConfigSpace.Identity, clock: Clock, ports: Ports) {
    self.clock = clock
    self.identity = identity
    state = FlipFlops(EndpointState(config: ConfigSpace(identity: identity)))
    door = ports
    self.ports =
      [
        ports.rx, ports.tx, ports.targetWrites, ports.targetReads, ports.targetCompletions, ports.readRequests,
        ports.readData, ports.writeRequests,
      ] + ports.controls
  }

  /// Takes at most one TLP from the link and gives it at most two.
  public func tick(_ now: Cycle) -> Wake {
    receive()
    // One packet a cycle: what else waits needs another tick. A full link wakes by itself.
    return transmit() && hasPacket ? .next : .onInput
  }

  var functionID: DeviceID { DeviceID(rawValue: state.pointer.pointee.functionID) }

  /// Notes an error in device status and AER, and the message that software asked for.
  func record(_ error: UncorrectableError, _ header: RawHeader?, advisory: Bool = false) {
    let s = state.pointer
    s.pointee.refused &+= 1
    if let message = s.pointee.config.record(error, header: header, advisory: advisory) {
      s.pointee.errorMessage = message.rawValue
    }
  }
}
