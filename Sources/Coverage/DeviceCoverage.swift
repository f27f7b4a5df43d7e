import Device
import SimKernel

/// Commands by how they end, and the transfers that they make.
final class DeviceCoverage: CommandObserver, DMAObserver {
  private let counter: CoverageCounter
  /// Opcodes of the commands under way, by place in the table of commands.
  private var commands: [Int: UInt8] = [:]

  init(_ counter: CoverageCounter) { self.counter = counter }

  func queued(_ command: LatchedCommand, in place: Int, time: Picoseconds) { commands[place] = command.opcode }
  func started(_ place: Int, time: Picoseconds) {}

  func ended(_ place: Int, error: DeviceError, time: Picoseconds) {
    if let opcode = commands.removeValue(forKey: place) { count(opcode, error) }
  }

  func refused(_ command: LatchedCommand, time: Picoseconds) { count(command.opcode, .busy) }
  func forgotten(time: Picoseconds) { commands = [:] }

  private func count(_ opcode: UInt8, _ error: DeviceError) {
    let name = DeviceOpcode(rawValue: opcode)?.mnemonic ?? "unknown"
    counter.hit("commands", "\(name) \(error.name)")
  }

  func transferBegins(on channel: Int, _ command: DMACommand, time: Picoseconds) {
    let source = command.kind == .windowToRAM ? "window" : "host", length = Int(command.length)
    func hit(_ name: String) { counter.hit("transfers", "\(source) \(name)") }
    hit("length \(CoverageBins.lengthName(length))")
    if length % 2 == 1 { hit("length odd") }
    guard length > 0 else { return }
    hit("target mod 4 = \(command.destination % 4)")
    hit("start mod 4 = \(command.source % 4)")
    hit("start mod 64 = \(command.source % 64)")
    hit(command.source % 4096 + UInt64(length) > 4096 ? "across 4 KiB" : "within 4 KiB")
  }

  func transferEnds(_ record: DMARecord) {}
  func readsOutstanding(_ count: Int, time: Picoseconds) {}
}
