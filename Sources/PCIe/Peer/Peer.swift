import SimKernel

/// The engine of a peer, behind an endpoint of its own: it writes what it has to a bus address, or reads from one, chunk by
/// chunk, as a drive does in a peer-to-peer copy. Its interrupt is a memory write on the same path, so it cannot overtake
/// the data (Base Specification 2.4.1: posted never passes posted).
public final class Peer: Component {
  /// The doors of the engine.
  public struct Ports {
    public let commands: InPort<PeerCommand>
    public let results: OutPort<PeerResult>
    public let control: InPort<FunctionControl>
    public let readRequests: OutPort<ReadRequest>
    public let writeRequests: OutPort<WriteRequest>
    public let readData: InPort<ReadData>

    public init(
      commands: InPort<PeerCommand>, results: OutPort<PeerResult>, control: InPort<FunctionControl>,
      readRequests: OutPort<ReadRequest>, writeRequests: OutPort<WriteRequest>, readData: InPort<ReadData>
    ) {
      self.commands = commands
      self.results = results
      self.control = control
      self.readRequests = readRequests
      self.writeRequests = writeRequests
      self.readData = readData
    }
  }

  public let clock: Clock
  public let state: FlipFlops<PeerState>
  public let chunks: StateTable<PeerChunk>
  public let tags: StateTable<PeerTag>
  public let ports: [any PortEnd]
  /// One record per chunk, for reports.
  public internal(set) var records: [PeerRecord] = []
  /// Who hears of the commands and chunks.
  private(set) var observer: (any PeerObserver)?
  let spec: PeerSpec
  let door: Ports
  /// What the running command writes, or has read; a RAM, not flip-flops.
  var buffer: [UInt8] = []
  private var command: PeerCommand?
  private var failure = ReadStatus.successful

  /// - Parameter name: of its stream of random numbers
  public init(_ spec: PeerSpec, name: String, seed: UInt64, clock: Clock, ports: Ports) {
    self.spec = spec
    self.clock = clock
    state = FlipFlops(PeerState(random: RandomStream(seed: seed, name: name)))
    chunks = StateTable("chunk", count: spec.queueDepth, repeating: PeerChunk())
    tags = StateTable("tag", count: spec.tags, repeating: PeerTag())
    door = ports
    self.ports = [
      ports.commands, ports.results, ports.control, ports.readRequests, ports.writeRequests, ports.readData,
    ]
  }

  /// Lets `observer` hear of the commands and chunks from now on.
  public func observe(with observer: any PeerObserver) { self.observer = observer }

  public var tables: [any AnyStateTable] { [chunks, tags] }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    takeControl()
    while let data = door.readData.receive() { receive(data) }
    switch s.pointee.phase {
    case .idle:
      guard let next = door.commands.receive() else { return .onInput }
      begin(next, now)
      return .at(s.pointee.nextAt)
    case .starting:
      guard now >= s.pointee.nextAt else { return .at(s.pointee.nextAt) }
      s.pointee.phase = .moving
      return move(now)
    case .moving: return move(now)
    case .interrupting: return interrupt()
    }
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    return s.phase == .idle ? nil : "\(s.activeTags) request(s) of \(s.activeChunks) chunk(s)"
  }

  var chunkSize: Int { command?.chunk ?? 1 }
  var flushes: Bool { command?.flush == true }

  private func takeControl() {
    let s = state.pointer
    while let control = door.control.receive() {
      s.pointee.maxPayload = UInt16(control.maxPayload)
      s.pointee.maxReadRequest = UInt16(control.maxReadRequest)
      s.pointee.tagLimit = control.busMaster ? UInt16(min(control.tagLimit, tags.count)) : 0
      if control.reset { reset() }
    }
  }

  /// A reset of the function ends the running command without a result, and forgets those that wait.
  private func reset() {
    let s = state.pointer
    for slot in 0..<chunks.count { chunks.pointer[slot].active = false }
    for tag in 0..<tags.count { tags.pointer[tag].active = false }
    (s.pointee.activeChunks, s.pointee.activeTags) = (0, 0)
    s.pointee.phase = .idle
    command = nil
    observer?.forgotten(time: clock.time)
    while door.readData.receive() != nil {}
    while door.commands.receive() != nil {}
  }

  private func begin(_ next: PeerCommand, _ now: Cycle) {
    let s = state.pointer
    command = next
    observer?.commandBegins(next, time: clock.time)
    failure = .successful
    s.pointee.phase = .starting
    s.pointee.status = .good
    s.pointee.nextAt = now + spec.startCycles
    s.pointee.address = next.address
    s.pointee.length = UInt32(next.length)
    (s.pointee.issued, s.pointee.sent) = (0, 0)
    (s.pointee.issueSlot, s.pointee.sendSlot) = (0, 0)
    switch next.kind {
    case .write(let data):
      s.pointee.isRead = false
      buffer = data
    case .read(let length):
      s.pointee.isRead = true
      buffer = [UInt8](repeating: 0, count: length)
    }
  }

  func fail(_ status: ReadStatus) {
    if failure == .successful { failure = status }
    state.pointer.pointee.status = .failed
  }

  /// Reports the end to the host: the result, and an interrupt behind the data.
  private func interrupt() -> Wake {
    let s = state.pointer
    guard let command, door.writeRequests.canSend, door.results.canSend else { return .onInput }
    door.writeRequests.send(WriteRequest(.interrupt(vector: 0)))
    door.results.send(PeerResult(id: command.id, status: failure, data: s.pointee.isRead ? buffer : []))
    observer?.commandEnds(failure, time: clock.time)
    s.pointee.phase = .idle
    self.command = nil
    return .next
  }
}
