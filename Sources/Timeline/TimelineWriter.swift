import Logs
import SimKernel
import Transactions

/// Writes transactions as Chrome trace events, for ui.perfetto.dev and chrome://tracing (specs/timeline.md).
///
/// A component is a process, a lane is a thread. The file is an array of events, the form that viewers read even when its
/// end is missing. A span is two events, its begin and its end: Perfetto rounds times, and where it rounds a begin and a
/// length, spans that only touch would overlap, which it does not show.
public final class TimelineWriter: TransactionListener {
  private let file: LogFile
  private let tracks: [Track]
  private let counters: [CounterTrack]
  /// Whether something is under way, by lane.
  private var isOpen: [Bool]
  /// Whether the file has no event yet.
  private var isEmpty = true
  /// By lane; only those of links are used.
  private var meters: [BandwidthMeter]

  private struct Track {
    let process: Int
    let thread: Int
    let lane: TransactionLane
    /// Of a lane of packets: how much it carries.
    let rate: CounterTrack?
  }

  /// Replaces the file at `path`.
  /// - Parameter map: what there is to tell of
  public init(path: String, map: TransactionMap) throws(LogError) {
    file = try LogFile(path: path, what: "timeline")
    var processes: [String] = [], threads: [Int] = []
    func process(_ component: String) -> Int {
      if let index = processes.firstIndex(of: component) { return index }
      processes.append(component)
      threads.append(0)
      return processes.count - 1
    }
    tracks = map.lanes.map { lane in
      let index = process(lane.component)
      threads[index] += 1
      let rate = lane.kind == .packets ? CounterTrack(process: index + 1, name: "\(lane.name) Gb/s") : nil
      return Track(process: index + 1, thread: threads[index], lane: lane, rate: rate)
    }
    counters = map.counters.map { CounterTrack(process: process($0.component) + 1, name: $0.name) }
    isOpen = map.lanes.map { _ in false }
    meters = map.lanes.map { _ in BandwidthMeter() }
    file.append { $0.append("[") }
    writeNames(processes)
  }

  public func begin(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    precondition(!isOpen[lane], "two transactions at a time on lane \(tracks[lane].lane.name)")
    isOpen[lane] = true
    writeBegin(lane, at: time, name, details)
  }

  public func end(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail]) {
    precondition(isOpen[lane], "an end without a begin on lane \(tracks[lane].lane.name)")
    isOpen[lane] = false
    writeEnd(lane, at: time, details)
  }

  public func span(
    _ lane: Int, from start: Picoseconds, to end: Picoseconds, _ name: String, _ details: [TransactionDetail]
  ) {
    writeBegin(lane, at: start, name, details)
    writeEnd(lane, at: end, [])
    guard let rate = tracks[lane].rate,
      case .number(let bytes)? = details.last(where: { $0.key == "wire_bytes" })?.value
    else { return }
    meters[lane].add(from: start, to: end, bytes: bytes) { writeRate(rate, at: $0, megabits: $1) }
  }

  public func moment(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]) {
    append { text in
      text.beginEvent("i", process: tracks[lane].process, thread: tracks[lane].thread, time, name)
      text.append(",\"s\":\"t\"")
      text.append(arguments: details)
    }
  }

  public func count(_ counter: Int, at time: Picoseconds, _ value: UInt64) {
    append { text in counters[counter].write(at: time, to: &text) { $0.append(decimal: value) } }
  }

  /// Ends what is still under way at `time`, and then the file. Call after the run.
  /// - Throws: the first error of the file's life
  public func close(at time: Picoseconds) throws(LogError) {
    for lane in tracks.indices where isOpen[lane] {
      // A state has no end of its own.
      let isCut = tracks[lane].lane.kind != .states
      end(lane, at: time, isCut ? [.init("unfinished", .text("at the end of the simulation"))] : [])
    }
    for lane in tracks.indices {
      guard let rate = tracks[lane].rate else { continue }
      meters[lane].finish(at: time) { writeRate(rate, at: $0, megabits: $1) }
    }
    file.append { $0.append("\n]\n") }
    try file.close()
  }
}

extension TimelineWriter {
  private func writeBegin(
    _ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail]
  ) {
    append { text in
      text.beginEvent("B", process: tracks[lane].process, thread: tracks[lane].thread, time, name)
      text.append(arguments: details)
    }
  }

  private func writeEnd(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail]) {
    append { text in
      text.beginEvent("E", process: tracks[lane].process, thread: tracks[lane].thread, time)
      text.append(arguments: details)
    }
  }

  private func writeRate(_ rate: CounterTrack, at time: Picoseconds, megabits: UInt64) {
    append { text in rate.write(at: time, to: &text) { $0.append(thousandths: megabits) } }
  }

  private func writeNames(_ processes: [String]) {
    for (index, name) in processes.enumerated() {
      writeName("process", process: index + 1, name: name, order: index + 1)
    }
    for track in tracks {
      writeName("thread", process: track.process, thread: track.thread, name: track.lane.name, order: track.thread)
    }
  }

  /// Viewers show tracks in the order of their sort indices.
  private func writeName(_ kind: String, process: Int, thread: Int? = nil, name: String, order: Int) {
    append { text in
      text.beginEvent("M", process: process, thread: thread, nil, "\(kind)_name")
      text.append(arguments: [.init("name", .text(name))])
    }
    append { text in
      text.beginEvent("M", process: process, thread: thread, nil, "\(kind)_sort_index")
      text.append(arguments: [.init("sort_index", order)])
    }
  }

  /// One event. What is in the file always ends with a whole one, so that it is of use when it ends too early.
  @inline(__always) private func append(_ write: (inout [UInt8]) -> Void) {
    file.append { text in
      if isEmpty { text.append("\n") } else { text.append(",\n") }
      write(&text)
    }
    isEmpty = false
  }
}
