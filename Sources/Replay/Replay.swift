import Device
import PCIe
import SimKernel

/// Runs a device alone against a schedule, as a test bench does.
public struct Replay {
  public var specs: DeviceSpecs
  public var identity: ConfigSpace.Identity
  public var pciePeriod: Picoseconds
  public var corePeriod: Picoseconds
  /// Draws the windows in which the host does not take what the device sends; nil for none.
  public var stallSeed: UInt64?

  public init(
    specs: DeviceSpecs, identity: ConfigSpace.Identity, pciePeriod: Picoseconds, corePeriod: Picoseconds,
    stallSeed: UInt64?
  ) {
    self.specs = specs
    self.identity = identity
    self.pciePeriod = pciePeriod
    self.corePeriod = corePeriod
    self.stallSeed = stallSeed
  }

  /// Edges without any packet and write before a replay ends.
  private static let quiet: Cycle = 1_024

  /// Edges that a replay may take behind its schedule at most.
  private static let most: Cycle = 1 << 28

  /// Runs until everything is sent and the device has been quiet for a while.
  /// - Parameter atLeast: the last edge is not before this one
  /// - Throws: `Stuck`
  public func run(_ schedule: ReplaySchedule, atLeast: Cycle) throws -> ReplayRecord {
    let simulation = Simulation()
    let (device, host) = build(schedule, in: simulation)
    let recorder = ReplayRecorder(device)
    simulation.observer = recorder
    var limit = max(atLeast, schedule.lastEdge) + Self.quiet
    let last = limit + Self.most
    while simulation.run(until: limit * pciePeriod) != .quiescent || !host.isDone {
      if host.isDone, device.isIdle, recorder.lastActivity + Self.quiet <= limit { break }
      guard limit < last else { throw Stuck(waits: simulation.pendingWork()) }
      limit += Self.quiet
    }
    var record = recorder.record
    record.end = max(limit, recorder.lastActivity + Self.quiet)
    record.moved = schedule.moved
    record.delay = host.state.pointer.pointee.delay
    record.isIncomplete = host.state.pointer.pointee.hasGivenUp
    if stallSeed != nil { record.noteStalls(StallWindows(seed: stallSeed)) }
    record.noteMemory(device.ramArray, base: 0)
    record.noteMemory(device.windowArray, base: DeviceMap.p2p)
    return record
  }

  /// A replay that does not end.
  public struct Stuck: Error, CustomStringConvertible {
    let waits: [String]
    public var description: String { "the replay does not end: " + waits.joined(separator: "; ") }
  }

  private func build(_ schedule: ReplaySchedule, in simulation: Simulation) -> (DeviceAssembly, ReplayHost) {
    let pcie = simulation.addClock("pcie", period: pciePeriod), core = simulation.addClock("core", period: corePeriod)
    let transmit = specs.endpoint.transmitCycles
    let rx = TLPPort("host.rx", in: simulation, clock: pcie, capacity: .init(each: TLPPort.Capacity.most))
    let tx = TLPPort(
      "host.tx", in: simulation, clock: pcie, capacity: .init(each: 4 + Int(transmit)), latency: transmit)
    let events: Port<LinkEvent> = simulation.port("host.events", from: pcie, to: pcie, capacity: 64)
    let faults: Port<FunctionFault> = simulation.port("host.faults", from: pcie, to: pcie)
    let host = ReplayHost(
      schedule, stallSeed: stallSeed, clock: pcie,
      ports: .init(tx: rx.output, rx: tx.input, events: events.output, faults: faults.output))
    simulation.add(host, as: "host")
    let device = DeviceAssembly(
      specs, identity: identity, in: simulation, path: "device", pcie: pcie, coreClock: core,
      link: .init(rx: rx.input, tx: tx.output, events: events.input, faults: faults.input))
    return (device, host)
  }
}

extension DeviceAssembly {
  /// Whether no read waits for its data: one that gets none ends with its timeout.
  fileprivate var isIdle: Bool { endpoint.state.pointer.pointee.activeReads == 0 }
}

extension ReplayRecord {
  /// Puts the windows of the host where they belong in the order of edges: ahead of everything at their edge.
  mutating func noteStalls(_ windows: StallWindows) {
    var windows = windows, before = [false, false, false], merged: [(edge: Cycle, what: Stimulus)] = [], next = 0
    var edge: Cycle = 0
    while edge <= end {
      let now = windows.stalled(at: edge)
      if now != before {
        while next < stimuli.count, stimuli[next].edge < edge {
          merged.append(stimuli[next])
          next += 1
        }
        merged.append((edge, .stall(posted: now[0], nonPosted: now[1], completion: now[2])))
        before = now
      }
      edge = windows.nextChange
    }
    stimuli = merged + stimuli[next...]
  }

  mutating func noteMemory(_ array: MemoryArray, base: Int) {
    for offset in stride(from: 0, to: array.count, by: 8) {
      let value = array.load(UInt64.self, at: offset)
      if value != 0 { memory.append((UInt32(base + offset), value)) }
    }
  }
}
