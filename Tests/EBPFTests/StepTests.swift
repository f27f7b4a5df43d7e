import EBPF
import TestSupport
import Testing

/// One instruction at a time, and what its record says.
@Suite struct StepTests {
  typealias Access = CommitRecord.MemoryAccess
  static let memory: [UInt8] = [0x80, 0x91, 0xa2, 0xb3, 0xc4, 0xd5, 0xe6, 0xf7, 8, 0, 0, 0, 0, 0, 0, 0]

  /// The record of the last of `program`, all of whose other instructions retire.
  private func record(
    _ program: [Instruction], helpers: HelperTable = .empty, limits: FunctionalEngine.Limits = .init(), after count: Int
  ) -> CommitRecord {
    let machine = Machine(Program(program), memory: Self.memory, limits: limits)
    machine.engine.helpers = helpers
    for _ in 0..<count { #expect(machine.step().stop == nil) }
    return machine.step().record
  }

  private func writes(_ pairs: (UInt8, UInt64)...) -> [CommitRecord.RegisterWrite] {
    pairs.map { CommitRecord.RegisterWrite(register: $0, value: $1) }
  }

  @Test func registerInstructions() {
    let add = record([.move(4, 7), .add(4, -2), .exit], after: 1)
    #expect(
      add
        == CommitRecord(order: 1, pc: 1, instruction: Instruction.add(4, -2).word, writes: writes((4, 5))))
    let constant = wide(3, 0x1_2345_6789)
    #expect(
      record(constant + [.exit], after: 0)
        == CommitRecord(pc: 0, instruction: constant[0].word, writes: writes((3, 0x1_2345_6789))))
    #expect(record(constant + [.exit], after: 1) == CommitRecord(order: 1, pc: 2, instruction: Instruction.exit.word))
    let branch = record([.jumpIfEqual(0, 0, 1), .exit, .exit], after: 0)
    #expect(branch.writes.isEmpty && branch.accesses.isEmpty && branch.fault == nil)
  }

  /// The access has the bytes in memory, the register what becomes of them.
  @Test func loadsAndStores() {
    let load = record([Instruction(opcode: 0x81, dst: 2, src: 1), .exit], after: 0)
    #expect(load.accesses == [Access(.load, size: 4, address: memoryBase, value: 0xb3a2_9180)])
    #expect(load.writes == writes((2, 0xffff_ffff_b3a2_9180)))
    let store = record([.store(2, at: 1, 3, -2), .exit], after: 0)
    #expect(store.accesses == [Access(.store, size: 2, address: memoryBase + 3, value: 0xfffe)])
    #expect(store.writes.isEmpty)
  }

  @Test func atomics() {
    let add = record([.move(3, 5), .atomic(8, AtomicOperation.add, at: 1, 8, register: 3), .exit], after: 1)
    let load = Access(.load, size: 8, address: memoryBase + 8, value: 8)
    #expect(add.accesses == [load, Access(.store, size: 8, address: memoryBase + 8, value: 13)])
    #expect(add.writes.isEmpty)
    let fetch = record([.move(3, 5), .atomic(8, AtomicOperation.exchange, at: 1, 8, register: 3), .exit], after: 1)
    #expect(fetch.accesses == [load, Access(.store, size: 8, address: memoryBase + 8, value: 5)])
    #expect(fetch.writes == writes((3, 8)))
    let compare = Instruction.atomic(8, AtomicOperation.compareExchange, at: 1, 8, register: 1)
    let equal = record([.move(0, 8), compare, .exit], after: 1)
    #expect(equal.accesses == [load, Access(.store, size: 8, address: memoryBase + 8, value: memoryBase)])
    #expect(equal.writes == writes((0, 8)))
    let different = record([.move(0, 9), compare, .exit], after: 1)
    #expect(different.accesses == [load] && different.writes == writes((0, 8)))
  }

  @Test func calls() {
    let program: [Instruction] = [.move(7, 7), .call(1), .exit, .move(7, 70), .exit]
    #expect(record(program, after: 1).writes == writes((10, 0x0100_0f00)))
    #expect(record(program, after: 3).writes == writes((6, 0), (7, 7), (8, 0), (9, 0), (10, 0x0100_1000)))
    #expect(record(program, after: 4).writes.isEmpty)
    let indirect = wide(2, CodeAddress.address(ofSlot: 4)) + [.callx(2), .exit, .exit]
    #expect(record(indirect, after: 1).writes == writes((10, 0x0100_0f00)))
    let helper = record([.callHelper(1), .exit], helpers: .test, after: 0)
    #expect(helper.writes == writes((0, memoryBase)) && helper.accesses.isEmpty)
  }

  /// The program ends with the instruction, which retires; or with the fault of one that does not.
  @Test func ends() {
    let machine = Machine(Program([.move(1, 0), .callHelper(5)]))
    machine.engine.helpers = .test
    let (records, stop) = machine.stepToTheEnd()
    #expect(stop == .exit && records.count == 2 && machine.state.retired == 2)
    #expect(records[1].writes == writes((0, 0)))
    let fault = Machine(Program([.move(0, 1), .store(8, at: 0, 0, 1), .exit]))
    let end = fault.stepToTheEnd()
    #expect(end.stop == .fault(Fault(.storeOutOfBounds, pc: 1, address: 1, size: 8)))
    #expect(
      end.records.last
        == CommitRecord(
          order: 1, pc: 1, instruction: Instruction.store(8, at: 0, 0, 1).word, fault: "storeOutOfBounds"))
    #expect(fault.state.retired == 1)
  }

  @Test func everyReasonOfAFault() {
    let limits = FunctionalEngine.Limits(callDepth: 1, instructionLimit: 3)
    let programs: [(Fault.Reason, [Instruction], Int)] = [
      (.loadOutOfBounds, [.load(1, 0, at: 3)], 0), (.storeOutOfBounds, [.store(1, at: 3, 0, 0)], 0),
      (.misalignedAtomic, [.atomic(4, 0, at: 1, 2, register: 0)], 0), (.stackOverflow, [.call(-1)], 1),
      (.unknownHelper, [.callHelper(9)], 0), (.instructionLimit, [.jump(-1)], 3),
      (.invalidInstruction, [.move(11, 0)], 0),
      (.fallThrough, [.move(0, 0)], 1),
    ]
    #expect(programs.map(\.0) == Fault.Reason.allCases)
    for (reason, program, count) in programs {
      let record = record(program, limits: limits, after: count)
      #expect(record.fault == "\(reason)" && record.writes.isEmpty && record.accesses.isEmpty)
      #expect(record.order == UInt64(count))
    }
  }

  /// Random programs: each step makes the state that the fast loop makes, and its record alone tells what changed.
  @Test(arguments: [0, 30])
  func agreesWithTheLoop(_ faultsPerMille: Int) {
    var steps = 0, faults = 0
    for seed in UInt64(1000)..<1200 {
      var generator = ProgramGenerator(seed: seed, faultsPerMille: faultsPerMille)
      let program = Program(generator.program()), data = generator.data()
      let fast = Machine(program, memory: data), slow = Machine(program, memory: data)
      var shadow = Shadow(slow.state.registers.values, data)
      var stop: FunctionalEngine.Stop?
      while stop == nil {
        let expected = fast.run(instructions: 1)
        let record: CommitRecord
        (record, stop) = slow.step()
        shadow.apply(record)
        guard stop ?? .budget == expected, slow.state == fast.state, shadow.registers == slow.state.registers.values,
          record.order == UInt64(steps)
        else {
          Issue.record("seed \(seed), step \(steps): \(record)")
          return
        }
        steps += 1
      }
      steps = 0
      if stop?.fault != nil { faults += 1 }
      #expect(slow.memory == fast.memory && slow.stackContents == fast.stackContents, "seed \(seed)")
      #expect(shadow.memory == slow.memory, "seed \(seed)")
    }
    #expect(faultsPerMille == 0 ? faults == 0 : faults > 50)
  }

  /// Registers and memory as the records alone tell them.
  private struct Shadow {
    var registers: [UInt64]
    var memory: [UInt8]

    init(_ registers: [UInt64], _ memory: [UInt8]) { (self.registers, self.memory) = (registers, memory) }

    mutating func apply(_ record: CommitRecord) {
      #expect(record.writes.map(\.register) == record.writes.map(\.register).sorted())
      for write in record.writes { registers[Int(write.register)] = write.value }
      for access in record.accesses {
        guard access.address >= memoryBase else { continue }
        let start = Int(access.address - memoryBase)
        for byte in 0..<Int(access.size) {
          let value = UInt8(truncatingIfNeeded: access.value >> (8 * UInt64(byte)))
          if access.kind == .store { memory[start + byte] = value }
          #expect(memory[start + byte] == value)
        }
      }
    }
  }
}
