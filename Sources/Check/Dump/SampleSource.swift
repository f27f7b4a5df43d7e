import Scenario
import SimKernel
import WaveReader

/// The edges of one side's clock that count, and where they are.
protocol SampledEdges {
  var sampler: EdgeSampler { get }
  func next() throws(WaveReadError) -> Bool
  var picoseconds: Picoseconds { get }
  /// The error for bits that are neither 0 nor 1 where they count.
  func unknown(_ probe: Probe, _ reason: String) -> WaveReadError
}

extension SampledEdges {
  /// Whether a condition holds at the edge.
  @inline(__always)
  func holds(_ condition: BoundCondition) throws(WaveReadError) -> Bool {
    switch condition.outcome(sampler) {
    case .holds: return true
    case .fails: return false
    case .unknown(let probe): throw unknown(probe, "in \(condition.text)")
    }
  }
}

extension DesignEdges: SampledEdges {}

/// The edges of a clock of the model, whose trace has no signal for it.
struct ModelEdges: SampledEdges {
  let sampler: EdgeSampler
  func next() throws(WaveReadError) -> Bool { try sampler.next() }
  var picoseconds: Picoseconds {
    WaveTime(sampler.time, exponent: sampler.file.timescale).units(-12, roundedUp: false)
  }

  func unknown(_ probe: Probe, _ reason: String) -> WaveReadError {
    WaveReadError(
      path: sampler.file.path, found: "\(sampler.name(probe)) without a value", expected: "only 0 and 1 \(reason)")
  }
}

/// What is sampled of one side of a channel.
struct SamplePlan {
  /// A sample is taken where all of them hold.
  var accepted: [BoundCondition] = []
  /// A window of samples, one an edge, begins where it holds; nil for samples that are accepted one by one.
  var begins: BoundCondition?
  /// It ends where this holds, nil for the end of the file.
  var ends: BoundCondition?
  var fields: [Probe] = []
  /// By field.
  var whens: [BoundCondition?] = []
  /// By field, after how many samples of its window a value is taken; for samples that come one by one 0.
  var delays: [Int] = []
  let stream: SampleStream
}

/// The samples of one side of a channel, in order.
final class SampleSource<Edges: SampledEdges> {
  let edges: Edges
  private let plan: SamplePlan
  private let names: [String]
  private(set) var count = 0
  private var window = -1
  private var isInWindow = false
  private var placeInWindow = 0
  /// By field, the values that are not taken yet, the oldest first.
  private var delayed: [[Sample?]]

  init(_ edges: Edges, _ plan: SamplePlan) {
    self.edges = edges
    self.plan = plan
    names = plan.fields.map(edges.sampler.name)
    delayed = plan.fields.map { _ in [] }
  }

  /// The next sample; nil at the end of the file.
  func next() throws(WaveReadError) -> SampleRecord? {
    while try edges.next() {
      guard try isTaken() else { continue }
      var isLast = false
      if let ends = plan.ends {
        isLast = try edges.holds(ends)
        if isLast { isInWindow = false }
      }
      defer { (count, placeInWindow) = (count + 1, placeInWindow + 1) }
      return try record(isLast: isLast)
    }
    return nil
  }

  /// Whether a sample is taken at the edge.
  private func isTaken() throws(WaveReadError) -> Bool {
    if let begins = plan.begins {
      if isInWindow { return true }
      // Without an end there is one window.
      guard try edges.holds(begins) else { return false }
      isInWindow = true
      window += 1
      placeInWindow = 0
      for index in delayed.indices { delayed[index].removeAll() }
      return true
    }
    for condition in plan.accepted where !(try edges.holds(condition)) { return false }
    return true
  }

  private func record(isLast: Bool) throws(WaveReadError) -> SampleRecord {
    let sampler = edges.sampler
    var values: [Sample?] = []
    values.reserveCapacity(plan.fields.count)
    for (index, probe) in plan.fields.enumerated() {
      var value: Sample? = sampler[probe]
      // What the end of a window leaves behind means nothing.
      if isLast {
        value = nil
      } else if let when = plan.whens[index], !(try edges.holds(when)) {
        value = nil
      }
      values.append(plan.delays[index] == 0 || isLast ? value : delay(value, of: index))
    }
    return SampleRecord(
      channel: plan.stream, names: names, values: values, number: count, window: max(0, window),
      placeInWindow: placeInWindow, isLast: isLast, cycle: UInt64(sampler.cycle), instant: edges.picoseconds)
  }

  /// The value of the field as many samples ago as it is delayed by; nil in the first ones.
  private func delay(_ value: Sample?, of index: Int) -> Sample? {
    delayed[index].append(value)
    return delayed[index].count > plan.delays[index] ? delayed[index].removeFirst() : nil
  }

  /// The error for a field that counts and has bits that are neither 0 nor 1, at the sample that was taken last.
  func unknownField(_ index: Int) -> WaveReadError {
    edges.unknown(plan.fields[index], "where it is compared")
  }

  /// What had to hold, for people.
  var condition: String {
    plan.begins?.text ?? plan.accepted.map(\.text).joined(separator: " and ")
  }
}
