/// Walks through the changes of a file, one time step after the other, in bounded memory: one section of an FST file, a
/// piece of a VCD file.
///
///     let cursor = file.cursor()
///     while try cursor.next() {
///       for change in cursor.changes { print(cursor.time, change.handle, cursor.value(of: change)) }
///     }
public final class WaveCursor {
  private enum Reader {
    case fst(FSTStepReader)
    case vcd(VCDStepReader)
  }

  private let reader: Reader
  private let buffer = StepBuffer()
  private let handles: [WaveHandle]
  private let knownEnd: UInt64?
  private let knownLoss: String?

  init(fst: FSTStepReader, _ file: WaveFile) {
    reader = .fst(fst)
    (handles, knownEnd, knownLoss) = (file.hierarchy.handles, file.endTime, file.loss)
  }

  init(vcd: VCDStepReader, _ file: WaveFile) {
    reader = .vcd(vcd)
    (handles, knownEnd, knownLoss) = (file.hierarchy.handles, nil, nil)
  }

  /// Moves to the next time step; false after the last one. Times never decrease; two steps may have the same time.
  ///
  /// - Throws: ``WaveReadError`` when the file is damaged there. The walk is over then.
  public func next() throws(WaveReadError) -> Bool {
    switch reader {
    case .fst(let reader): try reader.next(into: buffer)
    case .vcd(let reader): try reader.next(into: buffer)
    }
  }

  /// The time of the step.
  public var time: UInt64 { buffer.time }

  /// The changes of the step in an order that matters for changes of the same signal only, of which the last one
  /// counts. Valid until the next step.
  public var changes: UnsafeBufferPointer<WaveChange> {
    UnsafeBufferPointer(start: buffer.changes, count: buffer.count)
  }

  /// Whether the step is not one of the file but its values at the start of the walk.
  public var isInitial: Bool { buffer.isInitial }

  /// Whether, from this step on, the file does not say what happens.
  public var isBlackout: Bool { buffer.isBlackout }

  /// The value that a change of this step leads to.
  public func value(of change: WaveChange) -> WaveValue { buffer.value(of: change, as: handles[change.handle]) }

  /// The bytes of a larger value, as its form says.
  func bytes(of change: WaveChange, count: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: buffer.pool + Int(change.payload), count: count)
  }

  /// The end of the file's time, once the walk is over: a signal keeps its last value until then.
  public var endTime: UInt64 { knownEnd ?? buffer.time }

  /// What the file should have had at its end and does not, once the walk is over.
  public var loss: String? {
    if case .vcd(let reader) = reader { return reader.loss }
    return knownLoss
  }
}
