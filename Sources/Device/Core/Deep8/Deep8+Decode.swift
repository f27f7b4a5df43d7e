import EBPF
import SimKernel

extension Deep8State {
  /// Stage 3: decodes, joins the slots of LDDW, and follows jumps and calls that fetch did not know.
  @inline(__always) mutating func decode(_ context: UnsafePointer<CoreContext<Deep8Parameters>>) -> Redirect {
    read.bubble = decode.bubble
    guard decode.bubble == .none else { return .none }
    let instruction = Instruction(word: decode.word)
    if widePending {
      joinWide(instruction)
      return .none
    }
    let traits = context.pointee.traits[Int(instruction.opcode)]
    if traits.isWide {
      widePending = true
      wideWord = decode.word
      read.bubble = .wide
      return .none
    }
    read.pc = decode.pc
    read.next = decode.next
    read.word = decode.word
    read.immediate = instruction.signExtendedImmediate
    read.destination = instruction.writtenRegister(traits)
    return decode.isKnown || !(traits.isJump || traits.isCall) ? .none : redirect(instruction, traits, context)
  }

  /// The second slot of LDDW completes its constant.
  @inline(never) private mutating func joinWide(_ second: Instruction) {
    let first = Instruction(word: wideWord)
    widePending = false
    read.pc = decode.pc &- 1
    read.next = decode.next
    read.word = wideWord
    read.immediate = first.wideImmediate(next: second)
    read.destination = first.destination
  }

  /// A jump or a local call whose target is in its slot. The return addresses are set back to those of this instruction:
  /// what has been fetched behind it may have called or returned.
  @inline(never) private mutating func redirect(
    _ instruction: Instruction, _ traits: OpcodeTraits, _ context: UnsafePointer<CoreContext<Deep8Parameters>>
  ) -> Redirect {
    if traits.isCall {
      guard instruction.opcode == Opcode.call && instruction.source == 1 else { return .none }
      returnDepth = decode.returnDepth &+ 1
      context.pointee.parameters.tables.setReturnAddress(decode.pc &+ 1, depth: returnDepth)
    } else {
      returnDepth = decode.returnDepth
    }
    pc = decode.pc &+ 1 &+ UInt32(truncatingIfNeeded: instruction.jumpDistance)
    read.next = pc
    return .flush
  }
}
