import EBPF
import TestSupport
import Testing

@testable import Device

/// Random programs through each core and through the functional engine: the same commit records, registers, memory,
/// instruction count and fault; and the cycles that the rules of the timing contract give.
@Suite struct DifferentialTests {
  /// What differs between the machines that the programs run on.
  static let specs =
    classic5 + [
      CoreSpec { $0.microarchitecture = .hbpf(HBPFSpec()) },
      CoreSpec {
        $0.microarchitecture.hbpf.ram = .plain
        $0.machine.callDepth = 3
      },
      CoreSpec { $0.microarchitecture = .functional(FunctionalSpec()) },
      CoreSpec { $0.microarchitecture.functional.sliceInstructions = 3 },
    ] + Deep8Specs.all

  /// Each microarchitecture with its defaults.
  static let presets = Microarchitecture.presets.map { preset in
    CoreSpec { $0.microarchitecture = preset.microarchitecture }
  }

  static let classic5: [CoreSpec] = [
    CoreSpec(),
    CoreSpec { $0.predictor = .backwardTaken },
    CoreSpec {
      $0.multiplyCycles = 1
      $0.divideCycles = 1
      $0.atomicCycles = 1
    },
    CoreSpec {
      $0.predictor = .backwardTaken
      $0.multiplyCycles = 2
      $0.divideCycles = 5
      $0.atomicCycles = 4
      $0.machine.frameSize = 64
      $0.machine.stackSize = 512
    },
  ]

  @Test(arguments: specs.indices) func legalPrograms(_ index: Int) throws {
    for seed in UInt64(0)..<500 {
      try compare(ProgramGenerator(seed: seed << 8 | UInt64(index)), Self.specs[index], "seed \(seed)")
    }
  }

  /// One piece of code in twenty ends in a fault if it is reached: the same fault at the same slot, and memory as if no younger
  /// instruction had begun.
  @Test(arguments: specs.indices) func faultingPrograms(_ index: Int) throws {
    var faulted = 0
    for seed in UInt64(0)..<400 {
      let generator = ProgramGenerator(seed: 1 << 32 | seed << 8 | UInt64(index), faultsPerMille: 50)
      if try compare(generator, Self.specs[index], "seed \(seed)") { faulted += 1 }
    }
    #expect(faulted > 100)
  }

  /// Returns whether the program faulted.
  @discardableResult
  private func compare(_ start: ProgramGenerator, _ spec: CoreSpec, _ comment: Comment) throws -> Bool {
    var generator = start
    let program = generator.program(), data = generator.data()
    try Verifier.verify(Program(program))

    let bench = CoreBench(spec)
    bench.load(program, data: data)
    let outcome = bench.run()

    var expectedData = data
    let (expected, retired) = reference(program, spec, &expectedData)
    var records = data
    #expect(outcome.commits.map(\.architecture) == steps(program, spec, &records), comment)
    #expect(bench.data(data.count) == expectedData, comment)
    #expect(outcome.instructions == retired, comment)
    let faultSlot: [Int]
    switch expected {
    case .exit(_, let registers, _):
      #expect(outcome.fault == CoreFault.none, comment)
      #expect(outcome.registers == registers, comment)
      faultSlot = []
    case .fault(let fault):
      #expect(outcome.fault == CoreFault(fault.reason), comment)
      #expect(outcome.faultPC == UInt32(fault.pc), comment)
      faultSlot = [fault.pc]
    }
    checkTiming(outcome, program, spec, faultSlot, comment)
    return !faultSlot.isEmpty
  }

  /// The cycles are those of the timing contract.
  private func checkTiming(
    _ outcome: Outcome, _ program: [Instruction], _ spec: CoreSpec, _ faultSlot: [Int], _ comment: Comment
  ) {
    switch spec.microarchitecture {
    case .classic5:
      let losses = TimingOracle(program: program, spec: spec).losses(of: outcome.retired + faultSlot)
      #expect(outcome.losses == losses.filter { $0.key != .fill }, comment)
      #expect(outcome.fill == 4, comment)
    case .hbpf(let hbpf):
      if faultSlot.isEmpty {
        #expect(outcome.cycles == HBPFOracle(ram: hbpf.ram).ticks(outcome.commits), comment)
      }
    case .deep8: break  // Deep8TimingTests has its rules.
    case .functional: #expect(outcome.cycles == 0, comment)
    }
  }

  /// What each instruction does, by the engine's account.
  private func steps(_ program: [Instruction], _ spec: CoreSpec, _ data: inout [UInt8]) -> [CommitRecord] {
    var stack = [UInt8](repeating: 0, count: spec.machine.stackSize), records: [CommitRecord] = []
    return data.withUnsafeMutableBytes { data in
      stack.withUnsafeMutableBytes { stack in
        let engine = engine(program, spec, data)
        let region = MemoryRegion(base: engine.limits.stackBase, bytes: stack)
        var state = engine.start(r1: UInt64(DeviceMap.data), r2: UInt64(data.count))
        while true {
          let (commit, stop) = engine.step(&state, stack: region)
          if case .fault = stop { return records }
          records.append(commit.record())
          if stop != nil { return records }
        }
      }
    }
  }

  private func reference(_ program: [Instruction], _ spec: CoreSpec, _ data: inout [UInt8])
    -> (FunctionalEngine.Result, retired: UInt64)
  {
    data.withUnsafeMutableBytes { data in
      var engine = engine(program, spec, data)
      return (engine.run(r1: UInt64(DeviceMap.data), r2: UInt64(data.count)), engine.retired)
    }
  }

  private func engine(
    _ program: [Instruction], _ spec: CoreSpec, _ data: UnsafeMutableRawBufferPointer
  ) -> FunctionalEngine {
    let limits = FunctionalEngine.Limits(
      stackBase: CoreMemory.stackBase, stackBytes: spec.machine.stackSize, frameBytes: UInt64(spec.machine.frameSize),
      callDepth: spec.machine.callDepth)
    return FunctionalEngine(
      program: Program(program), limits: limits, regions: [MemoryRegion(base: UInt64(DeviceMap.data), bytes: data)],
      helpers: .test)
  }
}

extension CommitRecord {
  /// The record without its time.
  var architecture: CommitRecord {
    var record = self
    (record.cycle, record.time) = (0, 0)
    return record
  }
}
