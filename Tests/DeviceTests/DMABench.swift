import Bench
import SimKernel

@testable import Device
@testable import PCIe

/// The DMA engine with a real device RAM and window; probes play the command unit, and the endpoint with the host
/// behind it: host memory holds `pattern`, and answers each read request after a latency, in parts of `partSize`.
final class DMABench {
  let bench = Bench()
  let control: Source<FunctionControl>
  let commands: Source<DMACommand>
  let results: Sink<DMAResult>
  let reads: Sink<ReadRequest>
  let data: Source<ReadData>
  let ram = MemoryArray(bytes: DeviceMap.p2p)
  let window = MemoryArray(bytes: DeviceMap.p2pCapacity)
  let engine: DMAEngine
  /// Another user of device RAM.
  let rival: Source<MemoryRequest>

  /// How the host answers the request with this number: the cycles until it does, and with what status.
  var answer: (_ index: Int, _ request: ReadRequest) -> (delay: Cycle, status: ReadStatus)? = { _, _ in
    (10, .successful)
  }
  var partSize = 256
  private var count = 0

  /// - Parameter control: what the engine hears of its function at the start
  init(_ spec: DMASpec = DMASpec(), dataPath: Int = 32, control first: FunctionControl? = .enabled()) {
    control = bench.source("control", FunctionControl.self)
    commands = bench.source("commands", DMACommand.self)
    results = bench.sink("results", DMAResult.self, latency: spec.finishCycles)
    reads = bench.sink("readRequests", ReadRequest.self)
    data = bench.source("readData", ReadData.self, capacity: 1_024)
    rival = bench.source("rival", MemoryRequest.self, capacity: 4)
    let writes = bench.wire("ramWrites", MemoryRequest.self, capacity: 4)
    let windowReads = bench.wire("windowReads", MemoryRequest.self, capacity: 4)
    let windowData = bench.wire("windowData", MemoryResponse.self, capacity: 6, latency: 2)
    engine = DMAEngine(
      spec, dataPath: dataPath, clock: bench.clock,
      ports: .init(
        control: control.end, commands: commands.end, results: results.end, readRequests: reads.end, readData: data.end,
        ramWrites: writes.output, windowReads: windowReads.output, windowData: windowData.input))
    bench.add(engine, as: "dmaEngine")
    bench.add(
      DeviceMemory(
        array: ram, base: 0, clock: bench.clock,
        clients: [.init(requests: rival.end, responses: nil), .init(requests: writes.input, responses: nil)]),
      as: "ram")
    bench.add(
      DeviceMemory(
        array: window, base: DeviceMap.p2p, clock: bench.clock,
        clients: [.init(requests: windowReads.input, responses: windowData.output)]),
      as: "window")
    window.write(pattern(65_536), at: 0)
    if let first { control.send(first) }
    reads.respond = { [unowned self] request, now in respond(request, now) }
  }

  private func respond(_ request: ReadRequest, _ now: Cycle) {
    defer { count += 1 }
    guard let (delay, status) = answer(count, request) else { return }
    guard status == .successful else {
      return deliver(ReadData(tag: request.tag, failure: status), at: now + delay)
    }
    var address = request.address, left = request.length
    while left > 0 {
      let length = min(left, partSize - Int(address % UInt64(partSize)))
      let skip = Int(address & 3)
      let payload = pattern((skip + length + 3) / 4 * 4, from: Int(address & 0xffff_fffc))
      deliver(
        ReadData(
          tag: request.tag, status: .successful, payload: payload, skip: skip, count: length, isLast: length == left),
        at: now + delay)
      address += UInt64(length)
      left -= length
    }
  }

  /// Answers that are due earlier go first, as they do on the link.
  private func deliver(_ message: ReadData, at cycle: Cycle) { data.insert(message, at: cycle) }

  func transfer(_ length: Int, from source: UInt64, to destination: Int, at cycle: Cycle = 0) {
    commands.send(
      DMACommand(
        kind: .hostToRAM, source: source, destination: UInt32(destination), length: UInt32(length)), at: cycle)
  }

  func move(_ length: Int, from source: UInt64, to destination: Int) {
    commands.send(
      DMACommand(
        kind: .windowToRAM, source: source, destination: UInt32(destination), length: UInt32(length)))
  }

  func abort(at cycle: Cycle) { commands.send(DMACommand(kind: .abort), at: cycle) }

  var state: DMAEngineState { engine.state.pointer.pointee }
  var channels: [DMAChannel] { (0..<engine.channels.count).map { engine.channels.pointer[$0] } }
  var errors: [DeviceError] { results.messages.map(\.error) }
  var requests: [ReadRequest] { reads.messages }

  /// The bytes of RAM from `address` on, with one on either side that must not have changed.
  func isUntouchedAround(_ address: Int, _ count: Int) -> Bool {
    ram.load(UInt8.self, at: address - 1) == 0 && ram.load(UInt8.self, at: address + count) == 0
  }
}
