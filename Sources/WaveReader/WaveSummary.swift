/// What only a walk through a whole file tells.
public struct WaveSummary: Sendable {
  /// Changes that the file has, and times at which there are some, or which it names all the same.
  public private(set) var changeCount = 0
  public private(set) var stepCount = 0
  public private(set) var endTime: UInt64 = 0
  /// Times during which nothing was recorded; the last one may have no end.
  public private(set) var blackouts: [(from: UInt64, to: UInt64?)] = []
  /// See ``WaveFile/loss``.
  public private(set) var loss: String?

  /// Walks through `file`.
  ///
  /// - Throws: ``WaveReadError`` when the file is damaged.
  public init(of file: WaveFile) throws(WaveReadError) {
    let cursor = file.cursor()
    var isBlackout = false
    var lastTime: UInt64?
    while try cursor.next() {
      if !cursor.isInitial {
        changeCount += cursor.changes.count
        if cursor.time != lastTime { stepCount += 1 }
        lastTime = cursor.time
      }
      if cursor.isBlackout == isBlackout { continue }
      isBlackout = cursor.isBlackout
      if isBlackout {
        blackouts.append((cursor.time, nil))
      } else if let last = blackouts.popLast() {
        blackouts.append((last.from, cursor.time))
      }
    }
    endTime = cursor.endTime
    loss = cursor.loss
  }
}
