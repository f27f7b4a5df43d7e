import EBPF
import SimKernel

/// Compares what the model does with what a design did, record by record, as they come.
public final class StreamComparison<Record: CheckedRecord> {
  private let rules: Record.Rules
  private let contextLines: Int
  private var streams: [Record.Stream: Waiting] = [:]
  private var modelContext: Recent
  private var designContext: Recent
  /// When the records that were compared last happened.
  private var meeting: (model: Picoseconds, design: Picoseconds)?
  /// Where both part for the first time.
  public private(set) var divergence: Divergence?
  /// Whether they do.
  public var isDecided: Bool { divergence != nil }

  /// A stream, of which one side may be ahead.
  private final class Waiting {
    var model: ArraySlice<Record> = []
    var design: ArraySlice<(record: Record, line: Int)> = []
    /// The first records of the present epoch.
    var origin: (model: Record, design: Record)?
    /// Records that were compared.
    var count = 0
  }

  /// The latest records of a side.
  private struct Recent {
    private var ring: [Record] = []
    private var oldest = 0
    let limit: Int

    init(limit: Int) { self.limit = limit }

    mutating func append(_ record: Record) {
      if ring.count < limit {
        ring.append(record)
      } else {
        ring[oldest] = record
        oldest = oldest + 1 == limit ? 0 : oldest + 1
      }
    }

    /// Oldest first.
    var inOrder: ArraySlice<Record> { ring[oldest...] + ring[..<oldest] }
  }

  /// - Parameter contextLines: how many lines before a difference are kept
  public init(_ rules: Record.Rules, contextLines: Int) {
    self.rules = rules
    self.contextLines = contextLines
    (modelContext, designContext) = (Recent(limit: contextLines + 1), Recent(limit: contextLines + 1))
  }

  /// The lines of both sides that were compared last, oldest first.
  public var latest: (model: [String], design: [String]) {
    func lines(_ recent: Recent, isDesign: Bool) -> [String] {
      recent.inOrder.suffix(contextLines).map { $0.shownLine(beside: [], isDesign: isDesign, rules) }
    }
    return (lines(modelContext, isDesign: false), lines(designContext, isDesign: true))
  }

  /// What was compared.
  public var counts: [Record.Stream: Int] { streams.filter { $0.value.count > 0 }.mapValues(\.count) }

  private func waiting(in stream: Record.Stream) -> Waiting {
    if let known = streams[stream] { return known }
    let waiting = Waiting()
    streams[stream] = waiting
    return waiting
  }

  /// The model did `record`.
  public func model(_ record: Record) {
    guard divergence == nil, record.isCompared(rules) else { return }
    let waiting = waiting(in: record.stream(rules))
    if let design = waiting.design.popFirst() {
      compare(record, design.record, line: design.line, waiting)
    } else {
      waiting.model.append(record)
    }
  }

  /// The design did `record`, as `line` of its log says.
  public func design(_ record: Record, line: Int) {
    guard divergence == nil, record.isCompared(rules) else { return }
    let waiting = waiting(in: record.stream(rules))
    if let model = waiting.model.popFirst() {
      compare(model, record, line: line, waiting)
    } else {
      waiting.design.append((record, line))
    }
  }

  /// Both did something, and nothing waits.
  func compare(_ model: Record, _ design: Record, line: Int) {
    if divergence == nil { compare(model, design, line: line, waiting(in: model.stream(rules))) }
  }

  /// Whether the design has not yet said all that the model did in the stream of `record`.
  public func isWaiting(beside record: Record) -> Bool { !(streams[record.stream(rules)]?.model.isEmpty ?? true) }

  /// Both sides have ended. A stream of which the design has nothing at all was not compared.
  public func finish() {
    if divergence != nil { return }
    let compared = compared
    for (stream, waiting) in streams.sorted(by: { $0.key < $1.key }) {
      if let model = waiting.model.first, compared.contains(stream.whole) {
        modelContext.append(model)
        divergence = makeDivergence(model: model, design: nil, line: nil, [])
      } else if let design = waiting.design.first {
        designContext.append(design.record)
        divergence = makeDivergence(model: nil, design: design.record, line: design.line, [])
      }
      if divergence != nil { return }
    }
  }

  /// What the model did and the design has nothing about, with how often.
  public var uncompared: [(stream: Record.Stream, count: Int)] {
    let compared = compared
    return streams.filter { !compared.contains($0.key.whole) && !$0.value.model.isEmpty }
      .map { ($0.key, $0.value.model.count) }.sorted { $0.0 < $1.0 }
  }

  /// The streams of which at least a part was compared.
  private var compared: Set<Record.Stream> { Set(streams.filter { $0.value.count > 0 }.keys.map(\.whole)) }

  private func compare(_ model: Record, _ design: Record, line: Int, _ waiting: Waiting) {
    waiting.count += 1
    meeting = (model.instant, design.instant)
    modelContext.append(model)
    designContext.append(design)
    var differences = model.differences(in: design, rules)
    if let origin = waiting.origin, origin.model.epoch == model.epoch {
      if let timing = model.timingDifference(in: design, since: origin, rules) { differences.append(timing) }
    } else {
      waiting.origin = (model, design)
    }
    if !differences.isEmpty { divergence = makeDivergence(model: model, design: design, line: line, differences) }
  }

  private func makeDivergence(model: Record?, design: Record?, line: Int?, _ differences: [FieldDifference])
    -> Divergence
  {
    func shown(_ record: Record, isDesign: Bool) -> String {
      record.shownLine(beside: differences, isDesign: isDesign, rules)
    }
    return Divergence(
      kind: Record.plural, place: (model ?? design)!.place, explanation: (model ?? design)!.explanation,
      time: model?.instant, line: line, designTime: design?.instant, meeting: meeting, differences: differences,
      model: model.map { shown($0, isDesign: false) }, design: design.map { shown($0, isDesign: true) },
      modelBefore: modelContext.inOrder.dropLast(model == nil ? 0 : 1).map { shown($0, isDesign: false) },
      designBefore: designContext.inOrder.dropLast(design == nil ? 0 : 1).map { shown($0, isDesign: true) })
  }
}

// Not generic, so that what happens with each instruction is specialised here: other modules cannot do it.
extension StreamComparison<CommitRecord> {
  /// The model did `record`; reads on in `log` for as long as it has not said what stands there.
  public func model(
    _ record: CommitRecord, readingOn log: DesignLog<CommitRecord>?
  ) throws(DesignLog<CommitRecord>.Failure) {
    model(record)
    while isWaiting(beside: record), let (other, line) = try log?.record() { design(other, line: line) }
  }
}
