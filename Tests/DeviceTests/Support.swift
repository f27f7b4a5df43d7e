import Bench
import PCIe
import SimKernel

@testable import Device

/// A memory access of `bytes`.
func write(_ address: Int, _ bytes: [UInt8]) -> MemoryRequest {
  .write(UInt32(address), bytes, from: 0, count: bytes.count)
}

extension MemoryResponse {
  var bytes: [UInt8] { (0..<Int(count)).map { data[$0] } }
}

extension FunctionControl {
  /// What a host with MRRS `maxReadRequest` and room for `tagLimit` requests lets a function do.
  static func enabled(
    maxReadRequest: Int = 512, tagLimit: Int = 1_024, msi: Bool = true, reset: Bool = false
  ) -> FunctionControl {
    FunctionControl(
      maxPayload: 256, maxReadRequest: maxReadRequest, tagLimit: tagLimit, busMaster: true, msiEnabled: msi,
      reset: reset)
  }
}

/// The command unit with a real device RAM for TEXT_LEN and DATA_LEN; probes play host, DMA engine and core.
struct CommandBench {
  let bench = Bench()
  let function: Source<FunctionControl>
  let interrupts: Sink<WriteRequest>
  let host: Source<MemoryRequest>
  let answers: Sink<MemoryResponse>
  let dma: Sink<DMACommand>
  let dmaDone: Source<DMAResult>
  let core: Sink<CoreCommand>
  let coreDone: Source<CoreResult>
  let ram = MemoryArray(bytes: DeviceMap.p2p)
  let memory: DeviceMemory
  let unit: CommandUnit

  init(_ spec: CommandUnitSpec = CommandUnitSpec(), transfers: Int = 1) {
    function = bench.source("control", FunctionControl.self)
    interrupts = bench.sink("writeRequests", WriteRequest.self)
    host = bench.source("accesses", MemoryRequest.self)
    answers = bench.sink("responses", MemoryResponse.self)
    dma = bench.sink("dmaCommands", DMACommand.self)
    dmaDone = bench.source("dmaResults", DMAResult.self)
    core = bench.sink("coreCommands", CoreCommand.self)
    coreDone = bench.source("coreResults", CoreResult.self)
    let requests = bench.wire("ramRequests", MemoryRequest.self)
    let data = bench.wire("ramData", MemoryResponse.self, latency: 2)
    unit = CommandUnit(
      spec, transfers: transfers, clock: bench.clock,
      ports: .init(
        control: function.end, writeRequests: interrupts.end, accesses: host.end, responses: answers.end,
        dmaCommands: dma.end, dmaResults: dmaDone.end, coreCommands: core.end, coreResults: coreDone.end,
        ramRequests: requests.output, ramData: data.input))
    memory = DeviceMemory(
      array: ram, base: 0, clock: bench.clock, clients: [.init(requests: requests.input, responses: data.output)])
    bench.add(unit, as: "commandUnit")
    bench.add(memory, as: "ram")
  }

  var state: CommandUnitState { unit.state.pointer.pointee }
  var control: UInt8 { state.control }
  var error: DeviceError { state.errorCode }
  var textLength: UInt32 { ram.load(UInt32.self, at: DeviceMap.textLength) }
  var dataLength: UInt32 { ram.load(UInt32.self, at: DeviceMap.dataLength) }

  /// Writes the registers, then CTRL = START, as the driver does.
  func start(
    _ opcode: UInt8, length: UInt32 = 0, offset: UInt32 = 0, address: UInt64 = 0, at cycle: Cycle = 0
  ) {
    host.send(write(DeviceMap.opcode, [opcode]), at: cycle)
    host.send(.write(UInt32(DeviceMap.length), length), at: cycle)
    host.send(.write(UInt32(DeviceMap.offset), offset), at: cycle)
    host.send(.write(UInt32(DeviceMap.addressLow), UInt32(truncatingIfNeeded: address)), at: cycle)
    host.send(.write(UInt32(DeviceMap.addressHigh), UInt32(address >> 32)), at: cycle)
    writeControl(DeviceControl.start, at: cycle)
  }

  func start(
    _ opcode: DeviceOpcode, length: UInt32 = 0, offset: UInt32 = 0, address: UInt64 = 0, at cycle: Cycle = 0
  ) {
    start(opcode.rawValue, length: length, offset: offset, address: address, at: cycle)
  }

  func writeControl(_ value: UInt8, at cycle: Cycle = 0) { host.send(write(DeviceMap.control, [value]), at: cycle) }

  func finishDMA(_ error: DeviceError = .none, at cycle: Cycle) { dmaDone.send(DMAResult(error: error), at: cycle) }

  func finishRun(_ fault: CoreFault = .none, pc: UInt32 = 0, at cycle: Cycle) {
    coreDone.send(CoreResult(fault: fault, pc: pc, cycles: 1_000, instructions: 300), at: cycle)
  }

  /// What the host reads at `offset` of the I/O megabyte, `size` bytes little-endian.
  func read(_ offset: Int, _ size: Int, at cycle: Cycle) -> UInt64 {
    host.send(.read(UInt32(offset), size), at: cycle)
    bench.run(through: cycle + 5)
    return answers.messages.last!.bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
