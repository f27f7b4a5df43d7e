import EBPF
import TestSupport
import Testing

/// Every vector through the loader's checks, the fast loop, and the step-by-step engine.
@Suite struct EncodingVectorTests {
  @Test(arguments: EncodingVectors.encodings)
  func encoding(_ encoding: Encoding) {
    for vector in encoding.vectors { check(vector) }
  }

  @Test(arguments: EncodingVectors.stack + EncodingVectors.reserved)
  func machine(_ vector: EncodingVector) { check(vector) }

  @Test(arguments: [1, 2, 8, 15])
  func callDepth(_ depth: Int) {
    for vector in EncodingVectors.callDepth(depth) { check(vector, .init(callDepth: depth)) }
  }

  @Test(arguments: EncodingVectors.endless)
  func endless(_ vector: EncodingVector) {
    check(vector, .init(instructionLimit: 1000))
  }

  private func check(_ vector: EncodingVector, _ limits: FunctionalEngine.Limits = .init()) {
    if case .refused(let code) = vector.result {
      let error = #expect(throws: LoadError.self, "\(vector)") { try Verifier.verify(text: vector.text) }
      #expect(error?.code == code, "\(vector)")
      return
    }
    #expect(throws: Never.self, "\(vector)") { try Verifier.verify(text: vector.text) }
    let machine = Machine(Program(text: vector.text), memory: vector.memory, limits: limits)
    machine.engine.helpers = vector.needsHelpers ? .test : .empty
    let fast = machine.run()
    #expect(result(fast, machine.state) == vector.result, "\(vector)")
    #expect(machine.memory == vector.memoryAfter, "\(vector)")
    machine.restart()
    let slow = machine.stepToTheEnd().stop
    #expect(result(slow, machine.state) == vector.result, "\(vector), by steps")
    #expect(machine.memory == vector.memoryAfter, "\(vector), by steps")
  }

  private func result(_ stop: FunctionalEngine.Stop, _ state: MachineState) -> EncodingVector.Result? {
    switch stop {
    case .exit: .exit(r0: state.registers[0])
    case .fault(let fault): .fault(fault.reason, pc: fault.pc)
    case .budget, .breakpoint: nil
    }
  }
}
