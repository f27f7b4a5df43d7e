/// The value changes of one stretch of simulated time, as they are collected: a chain per signal, the table of its time
/// steps, and the values at its beginning.
struct FSTSection: ~Copyable {
  private(set) var columns: FSTColumnEncoder
  private(set) var startTime: UInt64 = 0
  private(set) var endTime: UInt64 = 0
  /// Variable-length time differences, the first one from zero.
  private(set) var timeTable = ByteBuffer()
  private(set) var stepCount = 0
  /// The frame at the beginning, packed by zlib.
  private(set) var packedFrame = ByteBuffer()

  init(columns: consuming FSTColumnEncoder) {
    self.columns = columns
  }

  var signalCount: Int { columns.signals.count }
  var isEmpty: Bool { stepCount <= 1 && chainBytes == 0 }

  /// The bytes of all chains.
  private(set) var chainBytes = 0

  /// Bytes before packing.
  var bytes: Int { chainBytes + timeTable.count }

  /// Begins at `time`, which becomes step 0, with the values that the signals have now.
  ///
  /// - Parameters:
  ///   - emitsAll: Makes every value a change at step 0 too.
  ///   - capacityBound: When chains hold more bytes than this together, other signals were busy than will be: they give
  ///     their memory back.
  mutating func begin(at time: UInt64, emitsAll: Bool, capacityBound: Int) {
    columns.refreshFrame()
    packedFrame.truncate(to: 0)
    if let frame = columns.frame.baseAddress {
      _ = packedFrame.append(zlib: frame, count: columns.frame.count, level: 1)
    }
    removeChains(capacityBound: capacityBound)
    timeTable.truncate(to: 0)
    timeTable.append(varint: time)
    startTime = time
    endTime = time
    stepCount = 1
    if emitsAll { for signal in 0..<signalCount { chainBytes += columns.appendCurrent(signal, step: 0) } }
  }

  /// Adds the changes of `batch`.
  mutating func append(_ batch: FSTBatch) {
    // A section's first step is the one before it, and a batch may go on where the one before it stopped.
    let goesOn = batch.times[0] == endTime
    let firstStep = UInt32(stepCount - (goesOn ? 1 : 0))
    for step in (goesOn ? 1 : 0)..<batch.stepCount {
      timeTable.append(varint: batch.times[step] - endTime)
      endTime = batch.times[step]
    }
    stepCount = Int(firstStep) + batch.stepCount
    for column in 0..<batch.columnCount {
      let changes = batch.changes(of: column)
      if changes.count == 0 { continue }
      chainBytes += columns.encode(column, changes, payload: batch.payload, firstStep: firstStep)
      batch.removeChanges(of: column)
    }
  }

  /// Records a change of a text at the last step.
  mutating func change(text signal: Int, to text: String) {
    columns.setText(signal, to: Array(text.utf8))
    chainBytes += columns.appendCurrent(signal, step: UInt32(stepCount - 1))
  }

  /// Forgets all but the values at the beginning: what is left is a section without changes.
  mutating func removeChanges() {
    removeChains(capacityBound: 0)
    timeTable.truncate(to: 0)
    timeTable.append(varint: startTime)
    endTime = startTime
    stepCount = 1
  }

  private mutating func removeChains(capacityBound: Int) {
    chainBytes = 0
    var capacity = 0
    for signal in 0..<signalCount {
      columns.chains[signal].removeAll()
      capacity += columns.chains[signal].capacity
    }
    if capacity <= capacityBound { return }
    for signal in 0..<signalCount { columns.chains[signal].shrink() }
  }
}
