import SimKernel
import Transactions
import Waveform

/// Shows transactions as text: each lane is a signal whose value is what is under way, and empty when nothing is.
final class TraceLanes: TransactionListener {
  private struct Lane {
    /// Nil when the lane is not traced.
    let signal: SignalHandle?
    let path: String
    let kind: TransactionLane.Kind
    var text = ""
    /// When the first transaction was shown.
    var firstTime: Picoseconds?
    /// When it ended.
    var firstEnd: Picoseconds?
  }

  private var lanes: [Lane] = []
  /// Ends of spans that lie ahead, the soonest first.
  private var ends: [(time: Picoseconds, lane: Int)] = [] {
    didSet { earliest.pointee = ends.first?.time ?? .max }
  }
  /// When the next span ends, `.max` when none does. A pointer, so that looking at it at each edge costs nothing.
  let earliest: UnsafeMutablePointer<Picoseconds>
  private let writer: any WaveformWriter
  private var isRecording = false
  /// Nothing later is shown.
  private let limit: Picoseconds

  init(
    _ list: [TransactionLane], _ selection: TraceSelection, until limit: Picoseconds, in writer: some WaveformWriter
  ) {
    self.writer = writer
    self.limit = limit
    earliest = .allocate(capacity: 1)
    earliest.initialize(to: .max)
    var scopes = ScopeStack()
    for lane in list {
      let path = Self.path(lane)
      var signal: SignalHandle?
      if selection.includes(path) {
        let (scope, name) = path.scopeAndName
        scopes.enter(scope, in: writer)
        signal = writer.addVariable(WaveformVariable(String(name), .text, initial: .text("")))
      }
      lanes.append(Lane(signal: signal, path: path, kind: lane.kind))
    }
    scopes.leave(in: writer)
  }

  deinit { earliest.deallocate() }

  /// Where a lane stands among the signals.
  static func path(_ lane: TransactionLane) -> String {
    let name = lane.name.split(separator: " ").joined(separator: "_")
    return "\(Trace.laneScope).\(lane.component).\(name)"
  }

  // MARK: - Recording

  /// Ends the spans that end at or before `time`.
  func advance(to time: Picoseconds) {
    while let end = ends.first, end.time <= time {
      ends.removeFirst()
      show("", on: end.lane, at: end.time)
    }
  }

  /// Shows, from `time` on, what is under way.
  func resume(at time: Picoseconds) {
    isRecording = true
    for lane in lanes {
      if let signal = lane.signal { writer.change(signal, to: .text(lane.text)) }
    }
  }

  func suspend() { isRecording = false }

  private func show(_ text: String, on lane: Int, at time: Picoseconds) {
    lanes[lane].text = text
    guard isRecording, time <= limit, let signal = lanes[lane].signal else { return }
    writer.advance(to: time)
    writer.change(signal, to: .text(text))
    if text.isEmpty {
      if lanes[lane].firstEnd == nil { lanes[lane].firstEnd = time }
    } else if lanes[lane].firstTime == nil {
      lanes[lane].firstTime = time
    }
  }

  /// The lanes on which something was shown, and when first.
  var used: [TraceContents.Lane] {
    lanes.compactMap { lane in
      lane.firstTime.map { first in
        TraceContents.Lane(path: lane.path, kind: lane.kind, first: first...max(first, lane.firstEnd ?? first))
      }
    }
  }

  /// A TLP's whole header tells its name too.
  private func text(_ name: String, _ details: [TransactionDetail]) -> String {
    if let tlp = details.first(where: { $0.key == "tlp" }) { return tlp.value.text }
    return ([name] + details.map { "\($0.key)=\($0.value.text)" }).joined(separator: " ")
  }

  // MARK: - TransactionListener

  func begin(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    advance(to: time)
    if lanes[lane].signal != nil { show(text(name, details), on: lane, at: time) }
  }

  func end(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail]) {
    advance(to: time)
    show("", on: lane, at: time)
  }

  func span(_ lane: Int, from start: Picoseconds, to end: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    guard lanes[lane].signal != nil else { return }
    advance(to: start)
    show(text(name, details), on: lane, at: start)
    let place = ends.firstIndex { $0.time > end } ?? ends.endIndex
    ends.insert((end, lane), at: place)
  }

  func moment(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    guard lanes[lane].kind == .moments, lanes[lane].signal != nil else { return }
    advance(to: time)
    show(text(name, details), on: lane, at: time)
  }

  func count(_ counter: Int, at time: Picoseconds, _ value: UInt64) {}
}

extension TransactionDetail.Value {
  fileprivate var text: String {
    switch self {
    case .number(let number): String(number)
    case .hex(let number): "0x" + String(number, radix: 16)
    case .text(let text): text
    }
  }
}
