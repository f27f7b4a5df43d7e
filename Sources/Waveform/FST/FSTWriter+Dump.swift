import CColumns

// The hot path: called many times per simulated cycle from other modules, hence inlinable, without allocation and
// without access to any stored `var` of the class.
extension FSTWriter {
  @inlinable
  public func advance(to time: UInt64) { begin(step(at: time), at: time) }

  /// The step that has, or will have, `time`.
  @inlinable @inline(__always)
  func step(at time: UInt64) -> UInt32 {
    let hot = self.hot
    guard time > hot.pointee.time else {
      precondition(time == hot.pointee.time, "time runs backwards")
      return hot.pointee.step
    }
    if hot.pointee.step == hot.pointee.lastStep { replaceBatch() }
    return hot.pointee.step &+ 1
  }

  @inlinable @inline(__always)
  func begin(_ step: UInt32, at time: UInt64) {
    let hot = self.hot
    hot.pointee.step = step
    hot.pointee.time = time
    hot.pointee.times[Int(truncatingIfNeeded: step)] = time
  }

  @inlinable
  public func change(_ signal: SignalHandle, to value: UInt64) {
    let hot = self.hot
    assert(signal.index < hot.pointee.signalCount, "not a signal of this dump, or the dump has not started")
    hot.pointee.columns.append(value, to: signal.index, step: hot.pointee.step)
  }

  @inlinable
  public func change(_ word: WordHandle, to value: UInt64) {
    let hot = self.hot
    hot.pointee.columns.append(value, to: word.index, step: hot.pointee.step)
  }

  @inlinable @inline(__always)
  public func record(_ memory: WatchedMemory, at time: UInt64) -> Bool {
    let step = step(at: time), columns = hot.pointee.columns
    guard append_changes(memory.watched, columns.ends, columns.values, columns.steps, columns.rowBits, step) else {
      return false
    }
    begin(step, at: time)
    return true
  }
}
