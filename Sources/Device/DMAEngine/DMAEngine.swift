import PCIe
import SimKernel

/// Moves data into device RAM: from host memory by read requests with several tags outstanding, or from the p2pdma
/// window. Several transfers can be under way, each on a channel of its own; their results come in the order of the
/// commands.
///
/// The endpoint matches completions to requests and watches their time; the engine keeps for each tag where its data goes.
public final class DMAEngine: Component {
  /// The doors of the engine.
  public struct Ports {
    public let control: InPort<FunctionControl>
    public let commands: InPort<DMACommand>
    public let results: OutPort<DMAResult>
    public let readRequests: OutPort<ReadRequest>
    public let readData: InPort<ReadData>
    public let ramWrites: OutPort<MemoryRequest>
    public let windowReads: OutPort<MemoryRequest>
    public let windowData: InPort<MemoryResponse>

    public init(
      control: InPort<FunctionControl>, commands: InPort<DMACommand>, results: OutPort<DMAResult>,
      readRequests: OutPort<ReadRequest>, readData: InPort<ReadData>, ramWrites: OutPort<MemoryRequest>,
      windowReads: OutPort<MemoryRequest>, windowData: InPort<MemoryResponse>
    ) {
      self.control = control
      self.commands = commands
      self.results = results
      self.readRequests = readRequests
      self.readData = readData
      self.ramWrites = ramWrites
      self.windowReads = windowReads
      self.windowData = windowData
    }
  }

  public let clock: Clock
  public let state = FlipFlops(DMAEngineState())
  public let channels: StateTable<DMAChannel>
  public let tags: StateTable<DMATag>
  public let ports: [any PortEnd]
  /// One record per transfer, for reports.
  public internal(set) var records: [DMARecord] = []
  /// Who hears of the transfers.
  private(set) var observer: (any DMAObserver)?
  let spec: DMASpec
  let dataPath: Int
  let door: Ports

  /// - Parameter dataPath: bytes that one write to device RAM moves
  public init(_ spec: DMASpec, dataPath: Int, clock: Clock, ports: Ports) {
    self.spec = spec
    self.dataPath = dataPath
    self.clock = clock
    channels = StateTable("channel", count: spec.channels, repeating: DMAChannel())
    tags = StateTable("tag", count: spec.tags, repeating: DMATag())
    door = ports
    self.ports = [
      ports.control, ports.commands, ports.results, ports.readRequests, ports.readData, ports.ramWrites,
      ports.windowReads, ports.windowData,
    ]
  }

  public var tables: [any AnyStateTable] { [channels, tags] }

  /// Lets `observer` hear of the transfers from now on.
  public func observe(with observer: any DMAObserver) { self.observer = observer }

  /// At most one write to RAM, one read request and one read of the window.
  public func tick(_ now: Cycle) -> Wake {
    takeControl()
    var busy = acceptCommand(now)
    if writeRAM() { busy = true }
    beginTransfers(now)
    if requestRead(now) { busy = true }
    if requestWindow() { busy = true }
    if finishTransfers() { busy = true }
    return busy ? .next : nextWake(now)
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    guard s.transfers > 0 else { return nil }
    let outstanding = (0..<channels.count).reduce(0) { $0 + Int(channels.pointer[$1].outstanding) }
    return "\(outstanding) bytes on \(s.activeTags) tag(s)"
  }

  /// The channel of the transfer that is number `age` from the oldest on.
  func channel(_ age: Int) -> UnsafeMutablePointer<DMAChannel> {
    channels.pointer + (Int(state.pointer.pointee.oldest) + age) % channels.count
  }

  /// When something happens without a message: a transfer starts, or its next read request is due.
  private func nextWake(_ now: Cycle) -> Wake {
    let s = state.pointer
    var next = Cycle.max
    for age in 0..<Int(s.pointee.transfers) where channel(age).pointee.phase == .starting {
      next = min(next, channel(age).pointee.startsAt)
    }
    // A request that is due and was not sent waits for room, which wakes.
    if now < s.pointee.nextRequestAt, hasFreeTag, nextReader() != nil { next = min(next, s.pointee.nextRequestAt) }
    return next == .max ? .onInput : .at(next)
  }
}
