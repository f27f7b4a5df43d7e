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
