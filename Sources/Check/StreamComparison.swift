import SimKernel

/// Compares what the model does with what a design did, record by record, as they come.
public final class StreamComparison<Record: CheckedRecord> {
  private let rules: Record.Rules
  private let contextLines: Int
  private var streams: [Record.Stream: Waiting] = [:]
  /// The latest records of both sides, oldest first.
  private var modelContext: [Record] = []
  private var designContext: [Record] = []
  /// What was compared.
  public private(set) var counts: [Record.Stream: Int] = [:]
  /// Where both part for the first time.
  public private(set) var divergence: Divergence?

  /// A stream, of which one side may be ahead.
  private struct Waiting {
    var model: ArraySlice<Record> = []
    var design: ArraySlice<(record: Record, line: Int)> = []
    /// The first records of the present epoch.
    var origin: (model: Record, design: Record)?
  }

  /// - Parameter contextLines: how many lines before a difference are kept
  public init(_ rules: Record.Rules, contextLines: Int) {
    self.rules = rules
    self.contextLines = contextLines
  }

  /// The model did `record`.
  public func model(_ record: Record) {
    guard divergence == nil, record.isCompared(rules) else { return }
    let stream = record.stream
    if let design = streams[stream]?.design.popFirst() {
      compare(record, design.record, line: design.line, stream)
    } else {
      streams[stream, default: Waiting()].model.append(record)
    }
  }

  /// The design did `record`, as `line` of its log says.
  public func design(_ record: Record, line: Int) {
    guard divergence == nil, record.isCompared(rules) else { return }
    let stream = record.stream
    if let model = streams[stream]?.model.popFirst() {
      compare(model, record, line: line, stream)
    } else {
      streams[stream, default: Waiting()].design.append((record, line))
    }
  }

  /// Whether the design has not yet said what the model did in `stream`.
  public func isWaiting(in stream: Record.Stream) -> Bool { !(streams[stream]?.model.isEmpty ?? true) }

  /// Both sides have ended. A stream of which the design has nothing at all was not compared.
  public func finish() {
    if divergence != nil { return }
    for (stream, waiting) in streams.sorted(by: { $0.key < $1.key }) {
      if let model = waiting.model.first, counts[stream] != nil {
        remember(model, nil)
        divergence = makeDivergence(model: model, design: nil, line: nil, [])
      } else if let design = waiting.design.first {
        remember(nil, design.record)
        divergence = makeDivergence(model: nil, design: design.record, line: design.line, [])
      }
      if divergence != nil { return }
    }
  }

  /// What the model did and the design has nothing about, with how often.
  public var uncompared: [(stream: Record.Stream, count: Int)] {
    streams.filter { counts[$0.key] == nil && !$0.value.model.isEmpty }
      .map { ($0.key, $0.value.model.count) }.sorted { $0.0 < $1.0 }
  }

  private func compare(_ model: Record, _ design: Record, line: Int, _ stream: Record.Stream) {
    counts[stream, default: 0] += 1
    remember(model, design)
    var differences = model.differences(in: design, rules)
    if let origin = streams[stream]?.origin, origin.model.epoch == model.epoch {
      if let timing = model.timingDifference(in: design, since: origin, rules) { differences.append(timing) }
    } else {
      streams[stream, default: Waiting()].origin = (model, design)
    }
    if !differences.isEmpty { divergence = makeDivergence(model: model, design: design, line: line, differences) }
  }

  private func remember(_ model: Record?, _ design: Record?) {
    if let model { Self.append(model, to: &modelContext, contextLines + 1) }
    if let design { Self.append(design, to: &designContext, contextLines + 1) }
  }

  private static func append(_ record: Record, to context: inout [Record], _ limit: Int) {
    if context.count >= limit { context.removeFirst(context.count - limit + 1) }
    context.append(record)
  }

  private func makeDivergence(model: Record?, design: Record?, line: Int?, _ differences: [FieldDifference])
    -> Divergence
  {
    Divergence(
      kind: Record.plural, place: (model ?? design)!.place, explanation: (model ?? design)!.explanation,
      time: model?.instant, line: line, differences: differences,
      model: model?.shownLine, design: design?.shownLine,
      modelBefore: modelContext.dropLast(model == nil ? 0 : 1).map(\.shownLine),
      designBefore: designContext.dropLast(design == nil ? 0 : 1).map(\.shownLine))
  }
}
