import Device
import Scenario
import SimKernel

extension DeviceNode {
  /// The numbers that a design has to share with the model, in the order in which a stimulus names them.
  func stimulusParameters(pciePeriod: Picoseconds, corePeriod: Picoseconds) -> [(name: String, value: UInt64)] {
    func flag(_ isSet: Bool) -> UInt64 { isSet ? 1 : 0 }
    var all: [(name: String, value: UInt64)] = [
      ("pcie_period_ps", pciePeriod), ("core_period_ps", corePeriod), ("synchroniser", clocks.synchroniser),
      ("receive_cycles", endpoint.receiveCycles), ("transmit_cycles", endpoint.transmitCycles),
      ("decode_cycles", decoder.decodeCycles), ("read_cycles", memory.readCycles),
      ("data_path", UInt64(memory.dataPath)), ("burst_length", UInt64(memory.burstLength)),
      ("banks", UInt64(memory.banks)),
      ("dma_tags", UInt64(dma.tags)), ("dma_channels", UInt64(dma.channels)),
      ("dma_max_request", UInt64(dma.maxRequest)), ("dma_align_requests", flag(dma.alignRequests)),
      ("dma_round_robin", flag(dma.arbitration == .roundRobin)), ("dma_start_cycles", dma.startCycles),
      ("dma_request_interval", dma.requestInterval), ("dma_finish_cycles", dma.finishCycles),
      ("dma_completion_timeout_ps", dma.completionTimeout),
      ("queue_depth", UInt64(commands.queueDepth)), ("msi", flag(commands.msi)),
      ("p2p_offset_is_source", flag(commands.p2pOffset == .source)), ("ret64", flag(commands.ret64)),
      ("relaxed_ordering", flag(endpoint.relaxedOrdering)), ("no_snoop", flag(endpoint.noSnoop)),
      ("id_ordering", flag(endpoint.idOrdering)),
      ("load_slots_per_cycle", core.machine.loadSlotsPerCycle), ("stack_size", UInt64(core.machine.stackSize)),
      ("frame_size", UInt64(core.machine.frameSize)), ("call_depth", UInt64(core.machine.callDepth)),
      ("instruction_limit", core.machine.instructionLimit),
    ]
    if case .classic5(let classic5) = core.microarchitecture {
      all += [
        ("predict_backward_taken", flag(classic5.predictor == .backwardTaken)),
        ("multiply_cycles", classic5.multiplyCycles), ("divide_cycles", classic5.divideCycles),
        ("atomic_cycles", classic5.atomicCycles),
      ]
    }
    return all
  }
}
