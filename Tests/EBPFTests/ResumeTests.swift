import EBPF
import TestSupport
import Testing

/// A run in pieces: budgets, breakpoints, and the state between them.
@Suite struct ResumeTests {
  /// Counts r1 up forever: slots 0 and 1.
  static let counter: [Instruction] = [.add(1, 1), .jump(-2)]

  @Test func budgetIsTight() {
    let machine = Machine(Program([.move(0, 1), .move(0, 2), .exit]))
    #expect(machine.run(instructions: 0) == .budget)
    #expect(machine.state == machine.engine.start())
    #expect(machine.run(instructions: 2) == .budget)
    #expect(machine.state.pc == 2 && machine.state.retired == 2 && machine.state.registers[0] == 2)
    #expect(machine.run(instructions: 1) == .exit)
    #expect(machine.state.pc == 2 && machine.state.retired == 3)
  }

  @Test func breakpointStopsBeforeItsInstruction() {
    let machine = Machine(Program(Self.counter))
    #expect(machine.run(breakpoint: 1) == .breakpoint)
    #expect(machine.state.pc == 1 && machine.state.retired == 1 && machine.state.registers[1] == 1)
    // At once when it is there already; a step goes past it.
    #expect(machine.run(breakpoint: 1) == .breakpoint)
    #expect(machine.state.retired == 1)
    #expect(machine.run(instructions: 1) == .budget)
    #expect(machine.run(breakpoint: 1) == .breakpoint)
    #expect(machine.state.retired == 3 && machine.state.registers[1] == 2)
  }

  @Test func breakpointWinsOverBothLimits() {
    let machine = Machine(Program(Self.counter), limits: .init(instructionLimit: 3))
    #expect(machine.run(instructions: 1, breakpoint: 1) == .breakpoint)
    #expect(machine.run(instructions: 0, breakpoint: 1) == .breakpoint)
    #expect(machine.run(instructions: 1, breakpoint: 1) == .breakpoint)
    #expect(machine.run(instructions: 2) == .fault(Fault(.instructionLimit, pc: 1)))
    #expect(machine.state.retired == 3)
    #expect(machine.run(breakpoint: 1) == .breakpoint)
  }

  @Test func breakpointLeavesTheProgramAsItWas() {
    let machine = Machine(Program([.move(0, 1), .add(0, 1), .exit]))
    for slot in [0, 1, 2] { #expect(machine.run(breakpoint: slot) == .breakpoint) }
    #expect(machine.run() == .exit)
    machine.restart()
    for nowhere in [-1, 3, 4, .max] {
      #expect(machine.run(breakpoint: nowhere) == .exit)
      #expect(machine.state.registers[0] == 2)
      machine.restart()
    }
  }

  /// Where a fast-forward hands over to another engine: in a function, with what its caller saved.
  @Test func framesAreInTheState() {
    let program: [Instruction] = [
      .move(6, 6), .move(7, 7), .move(8, 8), .move(9, 9), .call(1), .exit, .move(6, 60), .move(0, 5), .exit,
    ]
    let machine = Machine(Program(program))
    #expect(machine.run(breakpoint: 7) == .breakpoint)
    #expect(machine.state.frames == [MachineState.Frame(returnSlot: 5, r6: 6, r7: 7, r8: 8, r9: 9)])
    #expect(machine.state.registers.values == [0, 0, 0, 0, 0, 0, 60, 7, 8, 9, 0x0100_0f00])
    #expect(machine.run() == .exit)
    #expect(machine.state.registers.values == [5, 0, 0, 0, 0, 0, 6, 7, 8, 9, 0x0100_1000])
  }

  /// A state is a value: a copy of it has the same future.
  @Test func stateCanBeCopied() {
    let machine = Machine(Program([.move(0, 1), .store(8, at: 10, -8, 3), .add(0, 5), .exit]))
    _ = machine.run(instructions: 2)
    let saved = machine.state
    #expect(machine.run() == .exit)
    let end = machine.state
    machine.state = saved
    #expect(machine.run() == .exit && machine.state == end && end != saved)
  }

  @Test func stackBelongsToTheCaller() {
    let machine = Machine(Program([.store(1, at: 10, -1, 5), .load(1, 0, at: 10, -2), .exit]))
    machine.stack.bytes[4094] = 9
    #expect(machine.run() == .exit)
    #expect(machine.state.registers[0] == 9 && machine.stack.bytes[4095] == 5)
  }

  @Test func limitCountsAcrossSlices() {
    let machine = Machine(Program(Self.counter), limits: .init(instructionLimit: 10))
    for _ in 0..<3 { #expect(machine.run(instructions: 3) == .budget) }
    #expect(machine.run(instructions: 3) == .fault(Fault(.instructionLimit, pc: 0)))
    #expect(machine.state.retired == 10)
  }

  /// A fault stays where it is.
  @Test func faultRepeats() {
    let machine = Machine(Program([.move(0, 1), .load(1, 0, at: 3), .exit]))
    let fault = Fault(.loadOutOfBounds, pc: 1, address: 0, size: 1)
    #expect(machine.run() == .fault(fault))
    let state = machine.state
    #expect(state.pc == 1 && state.retired == 1 && state.registers[0] == 1)
    #expect(machine.run() == .fault(fault) && machine.state == state)
  }

  /// A state of nobody's making stops, it does not trap.
  @Test func stateOutsideOfTheTextFaults() {
    let machine = Machine(Program([.exit]))
    for pc in [-1, 1, 2, .max] {
      machine.state = MachineState(pc: pc, frames: [.init(returnSlot: -9, r6: 0, r7: 0, r8: 0, r9: 0)], retired: .max)
      #expect(machine.run() == .fault(Fault(.instructionLimit, pc: 1)))
      machine.state.retired = 0
      #expect(machine.run() == .fault(Fault(.fallThrough, pc: 1)))
    }
    machine.state = MachineState(pc: 0, frames: [.init(returnSlot: -9, r6: 0, r7: 0, r8: 0, r9: 0)])
    #expect(machine.run().fault?.reason == .fallThrough)
  }

  /// Random programs in random slices, with and without faults: the end is that of a run in one go.
  @Test(arguments: [0, 30])
  func slicesChangeNothing(_ faultsPerMille: Int) {
    var random = SeededRandom(state: 11)
    for seed in UInt64(0)..<400 {
      var generator = ProgramGenerator(seed: seed, faultsPerMille: faultsPerMille)
      let program = Program(generator.program()), data = generator.data()
      let limits = FunctionalEngine.Limits(instructionLimit: seed.isMultiple(of: 4) ? 40 : 0)
      let whole = Machine(program, memory: data, limits: limits),
        sliced = Machine(program, memory: data, limits: limits)
      let expected = whole.run()
      var stop = FunctionalEngine.Stop.budget
      while stop == .budget || stop == .breakpoint {
        let breakpoint = random.flag() ? random.below(program.text.count) : nil
        if breakpoint == sliced.state.pc { stop = sliced.run(instructions: 1) }
        if stop == .budget || stop == .breakpoint {
          stop = sliced.run(instructions: UInt64(random.below(30)), breakpoint: breakpoint)
        }
      }
      #expect(stop == expected, "seed \(seed)")
      #expect(sliced.state == whole.state, "seed \(seed)")
      #expect(sliced.memory == whole.memory && sliced.stackContents == whole.stackContents, "seed \(seed)")
    }
  }
}

extension FunctionalEngine.Stop {
  var fault: Fault? { if case .fault(let fault) = self { fault } else { nil } }
}
