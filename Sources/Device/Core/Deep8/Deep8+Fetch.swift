import SimKernel

extension Deep8State {
  /// Stage 1: looks up the instruction cache and the branch predictor with `pc`. A redirect of this cycle takes effect at
  /// the next.
  ///
  /// A line that is not there takes its place at once, but fetch waits until it is complete. That goes on when fetch is
  /// redirected meanwhile: what has been asked of a memory cannot be withdrawn.
  @inline(__always) mutating func fetch(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    if draining {
      fetch2.bubble = .branch
      return
    }
    if refillCount != 0 {
      fetch2.bubble = .instructionFetch
      return
    }
    let tables = context.pointee.parameters.tables
    guard tables.holdsLine(of: pc) else {
      refillCount = context.pointee.parameters.refillCycles
      fetch2.bubble = .instructionFetch
      return
    }
    fetch2.bubble = .none
    fetch2.pc = pc
    fetch2.isKnown = false
    pc &+= 1
    if let known = tables.target(of: fetch2.pc) { follow(known, tables) }
    fetch2.next = pc
    fetch2.returnDepth = returnDepth
  }

  /// The branch target buffer knows the slot: fetch goes on where it is expected to lead.
  @inline(__always) private mutating func follow(_ known: BranchTarget, _ tables: Deep8Tables) {
    fetch2.isKnown = true
    switch known.kind {
    case .none: break
    case .branch: if tables.predictsTaken(known.pc) { pc = known.target }
    case .jump: pc = known.target
    case .call:
      returnDepth &+= 1
      tables.setReturnAddress(pc, depth: returnDepth)
      pc = known.target
    case .return:
      // Without a caller it is the EXIT of the program.
      guard returnDepth != 0 else { return }
      pc = tables.returnAddress(depth: returnDepth)
      returnDepth &-= 1
    }
  }

  /// Stage 2: the slot arrives.
  @inline(__always) mutating func receive(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) {
    decode.bubble = fetch2.bubble
    guard fetch2.bubble == .none else { return }
    decode.isKnown = fetch2.isKnown
    decode.returnDepth = fetch2.returnDepth
    decode.pc = fetch2.pc
    decode.next = fetch2.next
    decode.word = context.pointee.text[fetch2.pc]
  }
}
