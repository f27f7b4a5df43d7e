import SimKernel

extension CoreState {
  /// Stage 1: reads the instruction memory. A redirect of this cycle takes effect at the next.
  @inline(__always) mutating func fetch(_ context: UnsafePointer<CoreContext>) {
    if draining {
      decode.bubble = .branch
      return
    }
    decode.bubble = .none
    decode.pc = pc
    // Past the end of the program lie zeros, which are no instruction; they fault if they are ever executed.
    decode.word = pc < context.pointee.textCount ? context.pointee.text[Int(pc)] : 0
    pc &+= 1
  }
}
