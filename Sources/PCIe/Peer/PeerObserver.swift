import SimKernel

/// Hears of what a peer does. It sees what happens and cannot change it.
public protocol PeerObserver: AnyObject {
  /// The engine begins with a command.
  func commandBegins(_ command: PeerCommand, time: Picoseconds)
  /// The turn of a chunk has come: `bytes` to or from the bus address `address`.
  func chunkBegins(in slot: Int, address: UInt64, bytes: Int, isRead: Bool, time: Picoseconds)
  func chunkEnds(in slot: Int, time: Picoseconds)
  /// The result is on its way, and the interrupt that tells of it.
  func commandEnds(_ status: ReadStatus, time: Picoseconds)
  /// A reset: the command and its chunks are forgotten (Base Specification 6.6.2).
  func forgotten(time: Picoseconds)
}
