import PCIe
import SimKernel
import Transactions

/// What links carry: a span for each TLP while its bytes are on the wire, the credits and retry buffers that this takes,
/// and the state of each link.
final class LinkTransactions: LinkObserver {
  private let feed: TransactionFeed
  private let links: [LinkLanes]
  /// By link and direction.
  private var senders: [Sender]

  /// One link.
  private struct LinkLanes {
    let link: Link
    let name: String
    let state: Int
  }

  /// One direction of a link.
  private struct Sender {
    let lane: Int
    let counters: [Int]
    /// What `counters` were told last.
    var values: [UInt64]
    /// When the last TLP begins and has left, and when the one before it has left.
    var lastStart: Picoseconds = 0
    var freeAt: Picoseconds = 0
    var freeBefore: Picoseconds = 0
  }

  init(_ feed: TransactionFeed, _ map: inout TransactionMap, _ links: [(name: String, link: Link)]) {
    self.feed = feed
    var lanes: [LinkLanes] = [], senders: [Sender] = []
    for (name, link) in links {
      for direction in [LinkDirection.down, .up] {
        let lane = map.add(TransactionLane(name, "\(direction)", .packets))
        let counters = Self.counterNames.map { map.add(TransactionCounter(name, "\(direction) \($0)")) }
        senders.append(Sender(lane: lane, counters: counters, values: counters.map { _ in 0 }))
      }
      lanes.append(LinkLanes(link: link, name: name, state: map.add(TransactionLane(name, "state", .states))))
    }
    (self.links, self.senders) = (lanes, senders)
  }

  /// In the order of `levels`. Credits are those in use: sent, and not freed by the receiver.
  private static let counterNames =
    ["unacknowledged TLPs"]
    + ["posted", "non-posted", "completion"].flatMap { ["\($0) header credits", "\($0) data credits"] }

  /// Every link begins with a state.
  func begin() {
    for entry in links { feed.begin(entry.state, at: 0, "\(entry.link.state.pointer.pointee.phase)") }
  }

  override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    let index = sender(transmission.link, transmission.direction)
    // Starts are rounded down and ends up, so that TLPs back to back would share a picosecond. One that a link which went
    // down did not finish lasts as long as it would have.
    let start = max(transmission.start, senders[index].freeAt), end = max(transmission.end, start)
    senders[index].freeBefore = senders[index].freeAt
    (senders[index].lastStart, senders[index].freeAt) = (start, end)
    let record = TLPLogRecord(transmission, link: links[transmission.link].name)
    feed.span(
      senders[index].lane, from: start, to: end, record.laneName,
      [
        .init("tlp", .text(record.packetText)), .init("sequence", record.sequence),
        .init("payload_bytes", record.payload?.bytes ?? 0), .init("wire_bytes", record.wireBytes),
      ], now: now)
    senderInformed(link: transmission.link, transmission.direction, now: now)
  }

  override func senderInformed(link: Int, _ direction: LinkDirection, now: Picoseconds) {
    let index = sender(link, direction), source = links[link].link
    var counter = 0
    tell(index, &counter, UInt64(source.unacknowledged(direction)), now)
    for flowClass in FlowClass.allCases {
      let credits = source.creditsInUse(direction, flowClass)
      tell(index, &counter, UInt64(credits.headers), now)
      tell(index, &counter, UInt64(credits.data), now)
    }
  }

  override func entered(_ phase: LinkPhase, link: Int, now: Picoseconds) {
    feed.end(links[link].state, at: now)
    feed.begin(links[link].state, at: now, "\(phase)")
    for direction in [LinkDirection.down, .up] {
      if phase == .down { withdraw(sender(link, direction), now) }
      senderInformed(link: link, direction, now: now)
    }
  }

  /// A TLP that was held back when the link went down does not go.
  private func withdraw(_ index: Int, _ now: Picoseconds) {
    guard senders[index].lastStart > now else { return }
    senders[index].freeAt = max(now, senders[index].freeBefore)
    senders[index].lastStart = senders[index].freeAt
    feed.withdraw(senders[index].lane, at: senders[index].freeAt, now: now)
  }

  private func sender(_ link: Int, _ direction: LinkDirection) -> Int { 2 * link + Int(direction.rawValue) }

  /// Tells the value of the next counter, if it has changed.
  private func tell(_ sender: Int, _ counter: inout Int, _ value: UInt64, _ now: Picoseconds) {
    if senders[sender].values[counter] != value {
      senders[sender].values[counter] = value
      feed.count(senders[sender].counters[counter], at: now, value)
    }
    counter += 1
  }
}

extension TLPLogRecord {
  /// A few letters for a span, whatever is special about it included.
  fileprivate var laneName: String {
    let type =
      switch packet {
      case .wellFormed(let header, _): "\(header.type.mnemonic)"
      case .malformed: "Malformed"
      }
    return type + (isReplay ? " replay" : "") + (fate == .delivered ? "" : " \(fate)")
  }
}
