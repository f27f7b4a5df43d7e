import Device
import SimKernel
import Transactions

/// The commands of a device, from START to their end. Several can be under way, each on a lane of its own: the first one
/// that is free.
final class CommandTransactions: CommandObserver {
  private let feed: TransactionFeed
  private let lanes: [Int]
  private let resets: Int
  private let waitingCounter: Int
  private let activeCounter: Int
  /// By place in the table of commands.
  private var commands: [Command?]
  /// By lane.
  private var isTaken: [Bool]
  private var waiting: UInt64 = 0
  private var active: UInt64 = 0

  private struct Command {
    let lane: Int
    let queued: Picoseconds
    var started: Picoseconds?
  }

  init(_ feed: TransactionFeed, _ map: inout TransactionMap, _ component: String, places: Int) {
    self.feed = feed
    var lanes: [Int] = []
    for place in 0..<places { lanes.append(map.add(TransactionLane(component, "command \(place)", .commands))) }
    self.lanes = lanes
    resets = map.add(TransactionLane(component, "resets", .moments))
    waitingCounter = map.add(TransactionCounter(component, "commands waiting"))
    activeCounter = map.add(TransactionCounter(component, "commands started"))
    commands = Array(repeating: nil, count: places)
    isTaken = Array(repeating: false, count: places)
  }

  func queued(_ command: LatchedCommand, in place: Int, time: Picoseconds) {
    let lane = isTaken.firstIndex(of: false)!
    isTaken[lane] = true
    commands[place] = Command(lane: lane, queued: time)
    feed.begin(lanes[lane], at: time, command.name, command.details)
    waiting += 1
    feed.count(waitingCounter, at: time, waiting)
  }

  func started(_ place: Int, time: Picoseconds) {
    commands[place]!.started = time
    waiting -= 1
    active += 1
    feed.count(waitingCounter, at: time, waiting)
    feed.count(activeCounter, at: time, active)
  }

  func ended(_ place: Int, error: DeviceError, time: Picoseconds) {
    let command = commands[place]!
    commands[place] = nil
    isTaken[command.lane] = false
    var details = [TransactionDetail("waited_ps", (command.started ?? time) - command.queued)]
    if error != .none {
      details.append(.init("error", .text(error.name)))
      feed.moment(lanes[command.lane], at: time, "error \(error.name)")
    }
    feed.end(lanes[command.lane], at: time, details)
    if command.started == nil {
      waiting -= 1
      feed.count(waitingCounter, at: time, waiting)
    } else {
      active -= 1
      feed.count(activeCounter, at: time, active)
    }
  }

  func refused(_ command: LatchedCommand, time: Picoseconds) {
    feed.moment(lanes[0], at: time, "error BUSY", [.init("command", .text(command.name))] + command.details)
  }

  func forgotten(time: Picoseconds) {
    feed.moment(resets, at: time, "reset")
    for place in commands.indices where commands[place] != nil { ended(place, error: .aborted, time: time) }
  }
}

extension LatchedCommand {
  /// As the register map names it.
  fileprivate var name: String {
    switch DeviceOpcode(rawValue: opcode) {
    case .dmaText: "DMA_TEXT"
    case .moveP2PText: "MOVE_P2P_TEXT"
    case .dmaData: "DMA_DATA"
    case .moveP2PData: "MOVE_P2P_DATA"
    case .runProgram: "RUN_PROG"
    case .getRegisters: "GET_REGS"
    case .dumpMemory: "DUMP_MEM"
    case nil: "0x" + String(opcode, radix: 16)
    }
  }

  /// The registers that the command reads.
  fileprivate var details: [TransactionDetail] {
    switch DeviceOpcode(rawValue: opcode) {
    case .dmaText, .dmaData:
      [.init("bytes", length), .init("offset", .hex(UInt64(offset))), .init("address", .hex(address))]
    case .moveP2PText, .moveP2PData: [.init("bytes", length), .init("offset", .hex(UInt64(offset)))]
    case .runProgram: [.init("offset", .hex(UInt64(offset)))]
    case .getRegisters, .dumpMemory, nil: []
    }
  }
}
