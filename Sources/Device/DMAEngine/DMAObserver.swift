import SimKernel

/// Hears of the transfers of a DMA engine. It sees what happens and cannot change it.
public protocol DMAObserver: AnyObject {
  /// A channel begins with a command.
  func transferBegins(on channel: Int, _ command: DMACommand, time: Picoseconds)
  /// The oldest transfer is over; its record says on which channel, and when.
  func transferEnds(_ record: DMARecord)
  /// So many read requests wait for data now.
  func readsOutstanding(_ count: Int, time: Picoseconds)
}

/// Passes on what a DMA engine tells, so that it has one listener.
public final class DMAObserverGroup: DMAObserver {
  private let members: [any DMAObserver]

  public init(_ members: [any DMAObserver]) { self.members = members }

  public func transferBegins(on channel: Int, _ command: DMACommand, time: Picoseconds) {
    for member in members { member.transferBegins(on: channel, command, time: time) }
  }

  public func transferEnds(_ record: DMARecord) {
    for member in members { member.transferEnds(record) }
  }

  public func readsOutstanding(_ count: Int, time: Picoseconds) {
    for member in members { member.readsOutstanding(count, time: time) }
  }
}
