import Scenario
import SimKernel
import Tracing
import Transactions
import Waveform

/// Arranges a trace for viewers by the path that a transaction takes: the scenario's step, the links' TLPs, the device's
/// command and DMA, the core's pipeline.
struct TraceLayout {
  private let contents: TraceContents
  private let document: ScenarioDocument
  private let widths: [String: Int]

  private typealias Item = ViewerLayout.Item
  private typealias Group = ViewerLayout.Group

  /// - Parameters:
  ///   - dump: the trace's path
  ///   - end: when the trace ends
  static func layout(
    of contents: TraceContents, _ document: ScenarioDocument, dump: String, end: Picoseconds
  ) -> ViewerLayout {
    let layout = TraceLayout(
      contents: contents, document: document,
      widths: Dictionary(contents.signals.map { ($0.path, $0.width) }) { first, _ in first })
    let name = dump.lastIndex(of: "/").map { dump[dump.index(after: $0)...] } ?? dump[...]
    return ViewerLayout(dump: String(name), groups: layout.groups, window: layout.window(end: end))
  }

  /// The first transfer is where a reader begins; without one, the first run.
  private func window(end: Picoseconds) -> ClosedRange<Picoseconds> {
    let first = { (kind: TransactionLane.Kind) in
      contents.lanes.filter { $0.kind == kind }.map(\.first).min { $0.lowerBound < $1.lowerBound }
    }
    guard let shown = first(.transfers) ?? first(.runs) else { return 0...max(1, end) }
    let start = shown.lowerBound > Self.margin ? shown.lowerBound - Self.margin : 0
    let duration = min(
      max(shown.upperBound + Self.margin - start, Self.durations.lowerBound), Self.durations.upperBound)
    return start...max(start + 1, min(end, start + duration))
  }

  private static let margin: Picoseconds = .nanoseconds(100)
  /// Short enough for the names of TLPs.
  private static let durations: ClosedRange<Picoseconds> = .nanoseconds(300) ... .nanoseconds(1200)

  // MARK: - Groups

  private var groups: [Group] {
    let devices = document.spec.devices.map(\.name), peers = document.spec.peers.map(\.name)
    let links = Array(Set(contents.lanes.filter { $0.kind == .packets }.map { $0.path.component })).sorted()
    return [scenario] + links.enumerated().map { link($0.element, isClosed: $0.offset > 0) }
      + devices.flatMap { [device($0)] + core($0) } + peers.map(peer) + [other]
  }

  private var scenario: Group {
    Group("scenario", lanes("host", .steps, .orange) + lanes("host", .moments, .red))
  }

  /// TLPs of both directions, and what keeps them waiting.
  private func link(_ name: String, isClosed: Bool) -> Group {
    let lanes = [("down", "to the device"), ("up", "to the host")].flatMap { direction, words -> [Item] in
      let path = "\(name).\(direction)"
      return self.lanes(name, .packets, .yellow).filter { $0.path.hasSuffix(".\(direction)") }
        .map { Item($0.path, width: 0, label: "TLP \(words)", radix: .text, color: .yellow) }
        + signals(
          path,
          [
            ("nextSequence", "next sequence", .unsigned), ("acknowledged", "acknowledged", .unsigned),
            ("posted.headersUsed", "posted credits used", .unsigned),
            ("nonPosted.headersUsed", "non-posted credits used", .unsigned),
            ("completion.headersUsed", "completion credits used", .unsigned),
          ])
    }
    return Group("\(name): TLPs and flow control", self.lanes(name, .states, .yellow) + lanes, isClosed: isClosed)
  }

  private func device(_ name: String) -> Group {
    Group(
      "\(name): commands and DMA",
      lanes(name, .commands, .orange) + lanes(name, .moments, .red)
        + signals("\(name).commandUnit", [("phase", "command phase", .names)])
        + lanes(name, .transfers, .violet)
        + signals(
          "\(name).dmaEngine",
          [
            ("channel0.phase", "DMA phase", .names), ("activeTags", "reads outstanding", .unsigned),
            ("channel0.outstanding", "bytes awaited", .unsigned), ("bytesMoved", "bytes moved", .unsigned),
          ])
        + signals("\(name).ram", [("address", "RAM address", .hexadecimal), ("data", "RAM data", .hexadecimal)]))
  }

  /// The pipeline, a lane a stage, then the registers.
  private func core(_ name: String) -> [Group] {
    let core = "\(name).core"
    let paths = contents.signals.map(\.path).filter { $0.hasPrefix("\(core).") }
    let lanes = paths.filter { $0.hasSuffix(".instruction") }.map { path -> Item in
      let stage = path.dropFirst(core.count + 1).dropLast("instruction".count).split(separator: ".").joined(
        separator: ".")
      let label = stage.isEmpty ? "fetch" : stage
      return Item(path, width: widths[path] ?? 0, label: label, radix: .names, color: .yellow)
    }
    let registers = signals(core, (0...10).map { ("r\($0)", "r\($0)", .hexadecimal) })
    let losses = paths.map { String($0.dropFirst(core.count + 1)) }.filter { $0.hasPrefix("lost_") }
      .flatMap { signals(core, [($0, $0, .unsigned)]) }
    return [
      Group(
        "\(name): pipeline",
        self.lanes(name, .runs, .orange) + signals(core, [("phase", "phase", .names)]) + lanes
          + signals(core, [("retired", "instructions retired", .unsigned)])),
      Group("\(name): registers", registers),
      Group("\(name): cycles lost, by cause", losses, isClosed: true),
    ]
  }

  private func peer(_ name: String) -> Group {
    Group(name, lanes(name, .commands, .orange) + lanes(name, .chunks, .violet))
  }

  private var other: Group {
    Group(
      "clocks and end",
      signals("clock", [("pcie", "pcie edges", .binary), ("core", "core edges", .binary)])
        + [Item("trace.end", width: 0, label: "why the trace ends", radix: .text)])
  }

  // MARK: - Items

  private func signals(_ scope: String, _ list: [(name: String, label: String, radix: ViewerLayout.Radix)]) -> [Item] {
    list.compactMap { name, label, radix in
      let path = "\(scope).\(name)"
      return widths[path].map { Item(path, width: $0, label: label, radix: radix) }
    }
  }

  /// The lanes of one kind of `component` on which something happened.
  private func lanes(_ component: String, _ kind: TransactionLane.Kind, _ color: ViewerLayout.Color) -> [Item] {
    contents.lanes.filter { $0.kind == kind && $0.path.component == component }.map {
      Item($0.path, width: 0, label: $0.path.lastPart, radix: .text, color: color)
    }
  }
}

extension String {
  private var parts: [Substring] { split(separator: ".") }
  /// Of a lane's path, `transactions.COMPONENT.LANE`.
  fileprivate var component: String { parts.dropFirst().dropLast().joined(separator: ".") }
  fileprivate var lastPart: String { parts.last.map { $0.split(separator: "_").joined(separator: " ") } ?? self }
}
