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

/// Passes on what a command unit tells, so that it has one listener.
public final class CommandObserverGroup: CommandObserver {
  private let members: [any CommandObserver]

  public init(_ members: [any CommandObserver]) { self.members = members }

  public func queued(_ command: LatchedCommand, in place: Int, time: Picoseconds) {
    for member in members { member.queued(command, in: place, time: time) }
  }

  public func started(_ place: Int, time: Picoseconds) {
    for member in members { member.started(place, time: time) }
  }

  public func ended(_ place: Int, error: DeviceError, time: Picoseconds) {
    for member in members { member.ended(place, error: error, time: time) }
  }

  public func refused(_ command: LatchedCommand, time: Picoseconds) {
    for member in members { member.refused(command, time: time) }
  }

  public func forgotten(time: Picoseconds) {
    for member in members { member.forgotten(time: time) }
  }
}
