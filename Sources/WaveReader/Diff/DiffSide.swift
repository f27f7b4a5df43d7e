/// One of two files that are compared: the walk through it, and the values that it has at the current time.
struct DiffSide {
  let file: WaveFile
  private let cursor: WaveCursor
  /// Units of the comparison in one of the file.
  private let factor: UInt64
  private let exponent: Int
  private(set) var values: HeldValues
  /// The time of the step that comes next, in units of the comparison; nil when there is none.
  private(set) var nextTime: UInt64?
  private(set) var isBlackout = false
  /// For each handle the end of its pairs in `pairsByHandle`, after that of the handle before.
  private var pairEnds: [Int]
  private var pairsByHandle: [Int32]

  /// `handles` are the handles of all pairs, `start` is the time that is wanted first.
  init(
    _ file: WaveFile, _ handles: [Int], exponent: Int, from start: UInt64
  ) throws(WaveReadError) {
    self.file = file
    self.exponent = exponent
    guard let factor = WaveTime.factor(from: file.timescale, to: exponent) else {
      throw WaveReadError(
        path: file.path, found: "a time scale of \(WaveTime.unit(file.timescale))",
        expected: "one that is closer to \(WaveTime.unit(exponent))")
    }
    self.factor = factor
    let count = file.hierarchy.handles.count
    values = HeldValues(file.hierarchy)
    var wanted = [Bool](repeating: false, count: count)
    pairEnds = [Int](repeating: 0, count: count + 1)
    for handle in handles {
      wanted[handle] = true
      pairEnds[handle + 1] += 1
    }
    for handle in 0..<count { pairEnds[handle + 1] += pairEnds[handle] }
    var places = pairEnds
    pairsByHandle = [Int32](repeating: 0, count: handles.count)
    for (pair, handle) in handles.enumerated() {
      pairsByHandle[places[handle]] = Int32(pair)
      places[handle] += 1
    }
    cursor = file.cursor(from: start / factor, wanted: wanted)
    try advance()
  }

  /// The time of the file in units of the comparison.
  func scaled(_ time: UInt64) throws(WaveReadError) -> UInt64 {
    let (product, overflow) = time.multipliedReportingOverflow(by: factor)
    guard !overflow else {
      throw WaveReadError(
        path: file.path, found: "time \(WaveTime(time, exponent: file.timescale).readable)",
        expected: "times of at most 64 bits in units of \(WaveTime.unit(exponent))")
    }
    return product
  }

  /// The end of the file, once there is no next step.
  func end() throws(WaveReadError) -> UInt64 { try scaled(cursor.endTime) }
  var loss: String? { cursor.loss }

  private mutating func advance() throws(WaveReadError) {
    nextTime = try cursor.next() ? scaled(cursor.time) : nil
  }

  /// Forgets events before `time`, since which the files are compared.
  mutating func forgetEvents(before time: UInt64) { values.forgetEvents(before: time) }

  /// Takes all changes at `time`, which is the next one, and calls `touch` for each pair that they belong to.
  mutating func take(_ time: UInt64, touch: (Int) -> Void) throws(WaveReadError) {
    while nextTime == time {
      for change in cursor.changes {
        let start = pairEnds[change.handle], end = pairEnds[change.handle + 1]
        if start == end { continue }
        values.take(change, at: time, cursor)
        for place in start..<end { touch(Int(pairsByHandle[place])) }
      }
      isBlackout = cursor.isBlackout
      try advance()
    }
  }
}
