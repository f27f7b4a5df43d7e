import Scenario
import SimKernel
import Transactions

/// What the host does: enumeration and steps, and the interrupts that it sees.
final class DriverTransactions: DriverObserver {
  private let feed: TransactionFeed
  private let steps: Int
  private let interrupts: Int
  private let devices: [String]

  /// - Parameter devices: their names
  init(_ feed: TransactionFeed, _ map: inout TransactionMap, devices: [String]) {
    self.feed = feed
    self.devices = devices
    steps = map.add(TransactionLane("host", "steps", .steps))
    interrupts = map.add(TransactionLane("host", "interrupts", .moments))
  }

  /// The host enumerates before the first step.
  func begin() { feed.begin(steps, at: 0, "enumerate") }

  func stepBegins(_ index: Int, _ record: StepRecord) {
    feed.begin(
      steps, at: record.start, record.kind, [.init("step", index), .init("device", .text(devices[record.device]))])
  }

  func stepEnds(_ record: StepRecord, time: Picoseconds) {
    var details: [TransactionDetail] = []
    if record.bytes > 0 { details.append(.init("bytes", record.bytes)) }
    if let value = record.value { details.append(.init("value", .hex(value))) }
    if let ret = record.ret { details.append(.init("ret", .hex(UInt64(ret)))) }
    if let r0 = record.r0 { details.append(.init("r0", .hex(r0))) }
    if let error = record.error { details.append(.init("error", .text(error))) }
    feed.end(steps, at: time, details)
  }

  func interrupted(by function: String, time: Picoseconds) {
    feed.moment(interrupts, at: time, "MSI", [.init("function", .text(function))])
  }

  func failed(_ failure: Failure, time: Picoseconds) {
    feed.moment(
      steps, at: time, "expectation failed",
      [
        .init("step", failure.step), .init("path", .text(failure.path)), .init("expected", .text(failure.expected)),
        .init("found", .text(failure.found)),
      ])
  }
}
