// The hot path: called many times per simulated cycle from other modules, hence inlinable, without allocation and
// without access to any stored `var` of the class.
extension FSTWriter {
  @inlinable
  public func advance(to time: UInt64) {
    let hot = self.hot
    let now = hot.pointee.time
    guard time > now else {
      precondition(time == now, "time runs backwards")
      return
    }
    if hot.pointee.step >= hot.pointee.checkpoint { reachCheckpoint() }
    hot.pointee.step &+= 1
    hot.pointee.time = time
    hot.pointee.timeCursor += storeVarint(time &- now, at: hot.pointee.timeCursor)
  }

  @inlinable
  public func change(_ signal: SignalHandle, to value: UInt64) {
    let hot = self.hot
    assert(signal.index < hot.pointee.count, "not a signal of this dump, or the dump has not started")
    let chain = hot.pointee.chains + signal.index
    if chain.pointee.cursor > chain.pointee.limit { grow(chain) }
    hot.pointee.values[signal.index] = value
    chain.pointee.append(value, step: hot.pointee.step)
  }
}
