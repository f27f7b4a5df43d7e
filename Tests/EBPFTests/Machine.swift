import EBPF

/// An engine with its memory and stack, for tests that run a program piece by piece.
final class Machine {
  var engine: FunctionalEngine
  var state: MachineState
  let stack: MemoryRegion
  private let data: UnsafeMutableRawBufferPointer
  private let initial: [UInt8]

  /// `memory` lies at ``memoryBase``, in r1; its length is in r2.
  init(_ program: Program, memory: [UInt8] = [], limits: FunctionalEngine.Limits = .init()) {
    let stackBytes = UnsafeMutableRawBufferPointer.allocate(byteCount: limits.stackBytes, alignment: 16)
    stack = MemoryRegion(base: limits.stackBase, bytes: stackBytes)
    data = UnsafeMutableRawBufferPointer.allocate(byteCount: memory.count, alignment: 16)
    initial = memory
    engine = FunctionalEngine(
      program: program, limits: limits, regions: [MemoryRegion(base: memoryBase, bytes: data)],
      helpers: .test)
    state = MachineState(pc: 0)
    restart()
  }

  deinit {
    stack.bytes.deallocate()
    data.deallocate()
  }

  var memory: [UInt8] { Array(data) }
  var stackContents: [UInt8] { Array(stack.bytes) }

  func restart() {
    stack.bytes.initializeMemory(as: UInt8.self, repeating: 0)
    data.copyBytes(from: initial)
    state = engine.start(r1: initial.isEmpty ? 0 : memoryBase, r2: UInt64(initial.count))
  }

  func run(instructions: UInt64 = .max, breakpoint: Int? = nil) -> FunctionalEngine.Stop {
    engine.resume(&state, stack: stack, instructions: instructions, breakpoint: breakpoint)
  }

  func step() -> (record: CommitRecord, stop: FunctionalEngine.Stop?) {
    let (commit, stop) = engine.step(&state, stack: stack)
    return (commit.record(fault: stop?.fault.map { "\($0.reason)" }), stop)
  }

  /// Steps until the program ends.
  func stepToTheEnd() -> (records: [CommitRecord], stop: FunctionalEngine.Stop) {
    var records: [CommitRecord] = []
    while true {
      let (record, stop) = step()
      records.append(record)
      if let stop { return (records, stop) }
    }
  }
}
