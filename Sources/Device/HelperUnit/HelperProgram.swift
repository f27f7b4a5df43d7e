import EBPF

/// A program in the place of a helper function: what a scenario adds when no function of the library will do.
struct HelperProgram: Sendable {
  /// Where its data and its stack lie: beside those of its caller, whose memory it sees too.
  static let dataBase: UInt64 = 0x0300_0000
  private static let stackBase: UInt64 = 0x0380_0000
  private static let stackBytes = 4096
  /// A function that does not end faults its caller.
  private static let instructionLimit: UInt64 = 100_000_000

  let program: Program

  /// Runs the program to its end; a fault of it is a fault of its caller.
  @Sendable func call(_ call: HelperContext) -> HelperResult {
    withMemory { stack, data in
      var engine = FunctionalEngine(
        program: program,
        limits: .init(
          stackBase: stack.base, stackBytes: stack.bytes.count, instructionLimit: HelperProgram.instructionLimit),
        regions: call.regions + data)
      var state = engine.start(r1: call.r1, r2: call.r2)
      (state.registers[3], state.registers[4], state.registers[5]) = (call.r3, call.r4, call.r5)
      if case .fault(let fault) = engine.resume(&state, stack: stack) {
        return .fault(fault.reason, address: fault.address, size: fault.size)
      }
      return .value(state.registers[0])
    }
  }

  /// Fresh memory for each call.
  private func withMemory(_ body: (MemoryRegion, [MemoryRegion]) -> HelperResult) -> HelperResult {
    var stack = [UInt8](repeating: 0, count: HelperProgram.stackBytes), data = program.data
    return stack.withUnsafeMutableBytes { stack in
      data.withUnsafeMutableBytes { data in
        let constants = program.writableDataOffset
        return body(
          MemoryRegion(base: HelperProgram.stackBase, bytes: stack),
          [
            MemoryRegion(
              base: program.dataBase, bytes: .init(rebasing: data[..<constants]), isWritable: false),
            MemoryRegion(base: program.dataBase + UInt64(constants), bytes: .init(rebasing: data[constants...])),
          ])
      }
    }
  }
}
