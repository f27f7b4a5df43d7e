import SimKernel

/// Hears of the commands of a device. It sees what happens and cannot change it. A command is known by its place in the
/// table of commands, which it has from its START to its end.
public protocol CommandObserver: AnyObject {
  /// CTRL = START has put a command behind those before it.
  func queued(_ command: LatchedCommand, in place: Int, time: Picoseconds)
  /// The device begins with it.
  func started(_ place: Int, time: Picoseconds)
  /// It is over; also one that never started.
  func ended(_ place: Int, error: DeviceError, time: Picoseconds)
  /// CTRL = START found no room for a command.
  func refused(_ command: LatchedCommand, time: Picoseconds)
  /// All commands are forgotten (Base Specification 6.6.2).
  func forgotten(time: Picoseconds)
}
