import PCIe
import SimKernel
import Transactions

/// The commands of a peer, one after the other, and their chunks, of which several are worked on at a time.
final class PeerTransactions: PeerObserver {
  private let feed: TransactionFeed
  private let commands: Int
  /// By slot.
  private let chunks: [Int]
  private let active: Int
  private var isBusy = false
  private var isMoving: [Bool]

  init(_ feed: TransactionFeed, _ map: inout TransactionMap, _ component: String, slots: Int) {
    self.feed = feed
    commands = map.add(TransactionLane(component, "commands", .commands))
    var chunks: [Int] = []
    for slot in 0..<slots { chunks.append(map.add(TransactionLane(component, "chunk \(slot)", .chunks))) }
    self.chunks = chunks
    active = map.add(TransactionCounter(component, "chunks"))
    isMoving = Array(repeating: false, count: slots)
  }

  func commandBegins(_ command: PeerCommand, time: Picoseconds) {
    isBusy = true
    let name = if case .read = command.kind { "read" } else { "write" }
    feed.begin(commands, at: time, name, [.init("bytes", command.length), .init("address", .hex(command.address))])
  }

  func commandEnds(_ status: ReadStatus, time: Picoseconds) {
    isBusy = false
    feed.end(commands, at: time, status == .successful ? [] : [.init("error", .text("\(status)"))])
  }

  func chunkBegins(in slot: Int, address: UInt64, bytes: Int, isRead: Bool, time: Picoseconds) {
    isMoving[slot] = true
    feed.begin(
      chunks[slot], at: time, isRead ? "read" : "write", [.init("bytes", bytes), .init("address", .hex(address))])
    countChunks(time)
  }

  func chunkEnds(in slot: Int, time: Picoseconds) {
    isMoving[slot] = false
    feed.end(chunks[slot], at: time)
    countChunks(time)
  }

  func forgotten(time: Picoseconds) {
    feed.moment(commands, at: time, "reset")
    let aborted = [TransactionDetail("error", .text("aborted"))]
    if isBusy { feed.end(commands, at: time, aborted) }
    isBusy = false
    for slot in isMoving.indices where isMoving[slot] {
      isMoving[slot] = false
      feed.end(chunks[slot], at: time, aborted)
    }
    countChunks(time)
  }

  private func countChunks(_ time: Picoseconds) { feed.count(active, at: time, UInt64(isMoving.count { $0 })) }
}
