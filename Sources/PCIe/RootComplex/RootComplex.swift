import SimKernel

/// The host side of the hierarchy: CPU accesses become TLPs, memory answers reads after its latency, and requests between
/// the root ports are routed by address.
public final class RootComplex: Component {
  /// One root port: the link towards a device, and the bus number behind it.
  public struct RootPort {
    public let bus: UInt8
    public let rx: InPort<TLP>
    public let tx: OutPort<TLP>
    /// Bus addresses that belong to the device behind this port.
    public let window: Range<UInt64>

    public init(bus: UInt8, rx: InPort<TLP>, tx: OutPort<TLP>, window: Range<UInt64>) {
      self.bus = bus
      self.rx = rx
      self.tx = tx
      self.window = window
    }
  }

  public let clock: Clock
  public let state: FlipFlops<RootComplexState>
  public let ports: [any PortEnd]
  /// Host memory; address 0 of the array is `HostSpec.memoryBase`.
  public let memory: MemoryArray
  let spec: HostSpec
  let maxPayload: Int
  let rootPorts: [RootPort]
  let cpuRequests: InPort<HostRequest>
  let cpuResponses: OutPort<HostResponse>
  let interrupts: OutPort<Interrupt>

  /// Requester and completer ID of the host.
  static let id = DeviceID(bus: 0, device: 0, function: 0)
  /// Writes here are interrupts, as on x86.
  public static let interruptRange: Range<UInt64> = 0xfee0_0000..<0xfef0_0000

  /// - Parameters:
  ///   - maxPayload: MPS of the hierarchy in bytes
  ///   - rootPorts: the first one leads to the device that the CPU talks to
  public init(
    _ spec: HostSpec, seed: UInt64, maxPayload: Int, clock: Clock, rootPorts: [RootPort],
    cpuRequests: InPort<HostRequest>, cpuResponses: OutPort<HostResponse>, interrupts: OutPort<Interrupt>
  ) {
    self.spec = spec
    self.clock = clock
    self.maxPayload = maxPayload
    self.rootPorts = rootPorts
    self.cpuRequests = cpuRequests
    self.cpuResponses = cpuResponses
    self.interrupts = interrupts
    memory = MemoryArray(bytes: Int(spec.memorySize))
    state = FlipFlops(
      RootComplexState(random: RandomStream(seed: seed, name: "host.memory"), memory: HostMemoryModel(spec)))
    ports = rootPorts.flatMap { [$0.rx, $0.tx] as [any PortEnd] } + [cpuRequests, cpuResponses, interrupts]
  }

  deinit { state.pointer.pointee.memory.deallocate() }

  public func tick(_ now: Cycle) -> Wake {
    // Ports wake their receiver for the next message, and their sender for room: only memory needs more ticks.
    for index in rootPorts.indices { receive(from: index) }
    acceptCPU()
    return complete()
  }

  public var pendingWork: String? {
    state.pointer.pointee.cpuWaiting ? "a completion with tag \(state.pointer.pointee.cpuTag)" : nil
  }
}
