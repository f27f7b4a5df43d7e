import Device
import SimKernel
import Transactions

/// The transfers of a DMA engine: from the command at the engine to the last byte in RAM.
final class DMATransactions: DMAObserver {
  private let feed: TransactionFeed
  /// By channel.
  private let lanes: [Int]
  private let reads: Int

  init(_ feed: TransactionFeed, _ map: inout TransactionMap, _ component: String, channels: Int) {
    self.feed = feed
    var lanes: [Int] = []
    for channel in 0..<channels { lanes.append(map.add(TransactionLane(component, "dma \(channel)", .transfers))) }
    self.lanes = lanes
    reads = map.add(TransactionCounter(component, "dma reads outstanding"))
  }

  func transferBegins(on channel: Int, _ command: DMACommand, time: Picoseconds) {
    feed.begin(
      lanes[channel], at: time, command.kind == .windowToRAM ? "window to RAM" : "host to RAM",
      [
        .init("bytes", command.length), .init("from", .hex(command.source)),
        .init("to", .hex(UInt64(command.destination))),
      ])
  }

  func transferEnds(_ record: DMARecord) {
    var details: [TransactionDetail] = []
    if record.firstData > 0 { details.append(.init("first_data_after_ps", record.firstData - record.start)) }
    if record.error != .none { details.append(.init("error", .text(record.error.name))) }
    feed.end(lanes[record.channel], at: record.end, details)
  }

  func readsOutstanding(_ count: Int, time: Picoseconds) { feed.count(reads, at: time, UInt64(count)) }
}
