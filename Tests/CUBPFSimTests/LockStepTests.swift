import CUBPFSimHeader
import EBPF
import TestSupport
import Testing

/// A design and the model side by side. The design is the other kind of model: the timed core of a whole system, beside the
/// core without timing.
struct LockStepTests {
  private static let loop: [Instruction] = [
    .move(6, 5), .move(7, 0), .add(7, register: 6), .store(8, at: 10, -8, register: 7), .add(6, -1),
    Instruction(opcode: 0x55, dst: 6, offset: -4, imm: 0), .load(8, 0, at: 10, -8), .exit,
  ]

  @Test(arguments: 1...30 as ClosedRange<UInt64>) func randomProgramsAreTheSameInBothModels(seed: UInt64) throws {
    var generator = ProgramGenerator(seed: seed, faultsPerMille: seed.isMultiple(of: 3) ? 20 : 0)
    let data = generator.data(), program = bytes(generator.program()), folder = try Folder()
    let design = Bench(scenario: try folder.scenario(program, data: data)), model = Bench(program: program, data: data)
    try #require(design.refusal.isEmpty && model.refusal.isEmpty, "\(design.refusal)\(model.refusal)")
    var count: UInt64 = 0
    while let commit = design.step() {
      #expect(model.check(commit) == UBPFSIM_OK)
      count += 1
    }
    #expect(ubpfsim_finish(model.handle) == UBPFSIM_OK && model.differences.isEmpty, "\(model.differences)")
    var compared: UInt64 = 0
    _ = ubpfsim_counts(model.handle, &compared, nil, nil)
    #expect(count > 3 && compared == count)
  }

  @Test func aTimedModelChecksTimesFromTheFirstCommitOfARun() throws {
    for late in [0, 3, 4] as [UInt64] {
      let folder = try Folder(), path = try folder.scenario(bytes(Self.loop), runs: 2)
      let design = Bench(scenario: path), model = Bench(scenario: path)
      var rules = usualRules()
      rules.cycle_tolerance = 3
      var results: Set<UInt32> = []
      while var commit = design.step() {
        // All of it later does not matter; one commit later than the others does.
        commit.cycle += 1000 * UInt64(commit.run + 1) + (commit.order == 4 ? late : 0)
        results.insert(model.check(commit, rules).rawValue)
      }
      #expect(results == (late > 3 ? [0, 1] : [0]))
      #expect(model.differences.count == (late > 3 ? 2 : 0))
      #expect(ubpfsim_finish(model.handle) == UBPFSIM_OK)
    }
  }

  private static let changes: [(field: String, ignored: Int, change: @Sendable (inout ubpfsim_commit) -> Void)] = [
    ("pc", UBPFSIM_IGNORE_PC, { $0.pc += 1 }), ("insn", UBPFSIM_IGNORE_INSTRUCTION, { $0.instruction ^= 1 << 63 }),
    ("fault", UBPFSIM_IGNORE_FAULT, { $0.fault.0 = 65 }),
    ("stores", UBPFSIM_IGNORE_STORES, { $0.accesses.0.value ^= 1 }),
    ("stores", UBPFSIM_IGNORE_STORES, { $0.accesses.0.address += 8 }),
    ("stores", UBPFSIM_IGNORE_STORES | UBPFSIM_IGNORE_LOADS, { $0.accesses.0.is_store = 0 }),
    ("place", UBPFSIM_IGNORE_PLACE, { $0.order += 1 }), ("place", UBPFSIM_IGNORE_PLACE, { $0.run += 1 }),
  ]

  @Test(arguments: changes.indices) func aDifferenceIsFoundAndCanBeIgnored(index: Int) throws {
    let (field, ignored, change) = Self.changes[index]
    for isIgnored in [false, true] {
      let program = bytes(Self.loop), design = Bench(program: program), model = Bench(program: program)
      var rules = usualRules()
      if isIgnored { rules.ignored = UInt64(ignored) }
      for step in 0..<8 {
        var commit = try #require(design.step())
        if step == 3 { change(&commit) }
        #expect(model.check(commit, rules) == (step == 3 && !isIgnored ? UBPFSIM_DIFFERENT : UBPFSIM_OK))
      }
      #expect(model.differences.count == (isIgnored ? 0 : 1))
      if !isIgnored {
        #expect(model.differences[0].contains("\(field) is "), "\(model.differences)")
        #expect(model.differences[0].contains("\n  model  core0 run0 #3 pc=0x0003 "))
      }
    }
  }

  @Test func registersAreComparedUnderMasks() throws {
    for (mask, expected) in [(.max, UBPFSIM_DIFFERENT), (0xff, UBPFSIM_OK), (0, UBPFSIM_OK)]
      as [(UInt64, ubpfsim_status)]
    {
      let program = bytes([.move(3, 7), .exit]), design = Bench(program: program), model = Bench(program: program)
      var rules = usualRules(), commit = try #require(design.step())
      rules.register_masks.3 = mask
      commit.writes.0.value |= 0x100
      #expect(model.check(commit, rules) == expected)
    }
  }

  @Test func theModelTakesOverWhatItCannotKnow() throws {
    // r0 of the design is what its clock said; what follows from it has to be right all the same.
    let program = bytes([.move(0, 1), .copy(1, from: 0), .add(1, 1), .exit]), model = Bench(program: program)
    let design = Bench(program: program)
    var rules = usualRules()
    rules.register_masks.0 = 0
    var commit = try #require(design.step())
    commit.writes.0.value = 0x1234
    #expect(model.check(commit, rules) == UBPFSIM_OK)
    #expect(ubpfsim_set_register(model.handle, 0, 0x1234) == UBPFSIM_OK)
    #expect(ubpfsim_set_register(design.handle, 0, 0x1234) == UBPFSIM_OK)
    while let commit = design.step() { #expect(model.check(commit) == UBPFSIM_OK) }
    var value: UInt64 = 0
    #expect(ubpfsim_get_register(model.handle, 1, &value) == UBPFSIM_OK && value == 0x1235)
  }

  @Test func memoryIsReadAndWritten() throws {
    let program = bytes([.load(8, 0, at: 1, 8), .exit]), model = Bench(program: program, data: Array(1...16))
    var read = [UInt8](repeating: 0, count: 4)
    #expect(ubpfsim_read_memory(model.handle, 0x40_0002, &read, 4) == UBPFSIM_OK && read == [3, 4, 5, 6])
    #expect(ubpfsim_write_memory(model.handle, 0x40_0008, [0x11, 0x22] as [UInt8], 2) == UBPFSIM_OK)
    let commit = try #require(model.step())
    #expect(commit.writes.0.value == 0x100f_0e0d_0c0b_2211)
    for (address, size) in [(0x40_000d, 4), (0x3f_ffff, 2), (0, 1), (.max, 8)] as [(UInt64, Int)] {
      #expect(ubpfsim_read_memory(model.handle, address, &read, size) == UBPFSIM_INVALID)
    }
    #expect(model.message.hasPrefix("found 8 bytes at 0xffffffffffffffff, expected some of "))
  }

  @Test func whoEndsEarlierDiffers() throws {
    let program = bytes(Self.loop), design = Bench(program: program), model = Bench(program: program)
    let commit = try #require(design.step())
    #expect(model.check(commit) == UBPFSIM_OK)
    #expect(ubpfsim_finish(model.handle) == UBPFSIM_DIFFERENT)
    #expect(model.differences[0].hasPrefix("the design has ended, and the model goes on with core0 run0 #1 "))
    let short = Bench(program: bytes([.exit]))
    #expect(short.step() != nil && short.step() == nil)
    #expect(short.check(commit) == UBPFSIM_DIFFERENT)
    #expect(short.differences[0].hasPrefix("the model has ended, and the design goes on with core0 run0 #0 "))
  }

  @Test func nothingComparedIsNoSuccess() throws {
    let model = Bench(program: bytes([.exit]))
    #expect(ubpfsim_finish(model.handle) == UBPFSIM_DIFFERENT && model.differences == ["nothing was compared"])
  }

  @Test func modelsOfSeveralThreadsDoNotMeet() async throws {
    let same = await withTaskGroup(of: Bool.self) { group in
      for seed in 1...8 as ClosedRange<UInt64> {
        group.addTask {
          var generator = ProgramGenerator(seed: seed)
          let data = generator.data(), program = bytes(generator.program())
          return (0..<20).allSatisfy { _ in
            let design = Bench(program: program, data: data), model = Bench(program: program, data: data)
            while let commit = design.step() { if model.check(commit) != UBPFSIM_OK { return false } }
            return ubpfsim_finish(model.handle) == UBPFSIM_OK
          }
        }
      }
      return await group.reduce(true) { $0 && $1 }
    }
    #expect(same)
  }
}

extension ubpfsim_status: @retroactive Equatable {}
