import SimKernel
import Transactions

/// Notes what it hears.
final class Recorder: TransactionListener {
  private(set) var calls: [String] = []
  private(set) var times: [Picoseconds] = []

  func begin(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    note("begin \(lane) \(time) \(name)", time)
  }

  func end(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail]) { note("end \(lane) \(time)", time) }

  func span(
    _ lane: Int, from start: Picoseconds, to end: Picoseconds, _ name: String, _ details: [TransactionDetail]
  ) { note("span \(lane) \(start) \(end) \(name)", start) }

  func moment(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    note("moment \(lane) \(time) \(name)", time)
  }

  func count(_ counter: Int, at time: Picoseconds, _ value: UInt64) { note("count \(counter) \(time) \(value)", time) }

  private func note(_ call: String, _ time: Picoseconds) {
    calls.append(call)
    times.append(time)
  }
}
