import PCIe
import SimKernel

/// Moves data into device RAM: from host memory by read requests with several tags outstanding, or from the p2pdma
/// window.
public final class DMAEngine: Component {
  /// The doors of the engine.
  public struct Ports {
    public let commands: InPort<DMACommand>
    public let results: OutPort<DMAResult>
    public let readRequests: OutPort<ReadRequest>
    public let readData: InPort<ReadData>
    public let ramWrites: OutPort<MemoryRequest>
    public let windowReads: OutPort<MemoryRequest>
    public let windowData: InPort<MemoryResponse>

    public init(
      commands: InPort<DMACommand>, results: OutPort<DMAResult>, readRequests: OutPort<ReadRequest>,
      readData: InPort<ReadData>, ramWrites: OutPort<MemoryRequest>, windowReads: OutPort<MemoryRequest>,
      windowData: InPort<MemoryResponse>
    ) {
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
  public let ports: [any PortEnd]
  /// One record per transfer, for reports.
  public private(set) var records: [DMARecord] = []
  let spec: DMASpec
  let dataPath: Int
  let maxReadRequest: Int
  let door: Ports

  /// - Parameters:
  ///   - dataPath: bytes that one write to device RAM moves
  ///   - maxReadRequest: MRRS in bytes
  public init(_ spec: DMASpec, dataPath: Int, maxReadRequest: Int, clock: Clock, ports: Ports) {
    self.spec = spec
    self.dataPath = dataPath
    self.maxReadRequest = maxReadRequest
    self.clock = clock
    door = ports
    self.ports = [
      ports.commands, ports.results, ports.readRequests, ports.readData, ports.ramWrites, ports.windowReads,
      ports.windowData,
    ]
  }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    var busy = acceptCommand(now)
    if drainCompletion() { busy = true }
    switch s.pointee.phase {
    case .idle: break
    case .starting:
      guard now >= s.pointee.nextAt else { return busy ? .next : .at(s.pointee.nextAt) }
      s.pointee.phase = s.pointee.fromHost ? .reading : .moving
      return s.pointee.fromHost ? read(now, busy: true) : move(busy: true)
    case .reading: return read(now, busy: busy)
    case .moving: return move(busy: busy)
    case .finishing: return finish()
    }
    return busy ? .next : .onInput
  }

  public var pendingWork: String? {
    let s = state.pointer.pointee
    return s.phase == .idle ? nil : "\(s.outstanding) bytes on \(s.activeTags) tag(s)"
  }

  private func acceptCommand(_ now: Cycle) -> Bool {
    let s = state.pointer
    guard door.commands.hasMessage else { return false }
    let command = door.commands.head.pointee
    if command.kind == .abort {
      if s.pointee.phase != .idle && s.pointee.phase != .finishing { fail(.aborted) }
    } else {
      guard s.pointee.phase == .idle else { return false }
      begin(command, now)
    }
    _ = door.commands.receive()
    return true
  }

  private func begin(_ command: DMACommand, _ now: Cycle) {
    let s = state.pointer
    s.pointee.phase = .starting
    s.pointee.fromHost = command.kind == .hostToRAM
    s.pointee.error = .none
    s.pointee.nextAt = now + spec.startCycles
    s.pointee.source = command.source
    s.pointee.destination = command.destination
    s.pointee.moveDestination = command.destination
    s.pointee.unrequested = command.length
    s.pointee.length = command.length
    s.pointee.startedAt = clock.time
    s.pointee.firstDataAt = 0
  }

  /// Keeps the time and size of the first data of a transfer.
  func noteFirstData(_ bytes: Int) {
    let s = state.pointer
    guard s.pointee.firstDataAt == 0 else { return }
    s.pointee.firstDataAt = clock.time
    s.pointee.firstBytes = UInt16(bytes)
  }

  /// Stops asking for more; what is outstanding is waited for. The first reason counts.
  func fail(_ error: DeviceError) {
    let s = state.pointer
    if s.pointee.error == .none { s.pointee.error = error }
    s.pointee.unrequested = 0
  }

  /// Reports the end once RAM holds every byte: other users of RAM are served in turn, and could be ahead of the last.
  func finish() -> Wake {
    let s = state.pointer
    s.pointee.phase = .finishing
    guard door.ramWrites.isDrained else { return .next }
    guard door.results.canSend else { return .onInput }
    door.results.send(DMAResult(error: s.pointee.error))
    records.append(
      DMARecord(
        start: s.pointee.startedAt, firstData: s.pointee.firstDataAt, end: clock.time, bytes: Int(s.pointee.length),
        firstBytes: Int(s.pointee.firstBytes),
        error: s.pointee.error))
    s.pointee.phase = .idle
    return .next
  }
}
