// The hot path: called many times per simulated cycle from other modules, hence inlinable, without allocation and
// without access to any stored `var` of the class.
extension FSTWriter {
  @inlinable
  public func advance(to time: UInt64) {
    let hot = self.hot
    guard time > hot.pointee.time else {
      precondition(time == hot.pointee.time, "time runs backwards")
      return
    }
    if hot.pointee.step == hot.pointee.lastStep { replaceBatch() }
    let step = hot.pointee.step &+ 1
    hot.pointee.step = step
    hot.pointee.time = time
    hot.pointee.times[Int(truncatingIfNeeded: step)] = time
  }

  @inlinable
  public func change(_ signal: SignalHandle, to value: UInt64) {
    let hot = self.hot
    assert(signal.index < hot.pointee.signalCount, "not a signal of this dump, or the dump has not started")
    hot.pointee.cursors[signal.index].append(value, step: hot.pointee.step, form: .word)
  }

  @inlinable
  public func change(_ word: WordHandle, to value: UInt64) {
    let hot = self.hot
    hot.pointee.cursors[word.index].append(value, step: hot.pointee.step, form: .word)
  }
}
