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
    hot.pointee.columns.append(value, to: signal.index, step: hot.pointee.step)
  }

  @inlinable
  public func change(_ word: WordHandle, to value: UInt64) {
    let hot = self.hot
    hot.pointee.columns.append(value, to: word.index, step: hot.pointee.step)
  }

  @inlinable
  public func change(_ words: UnsafePointer<WordHandle>, to values: UnsafePointer<UInt64>, where mask: UInt64) {
    // Copies, which stay in registers.
    let columns = hot.pointee.columns, step = hot.pointee.step
    var rest = mask
    while rest != 0 {
      let word = rest.trailingZeroBitCount
      rest &= rest &- 1
      columns.append(values[word], to: words[word].index, step: step)
    }
  }
}
