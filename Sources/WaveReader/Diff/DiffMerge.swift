/// Walks through two files at once and finds the first difference of each pair of signals.
///
/// Names that share their values in both files are one pair of handles here.
struct DiffMerge {
  private struct Found {
    let time: UInt64
    let valueInA: String
    let valueInB: String
  }

  private var a: DiffSide
  private var b: DiffSide
  private let exponent: Int
  private let from: UInt64
  private var to: UInt64
  /// Handles of each pair, the names that belong to it, and what was found.
  private var handles: [(a: Int, b: Int)] = []
  private var names: [[WavePair]] = []
  private var found: [Found?] = []
  private var openCount: Int
  /// The step in which each pair was touched last, and the pairs of the current step.
  private var stamps: [UInt64]
  private var touched: [Int] = []
  private var isUnderWay = false
  private var hadBlackout = false

  init(
    _ a: WaveFile, _ b: WaveFile, _ matching: SignalMatching, _ options: WaveDiff.Options
  ) throws(WaveReadError) {
    exponent = min(a.timescale, b.timescale)
    var positions: [WavePair: Int] = [:]
    for pair in matching.pairs {
      let key = WavePair(a: a.hierarchy.signals[pair.a].handle, b: b.hierarchy.signals[pair.b].handle)
      if let known = positions[key] {
        names[known].append(pair)
      } else {
        positions[key] = handles.count
        handles.append((key.a, key.b))
        names.append([pair])
      }
    }
    openCount = handles.count
    found = Array(repeating: nil, count: handles.count)
    stamps = Array(repeating: 0, count: handles.count)
    let start = options.from?.units(exponent, roundedUp: true) ?? 0
    self.a = try DiffSide(a, handles.map(\.a), exponent: exponent, from: start)
    self.b = try DiffSide(b, handles.map(\.b), exponent: exponent, from: start)
    from = max(start, try self.a.scaled(a.startTime), try self.b.scaled(b.startTime))
    to = options.to?.units(exponent, roundedUp: false) ?? .max
  }

  // MARK: - Walk

  mutating func run() throws(WaveReadError) {
    var step: UInt64 = 0
    while openCount > 0 {
      if a.nextTime == nil { to = min(to, try a.end()) }
      if b.nextTime == nil { to = min(to, try b.end()) }
      guard let time = [a.nextTime, b.nextTime].compactMap({ $0 }).min(), time <= to else { break }
      if time > from && !isUnderWay { compareAll(at: from) }
      step += 1
      try take(time, step)
      if time < from { continue }
      compare(at: time)
    }
    try checkTimes()
    if !isUnderWay { compareAll(at: from) }
  }

  private mutating func take(_ time: UInt64, _ step: UInt64) throws(WaveReadError) {
    touched.removeAll(keepingCapacity: true)
    let isUnderWay = isUnderWay
    func touch(_ pair: Int) {
      guard isUnderWay, stamps[pair] != step else { return }
      stamps[pair] = step
      if found[pair] == nil { touched.append(pair) }
    }
    try a.take(time, touch: touch)
    try b.take(time, touch: touch)
  }

  private mutating func compare(at time: UInt64) {
    if a.isBlackout || b.isBlackout {
      // What happens until recording goes on is not known: all have to be compared then.
      (isUnderWay, hadBlackout) = (false, true)
    } else if isUnderWay {
      for pair in touched { compare(pair, at: time) }
    } else if time >= from {
      compareAll(at: time)
    }
  }

  private mutating func compareAll(at time: UInt64) {
    if a.isBlackout || b.isBlackout { return }
    isUnderWay = true
    a.forgetEvents(before: time)
    b.forgetEvents(before: time)
    for pair in handles.indices where found[pair] == nil { compare(pair, at: time) }
  }

  @inline(__always)
  private mutating func compare(_ pair: Int, at time: UInt64) {
    if HeldValues.areEqual(a.values, handles[pair].a, b.values, handles[pair].b) { return }
    note(pair, at: time)
  }

  private mutating func note(_ pair: Int, at time: UInt64) {
    guard let first = names[pair].first else { return }
    found[pair] = Found(
      time: time, valueInA: a.values.readable(handles[pair].a, Self.table(first.a, a.file)),
      valueInB: b.values.readable(handles[pair].b, Self.table(first.b, b.file)))
    openCount -= 1
  }

  private static func table(_ signal: Int, _ file: WaveFile) -> WaveEnumTable? {
    file.hierarchy.signals[signal].enumTable.map { file.hierarchy.enumTables[$0] }
  }

  private func checkTimes() throws(WaveReadError) {
    guard from > to else { return }
    throw WaveReadError(
      path: b.file.path, found: "no time that is compared with one of \(a.file.path)",
      expected: "a time from \(text(from)) on; the comparison ends at \(text(to))")
  }

  private func text(_ time: UInt64) -> String { WaveTime(time, exponent: exponent).readable }

  // MARK: - Report

  /// Adds differences, times and ends.
  func report(to result: inout WaveDiff.Result) {
    result.from = WaveTime(from, exponent: exponent)
    let ends = [a, b].map { $0.nextTime == nil ? try? $0.end() : nil }
    (result.endOfA, result.endOfB) = (
      ends[0].map { WaveTime($0, exponent: exponent) }, ends[1].map { WaveTime($0, exponent: exponent) }
    )
    let last = found.compactMap { $0?.time }.max()
    // When all signals differ, nothing after the last of the first differences was looked at.
    result.to = WaveTime(openCount == 0 ? last ?? from : to, exponent: exponent)
    (result.lossOfA, result.lossOfB) = (a.loss, b.loss)
    result.hadBlackout = hadBlackout
    var differences: [(time: UInt64, difference: WaveDiff.Difference)] = []
    for (pair, found) in found.enumerated() {
      guard let found else { continue }
      for name in names[pair] {
        differences.append(
          (
            found.time,
            WaveDiff.Difference(
              time: WaveTime(found.time, exponent: exponent), pathInA: a.file.hierarchy.path(of: name.a),
              pathInB: b.file.hierarchy.path(of: name.b), valueInA: found.valueInA, valueInB: found.valueInB)
          ))
      }
    }
    result.differences = differences.sorted { ($0.time, $0.difference.pathInA) < ($1.time, $1.difference.pathInA) }
      .map(\.difference)
  }
}
