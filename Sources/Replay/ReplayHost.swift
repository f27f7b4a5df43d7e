import PCIe
import SimKernel

/// Every flip-flop of a replay's host.
public struct ReplayHostState: TracedState {
  /// Entries of the schedule that were sent.
  public var position: UInt32 = 0
  /// The edge after the last one at which a packet was sent.
  public var freeAt: UInt64 = 0
  /// Edges by which everything is later than in the schedule.
  public var delay: UInt64 = 0
  /// Since when the next entry waits for the device; meaningful while `isHeld`.
  public var heldSince: UInt64 = 0
  public var isHeld = false
  /// The device did not send what it was to send, so nothing waits for it any more.
  public var hasGivenUp = false
  /// Packets taken from the device.
  public var posted: UInt32 = 0
  public var nonPosted: UInt32 = 0
  public var completions: UInt32 = 0

  public static var signals: [SignalDeclaration<ReplayHostState>] {
    [
      .counter("position", \.position), .counter("freeAt", \.freeAt), .counter("delay", \.delay),
      .counter("heldSince", \.heldSince), .flag("isHeld", \.isHeld), .flag("hasGivenUp", \.hasGivenUp),
      .counter("posted", \.posted), .counter("nonPosted", \.nonPosted), .counter("completions", \.completions),
    ]
  }

  var taken: SIMD3<UInt32> { SIMD3(posted, nonPosted, completions) }
}

/// The other side of a device's ports to its link: sends what a schedule says, and takes what the device sends.
public final class ReplayHost: Component {
  public struct Ports {
    /// To the endpoint's receive buffer, with a latency of one edge.
    public let tx: TLPOut
    public let rx: TLPIn
    public let events: OutPort<LinkEvent>
    public let faults: OutPort<FunctionFault>
  }

  public let clock: Clock
  public let state = FlipFlops(ReplayHostState())
  public let ports: [any PortEnd]
  private let door: Ports
  private let schedule: ReplaySchedule
  private var stalls: StallWindows
  /// The tags that the device gave to the requests of the schedule, as far as they came.
  private var tags: [UInt16?]
  /// Requests of the schedule that have not come, by what they ask; those that come first stand last.
  private var awaited: [TLP: [Int]]

  /// After so many edges nobody waits any longer for what the device was to send.
  private static let patience: Cycle = 1 << 16

  /// - Parameter stallSeed: nil for a host that takes everything at once
  public init(_ schedule: ReplaySchedule, stallSeed: UInt64?, clock: Clock, ports: Ports) {
    self.schedule = schedule
    self.clock = clock
    door = ports
    self.ports = ports.tx.ends + ports.rx.ends + [ports.events, ports.faults]
    stalls = StallWindows(seed: stallSeed)
    tags = Array(repeating: nil, count: schedule.requests.count)
    awaited = [:]
    for index in schedule.requests.indices.reversed() { awaited[schedule.requests[index], default: []].append(index) }
  }

  /// Whether the whole schedule was sent.
  public var isDone: Bool { state.pointer.pointee.position == schedule.entries.count }

  public func tick(_ now: Cycle) -> Wake {
    var wake = take(now)
    while let entry = nextEntry {
      let due = due(entry)
      guard due <= now else {
        wake = min(wake, due)
        break
      }
      guard send(entry, now) else { break }
    }
    let s = state.pointer
    if s.pointee.isHeld { wake = min(wake, s.pointee.heldSince + Self.patience) }
    return wake == .max ? .onInput : .at(max(now + 1, wake))
  }

  // MARK: taking

  /// Takes one packet of each class that is not stalled; returns when a stall is over that keeps one waiting.
  private func take(_ now: Cycle) -> Cycle {
    let s = state.pointer
    var wake = Cycle.max
    for flowClass in FlowClass.allCases where door.rx.port(flowClass).hasMessage {
      if let end = stalls.end(of: flowClass, at: now) {
        wake = min(wake, end)
        continue
      }
      guard let queued = door.rx.take(flowClass) else { continue }
      switch flowClass {
      case .posted: s.pointee.posted &+= 1
      case .nonPosted:
        s.pointee.nonPosted &+= 1
        noteRequest(queued.tlp)
      case .completion: s.pointee.completions &+= 1
      }
    }
    return wake
  }

  private func noteRequest(_ tlp: TLP) {
    guard let tag = tlp.askedTag, let index = awaited[tlp.withTag(0)]?.popLast() else { return }
    tags[index] = UInt16(tag & 0x3ff)
  }

  // MARK: sending

  private var nextEntry: ReplaySchedule.Entry? {
    let position = Int(state.pointer.pointee.position)
    return position < schedule.entries.count ? schedule.entries[position] : nil
  }

  /// The edge at which `entry` is to be sent.
  private func due(_ entry: ReplaySchedule.Entry) -> Cycle {
    let edge = entry.edge - 1 + state.pointer.pointee.delay
    if case .packet = entry.what { return max(edge, state.pointer.pointee.freeAt) }
    return edge
  }

  /// False when it has to wait.
  private func send(_ entry: ReplaySchedule.Entry, _ now: Cycle) -> Bool {
    let s = state.pointer
    guard mayGo(entry, now) else { return false }
    switch entry.what {
    case .event(let event):
      guard door.events.canSend else { return false }
      door.events.send(event)
    case .packet(let tlp):
      guard door.tx.canSend(tlp.header.flowClass) else { return false }
      let tag = entry.request.flatMap { tags[$0] }
      door.tx.send(tag.map(tlp.withTag) ?? tlp)
      s.pointee.freeAt = now + 1
    }
    if s.pointee.isHeld {
      s.pointee.isHeld = false
      s.pointee.delay += now - s.pointee.heldSince
    }
    s.pointee.position += 1
    return true
  }

  /// Whether the host has what it had before in the recording.
  private func mayGo(_ entry: ReplaySchedule.Entry, _ now: Cycle) -> Bool {
    let s = state.pointer
    if s.pointee.hasGivenUp { return true }
    let isAsked = entry.request.map { tags[$0] != nil } ?? true
    if isAsked && all(s.pointee.taken .>= entry.after) { return true }
    if !s.pointee.isHeld {
      s.pointee.isHeld = true
      s.pointee.heldSince = now
    }
    guard now >= s.pointee.heldSince + Self.patience else { return false }
    s.pointee.hasGivenUp = true
    return true
  }
}
