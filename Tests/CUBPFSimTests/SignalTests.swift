import CUBPFSimHeader
import EBPF
import SimKernel
import TestSupport
import Testing
import UBPFSim

/// Flip-flops of a design and of the model, cycle by cycle.
struct SignalTests {
  private func withBench(_ work: (Bench) throws -> Void) throws {
    let folder = try Folder()
    try work(
      Bench(scenario: try folder.scenario(bytes([.move(0, 1), .exit]), data: Array(repeating: 7, count: 100))))
  }

  private func find(_ path: String, in bench: Bench) -> (signal: UInt32, width: UInt32, status: ubpfsim_status) {
    var signal: UInt32 = 99, width: UInt32 = 99
    let status = ubpfsim_find_signal(bench.handle, path, &signal, &width)
    return (signal, width, status)
  }

  private func value(_ signal: UInt32, in bench: Bench) -> UInt64 {
    var value: UInt64 = 0
    #expect(ubpfsim_read_signal(bench.handle, signal, &value) == UBPFSIM_OK)
    return value
  }

  @Test func aSignalChangesInTheCycleInWhichItDoesInTheModel() throws {
    let folder = try Folder(), path = try folder.scenario(bytes([.move(0, 1), .exit]), data: Array(0..<100))
    // The same scenario, watched by itself.
    let simulator = try Simulator(scenario: path), bench = Bench(scenario: path)
    let moved = find("device.dmaEngine.bytesMoved", in: bench), tag = find("device.dmaEngine.tag3.remaining", in: bench)
    #expect(moved.status == UBPFSIM_OK && moved.width == 64 && tag.status == UBPFSIM_OK && tag.width == 13)
    #expect(find("device.dmaEngine.bytesMoved", in: bench).signal == moved.signal)
    let engine = simulator.system.device.dma
    var time: Picoseconds = 0, values: Set<UInt64> = []
    while engine.state.pointer.pointee.bytesMoved < 116 {
      time += simulator.system.pcie.period
      simulator.system.simulation.run(until: time)
      #expect(ubpfsim_run_until(bench.handle, time) == UBPFSIM_OK)
      let state = engine.state.pointer.pointee
      values.insert(state.bytesMoved)
      #expect(ubpfsim_check_signal(bench.handle, moved.signal, state.bytesMoved, .max) == UBPFSIM_OK)
      #expect(value(tag.signal, in: bench) == UInt64(engine.tags.pointer[3].remaining))
    }
    #expect(values.count > 3 && bench.differences.isEmpty)
  }

  @Test func aDifferenceIsToldInWordsAndOnlyUnderTheMask() throws {
    try withBench { bench in
      let moved = find("device.dmaEngine.bytesMoved", in: bench).signal
      while ubpfsim_run_until(bench.handle, .max >> 12) == UBPFSIM_OK {}
      #expect(value(moved, in: bench) == 116)
      #expect(ubpfsim_check_signal(bench.handle, moved, 116 ^ 0x100, 0xff) == UBPFSIM_OK)
      #expect(ubpfsim_check_signal(bench.handle, moved, 117, .max) == UBPFSIM_DIFFERENT)
      #expect(
        bench.differences.count == 1
          && bench.differences[0].hasPrefix(
            "device.dmaEngine.bytesMoved is 0x74 in the model, 0x75 in the design, at "),
        "\(bench.differences)")
      // Signals were compared, so the end is not one without a comparison.
      #expect(ubpfsim_finish(bench.handle) == UBPFSIM_OK)
    }
  }

  @Test func whatIsNotThereIsRefused() throws {
    try withBench { bench in
      for path in ["device.dmaEngine.bytesMovd", "device.dmaEngine", "", "nowhere.x"] {
        #expect(find(path, in: bench).status == UBPFSIM_INVALID)
      }
      #expect(ubpfsim_find_signal(bench.handle, nil, nil, nil) == UBPFSIM_INVALID)
      #expect(ubpfsim_read_signal(bench.handle, 0, nil) == UBPFSIM_INVALID)
      #expect(ubpfsim_check_signal(bench.handle, 0, 0, 0) == UBPFSIM_INVALID)
    }
    let program = Bench(program: bytes([.exit]), data: [])
    #expect(find("device.core.pc", in: program).status == UBPFSIM_INVALID)
    #expect(ubpfsim_check_signal(nil, 0, 0, 0) == UBPFSIM_INVALID)
  }
}
