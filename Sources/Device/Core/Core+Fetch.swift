import SimKernel

extension CoreState {
  /// Stage 1: reads the instruction memory. A redirect of this cycle takes effect at the next.
  @inline(__always) mutating func fetch(_ text: UnsafePointer<UInt64>, count: UInt32) {
    if draining {
      decode.bubble = .branch
      return
    }
    decode.bubble = .none
    decode.pc = pc
    // Past the end of the program lie zeros, which are no instruction; they fault if they are ever executed.
    decode.word = pc < count ? text[Int(pc)] : 0
    pc &+= 1
  }
}
