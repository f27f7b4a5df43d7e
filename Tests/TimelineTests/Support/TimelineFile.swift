import Foundation
import Testing

/// A path for a file of a test.
func temporaryPath(_ ending: String = "json") -> String {
  FileManager.default.temporaryDirectory.appending(path: "timeline-\(UUID().uuidString).\(ending)").path
}

/// A timeline, read back.
struct TimelineFile {
  struct Lane: Hashable {
    let component: String
    let name: String

    init(_ component: String, _ name: String) {
      self.component = component
      self.name = name
    }
  }

  struct Span {
    let start: UInt64
    let end: UInt64
    let name: String
    let arguments: [String: Any]

    func number(_ key: String) -> Int? { (arguments[key] as? NSNumber)?.intValue }
    func text(_ key: String) -> String? { arguments[key] as? String }
  }

  /// Those of a lane stand in the order of time: begin and end in turn.
  private(set) var spans: [Lane: [Span]] = [:]
  private(set) var moments: [Lane: [Span]] = [:]
  /// In the order of the file.
  private(set) var counters: [Lane: [(time: UInt64, value: Double)]] = [:]

  init(_ data: Data) throws {
    let events = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
    var processes: [Int: String] = [:], threads: [[Int]: String] = [:]
    for event in events where event["ph"] as? String == "M" {
      let name = (event["args"] as? [String: Any])?["name"] as? String, process = try Self.int(event, "pid")
      switch event["name"] as? String {
      case "process_name": processes[process] = name
      case "thread_name": threads[[process, try Self.int(event, "tid")]] = name
      default: #expect((event["name"] as? String)?.hasSuffix("_sort_index") == true)
      }
    }
    var open: [Lane: Span] = [:]
    for event in events where event["ph"] as? String != "M" {
      let process = try Self.int(event, "pid"), component = try #require(processes[process])
      let name = event["name"] as? String ?? "", start = try Self.picoseconds(event)
      let arguments = event["args"] as? [String: Any] ?? [:]
      if event["ph"] as? String == "C" {
        let value = try #require(arguments["value"] as? NSNumber).doubleValue
        counters[Lane(component, name), default: []].append((start, value))
        continue
      }
      let lane = Lane(component, try #require(threads[[process, try Self.int(event, "tid")]]))
      let span = Span(start: start, end: start, name: name, arguments: arguments)
      switch event["ph"] as? String {
      case "i": moments[lane, default: []].append(span)
      case "B":
        #expect(open.updateValue(span, forKey: lane) == nil, "two spans at a time on \(lane)")
      default:
        #expect(event["ph"] as? String == "E")
        let last = open.removeValue(forKey: lane)
        let begin = try #require(last)
        spans[lane, default: []].append(
          Span(
            start: begin.start, end: start, name: begin.name,
            arguments: begin.arguments.merging(arguments) { $1 }))
      }
    }
    #expect(open.isEmpty)
  }

  /// Spans of all lanes of a component whose name begins so.
  func spans(_ component: String, prefix: String) -> [Span] {
    spans.filter { $0.key.component == component && $0.key.name.hasPrefix(prefix) }.flatMap(\.value)
      .sorted { ($0.start, $0.end) < ($1.start, $1.end) }
  }

  private static func int(_ event: [String: Any], _ key: String) throws -> Int {
    try #require(event[key] as? NSNumber).intValue
  }

  /// From microseconds: a Double has more digits than a test's times.
  private static func picoseconds(_ event: [String: Any]) throws -> UInt64 {
    UInt64((try #require(event["ts"] as? NSNumber).doubleValue * 1e6).rounded())
  }
}

/// The scenarios that come with the project.
func scenarioPath(_ name: String) -> String {
  let file = URL(filePath: #filePath).appending(path: "../../../../traces/\(name)/\(name).json")
  return file.standardizedFileURL.path(percentEncoded: false)
}
