import Scenario
import SimKernel
import WaveReader

/// Compares the streams and the signals of a map: a dump of a design beside a trace of the model.
public struct DumpComparison {
  /// What was compared of a channel.
  public struct Count: Sendable {
    public enum Kind: Sendable {
      /// Transfers, with or without their cycles.
      case stream(isTimed: Bool)
      /// Cycle by cycle; the dump may go on behind the end of the model.
      case signals(isLonger: Bool)
    }

    /// As in "stream 0" or "12 signals".
    public let name: String
    public let kind: Kind
    /// Transfers or cycles.
    public let count: Int
  }

  /// The first difference in the model's time.
  public private(set) var divergence: Divergence?
  public private(set) var counts: [Count] = []

  private let map: DumpMap
  private let design: WaveFile
  private let model: WaveFile
  /// In picoseconds, by name of a signal.
  private let periods: [String: Picoseconds]
  private let isModelWhole: Bool
  private let tolerance: UInt64?
  private let contextLines: Int

  /// - Parameters:
  ///   - model: a trace of the run
  ///   - periods: the period of the clock of each of its signals
  ///   - isModelWhole: whether the trace goes on to the end of the run
  ///   - cycleTolerance: for streams that say nothing themselves
  public init(
    _ map: DumpMap, design: WaveFile, model: WaveFile, periods: [String: Picoseconds], isModelWhole: Bool,
    cycleTolerance: UInt64?, contextLines: Int
  ) {
    (self.map, self.design, self.model, self.periods) = (map, design, model, periods)
    (self.isModelWhole, tolerance, self.contextLines) = (isModelWhole, cycleTolerance, contextLines)
  }

  /// Compares all channels.
  /// - Throws: `ScenarioError` for a map that does not fit the files; `WaveReadError` for a dump that cannot be read,
  ///   or of which nothing could be compared.
  public mutating func run() throws {
    for (index, stream) in map.streams.enumerated() {
      try run(Channel(stream, index: index, tolerance: tolerance), isLockStep: false)
    }
    if let signals = map.signals {
      try run(Channel(signals, index: map.streams.count), isLockStep: true)
    }
  }

  private mutating func run(_ channel: Channel, isLockStep: Bool) throws {
    let (model, design, rules) = try bind(channel)
    let comparison = StreamComparison<SampleRecord>(rules, contextLines: contextLines)
    var compared = [Int](repeating: 0, count: rules.fields.count)
    var surplus = false
    while comparison.divergence == nil {
      guard let left = try model.next() else {
        // Where signals never align, nothing differs either.
        guard isModelWhole, !isLockStep || model.count > 0 else { break }
        let rest = try design.next()
        // Signals go on for as long as the dump does.
        surplus = isLockStep && rules.until == nil && rest != nil
        if let rest, !surplus { comparison.design(rest, line: Int(rest.cycle)) }
        comparison.finish()
        break
      }
      guard let right = try design.next() else {
        comparison.model(left)
        comparison.finish()
        break
      }
      for (index, field) in rules.fields.enumerated() where left.counts(index, beside: right, field) {
        compared[index] += 1
        if case .unknown? = right.values[index] { throw design.unknownField(index) }
      }
      comparison.compare(left, right, line: Int(right.cycle))
    }
    if let found = comparison.divergence {
      if (found.time ?? .max) < (divergence?.time ?? .max) || divergence == nil { divergence = found }
      return
    }
    if isModelWhole { try checkCounts(channel, model, design, compared) }
    let kind: Count.Kind =
      isLockStep ? .signals(isLonger: surplus) : .stream(isTimed: rules.cycleTolerance != nil)
    counts.append(Count(name: channel.title, kind: kind, count: comparison.counts.values.first ?? 0))
  }

  /// Nothing compared is no success.
  private func checkCounts(
    _ channel: Channel, _ model: SampleSource<ModelEdges>, _ design: SampleSource<DesignEdges>, _ compared: [Int]
  ) throws {
    if model.count == 0 {
      throw WaveReadError(
        path: map.path, found: "\(channel.title): \(model.condition) at no edge of the model",
        expected: "it at one of them: nothing was compared")
    }
    if design.count == 0 { throw design.edges.emptiness(design.condition) }
    if let never = compared.firstIndex(of: 0) {
      let field = channel.fields[never]
      throw WaveReadError(
        path: map.path, found: "no cycle in which \(field.model.text) and \(field.design.text) were compared",
        expected: "\"when\" true in one of them")
    }
  }

  // MARK: - Binding

  private func bind(
    _ channel: Channel
  ) throws -> (SampleSource<ModelEdges>, SampleSource<DesignEdges>, SampleRules) {
    var names = ProbeSet(model, map, owner: "the model"), others = ProbeSet(design, map, owner: design.path)
    let domain = channel.design.domain ?? map.domain
    let ends = try DesignEdges.names(map, domain, &others)
    var plans: [SamplePlan] = []
    for isModel in [true, false] {
      func bind(_ condition: MapCondition) throws(ScenarioError) -> BoundCondition {
        isModel ? try names.condition(condition) : try others.condition(condition)
      }
      var plan = SamplePlan(stream: channel.stream)
      let side = isModel ? channel.model : channel.design
      plan.accepted = try side.accepted.map(bind)
      plan.begins = try side.begins.map(bind)
      plan.ends = try side.ends.map(bind)
      for field in channel.fields {
        plan.fields.append(isModel ? try names.probe(field.model) : try others.probe(field.design))
        plan.whens.append(try (isModel ? field.modelWhen : field.designWhen).map(bind))
        plan.delays.append(isModel ? field.late : 0)
      }
      plans.append(plan)
    }
    let rules = try rules(channel, plans[0].fields, plans[1].fields)
    let sampler = try EdgeSampler(names, clock: .period(try period(channel)))
    return (
      SampleSource(ModelEdges(sampler: sampler), plans[0]),
      SampleSource(try DesignEdges(domain, ends, others), plans[1]), rules
    )
  }

  private func rules(_ channel: Channel, _ model: [Probe], _ design: [Probe]) throws -> SampleRules {
    let fields = try channel.fields.enumerated().map { index, field in
      let width = model[index].width, other = design[index].width
      let narrow = EdgeSampler.mask(min(width, other))
      if width != other, (field.mask ?? .max) & ~narrow != 0 {
        throw map.located(
          field.design.value.mismatch(
            "\(width) bits as \(field.model.text) of the model has, or a mask of \(min(width, other)) bits",
            found: "\(field.design.text.quoted) with \(other)"))
      }
      let mask = field.mask ?? .max
      guard mask & narrow != 0 else {
        throw map.located(field.design.value.mismatch("a mask with some of its \(other) bits", found: "a mask of none"))
      }
      return SampleRules.Field(
        model: field.model.text, design: field.design.text, mask: mask, late: field.late,
        modelDecides: field.modelWhen != nil, designDecides: field.designWhen != nil)
    }
    let ends = channel.model.ends.flatMap { model in channel.design.ends.map { (model.text, $0.text) } }
    return SampleRules(fields: fields, cycleTolerance: channel.cycles, until: ends)
  }

  /// Of the one clock that all signals of the model belong to, in units of its trace.
  private func period(_ channel: Channel) throws -> UInt64 {
    let names = channel.modelNames
    let known = names.compactMap { name in periods[name.stem].map { (name, $0) } }
    guard let first = known.first else { throw map.located(names[0].refused("a signal of the model")) }
    if let other = known.first(where: { $0.1 != first.1 }) {
      throw map.located(
        other.0.value.mismatch(
          "a signal of one clock with \(first.0.text)",
          found: "\(other.0.text.quoted) of a clock of \(WaveTime(other.1, exponent: -12).readable)"))
    }
    return WaveTime(first.1, exponent: -12).units(model.timescale, roundedUp: false)
  }
}

/// A stream or the signals of a map, in one form.
private struct Channel {
  struct Field {
    let model: MapName
    let design: MapName
    let mask: UInt64?
    var late = 0
    var modelWhen: MapCondition?
    var designWhen: MapCondition?
  }

  struct Side {
    /// Nil for that of the map.
    var domain: ClockDomain?
    var accepted: [MapCondition] = []
    var begins: MapCondition?
    var ends: MapCondition?
  }

  let stream: SampleStream
  /// For people.
  let title: String
  let model: Side
  let design: Side
  let fields: [Field]
  let cycles: UInt64?

  init(_ stream: StreamMap, index: Int, tolerance: UInt64?) {
    self.stream = SampleStream(index: index, name: stream.name)
    title = stream.name
    model = Side(accepted: stream.model.accepted)
    design = Side(domain: stream.design.domain, accepted: stream.design.accepted)
    fields = stream.model.fields.map { field in
      let other = stream.design.fields.first { $0.key == field.key } ?? field
      return Field(model: field.name, design: other.name, mask: stream.masks[field.key])
    }
    cycles = stream.cycles ?? tolerance
  }

  init(_ signals: SignalsMap, index: Int) {
    stream = SampleStream(index: index, name: "cycle")
    title = signals.entries.count == 1 ? "1 signal" : "\(signals.entries.count) signals"
    model = Side(begins: signals.align.model, ends: signals.until?.model)
    design = Side(begins: signals.align.design, ends: signals.until?.design)
    fields = signals.entries.map {
      Field(
        model: $0.name.model, design: $0.name.design, mask: $0.mask, late: $0.late, modelWhen: $0.when.model,
        designWhen: $0.when.design)
    }
    // Every edge of a window is a sample: reset in the middle of one would shift the rest.
    cycles = 0
  }

  var modelNames: [MapName] {
    fields.map(\.model)
      + (model.accepted + [model.begins, model.ends].compactMap { $0 } + fields.compactMap(\.modelWhen)).flatMap(
        \.names)
  }
}
