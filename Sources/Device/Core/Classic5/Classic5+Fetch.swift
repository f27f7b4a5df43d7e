import SimKernel

extension Classic5State {
  /// Stage 1: reads the instruction memory. A redirect of this cycle takes effect at the next.
  @inline(__always) mutating func fetch(_ context: UnsafePointer<CoreContext<Classic5Timing>>) {
    if draining {
      decode.bubble = .branch
      return
    }
    decode.bubble = .none
    decode.pc = pc
    decode.word = context.pointee.text[pc]
    pc &+= 1
  }
}
