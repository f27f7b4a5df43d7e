import EBPF

/// The machine between two instructions, as the functional engine keeps it: for runs, or parts of runs, without timing.
extension RunState {
  /// What the engine goes on from when the next instruction is at `pc`.
  func machine<P>(at pc: UInt32, _ context: UnsafePointer<CoreContext<P>>) -> MachineState {
    var machine = MachineState(pc: Int(pc), retired: retired &+ fastForwarded)
    for i in 0...10 { machine.registers[i] = registers[i] }
    if depth > 0 {
      // The frame at depth 0 is nobody's: the entry function has no caller.
      let older = (1..<Int(depth)).map { context.pointee.callStack[$0] }
      machine.frames = (older + [caller]).map(MachineState.Frame.init)
    }
    return machine
  }

  /// Takes over where the engine stopped, but for the account of cycles.
  mutating func adopt<P>(_ machine: MachineState, _ context: UnsafePointer<CoreContext<P>>) {
    for i in 0...10 { registers[i] = machine.registers[i] }
    depth = UInt8(machine.frames.count)
    let frames = [CallFrame()] + machine.frames.map(CallFrame.init)
    for i in frames.indices.dropLast() { context.pointee.callStack[i] = frames[i] }
    caller = frames[frames.count - 1]
  }
}

extension CoreContext {
  /// An engine for the program in the instruction memory, with the memory and the limits of `run`, but for that of its
  /// instructions.
  func makeEngine(_ run: borrowing RunState) -> FunctionalEngine {
    let stack = memory.stackRegion
    return FunctionalEngine(
      program: Program(text: Array(UnsafeBufferPointer(start: text.slots, count: textCount))),
      limits: .init(
        stackBase: stack.base, stackBytes: stack.bytes.count, frameBytes: limits.frameSize,
        callDepth: limits.callDepth),
      regions: memory.regions(MemoryWindow(run)), helpers: helperTable)
  }
}

extension MachineState.Frame {
  fileprivate init(_ frame: CallFrame) {
    self.init(
      returnSlot: Int(frame.returnPC), r6: frame.saved[0], r7: frame.saved[1], r8: frame.saved[2], r9: frame.saved[3])
  }
}

extension CallFrame {
  fileprivate init(_ frame: MachineState.Frame) {
    returnPC = UInt32(frame.returnSlot)
    saved = [frame.r6, frame.r7, frame.r8, frame.r9]
  }
}

extension CoreFault {
  /// The engine's word for the same fault.
  package init(_ reason: Fault.Reason) {
    switch reason {
    case .loadOutOfBounds: self = .loadOutOfBounds
    case .storeOutOfBounds: self = .storeOutOfBounds
    case .misalignedAtomic: self = .misalignedAtomic
    case .stackOverflow: self = .callDepth
    case .unknownHelper: self = .unknownHelper
    case .instructionLimit: self = .instructionLimit
    case .invalidInstruction, .fallThrough: self = .invalidInstruction
    }
  }
}
