import Bench
import PCIeBench
import SimKernel
import TestSupport

@testable import PCIe

/// A peer, engine and endpoint, with a host that is played by probes: it configures the function, and has 256 KiB of
/// memory at `memoryBase` that answers reads after a time, in parts, out of order across tags.
final class PeerBench {
  static let memoryBase: UInt64 = 0x1_0000_0000
  static let msiAddress: UInt64 = 0xfee0_0000
  static let function = DeviceID(bus: 2, device: 0, function: 0)
  static let host = DeviceID(bus: 0, device: 0, function: 0)
  /// The cycle at which the configuration is over, and commands are sent.
  static let start: Cycle = 21

  let bench = Bench()
  let rx: TLPSource
  let tx: TLPSink
  let commands: Source<PeerCommand>
  let results: Sink<PeerResult>
  let peer: PeerAssembly
  let maxPayload: Int
  var memory = pattern(256 << 10)
  /// Cycles from a read at the host to its first completion: the lower bound, and what is drawn on top.
  var latency: (least: Cycle, spread: Int) = (10, 0)
  /// Decides what becomes of a read; by default it succeeds.
  var answer: (TLPHeader) -> Answer = { _ in .data }
  /// When interrupts came, with their data.
  private(set) var interrupts: [(cycle: Cycle, payload: [UInt8])] = []
  private var random: SeededRandom

  enum Answer {
    case data
    case poison
    case silence
    case failure(CompletionStatus)
  }

  /// - Parameters:
  ///   - maxPayload, maxReadRequest: MPS and MRRS as the host programs them, in bytes
  ///   - room: places on the way to the link
  ///   - seed: of what the host draws, and of the peer
  init(
    _ spec: PeerSpec = PeerSpec(), maxPayload: Int = 256, maxReadRequest: Int = 512,
    room: TLPPort.Capacity = .init(each: 64),
    seed: UInt64 = 1
  ) {
    self.maxPayload = maxPayload
    random = SeededRandom(state: seed)
    rx = bench.tlpSource("rx")
    tx = bench.tlpSink("tx", capacity: room)
    commands = bench.source("commands", PeerCommand.self)
    results = bench.sink("results", PeerResult.self)
    let events = bench.source("linkEvents", LinkEvent.self), faults = bench.source("faults", FunctionFault.self)
    var identity = ConfigSpace.Identity()
    identity.bar = nil
    peer = PeerAssembly(
      spec, endpoint: EndpointSpec(), identity: identity, seed: seed, in: bench.simulation, path: "peer",
      clock: bench.clock, host: .init(commands: commands.end, results: results.end),
      link: .init(rx: rx.end, tx: tx.end, events: events.end, faults: faults.end))
    tx.respond = { [unowned self] in receive($0, $1) }
    let sizes = { UInt32($0.trailingZeroBitCount - 7) } as (Int) -> UInt32
    configure(deviceControl: 0x0100 | sizes(maxPayload) << 5 | sizes(maxReadRequest) << 12, at: 0)
    bench.run(through: Self.start - 1)
  }

  /// What enumeration writes: Device Control, MSI with data 0x50, Memory Space and Bus Master Enable.
  func configure(deviceControl: UInt32, at cycle: Cycle) {
    for (register, value) in [
      (UInt16(ConfigSpace.deviceControlRegister), deviceControl), (20, 0x0001_0000), (21, UInt32(Self.msiAddress)),
      (23, 0x50), (1, 0x6),
    ] as [(UInt16, UInt32)] { configWrite(register, value, at: cycle) }
  }

  func configWrite(_ register: UInt16, _ value: UInt32, at cycle: Cycle) {
    rx.insert(
      .configWrite(target: Self.function, register: register, value: value, tag: register, requester: Self.host),
      at: cycle)
  }

  func write(_ data: [UInt8], to offset: UInt64, chunk: Int = 4_096, flush: Bool = false, at cycle: Cycle = start) {
    commands.send(
      PeerCommand(.write(data), address: Self.memoryBase + offset, chunk: chunk, flush: flush), at: cycle)
  }

  func read(_ length: Int, from offset: UInt64, chunk: Int = 4_096, at cycle: Cycle = start) {
    commands.send(
      PeerCommand(.read(length), address: Self.memoryBase + offset, chunk: chunk, flush: false), at: cycle)
  }

  /// What the peer sent but answers and interrupts.
  var requests: [TLPHeader] {
    tx.headers.filter { !$0.type.isCompletion && $0.address != Self.msiAddress }
  }

  /// The cycles at which they came.
  var requestCycles: [Cycle] {
    tx.arrivals.filter { arrival in
      guard let header = try? arrival.message.decoded() else { return false }
      return !header.type.isCompletion && header.address != Self.msiAddress
    }.map(\.cycle)
  }

  var records: [PeerRecord] { peer.engine.records }
}

// The host.
extension PeerBench {
  private func receive(_ tlp: TLP, _ cycle: Cycle) {
    guard let header = try? tlp.decoded() else { return }
    switch header.type {
    case .memoryWrite where header.address == Self.msiAddress: interrupts.append((cycle, tlp.payload))
    case .memoryWrite: store(header, tlp.payload)
    case .memoryRead: serve(header, cycle)
    default: break
    }
  }

  private func store(_ header: TLPHeader, _ payload: [UInt8]) {
    let base = Int(header.address - Self.memoryBase)
    for index in payload.indices {
      let enables =
        index < 4 ? header.firstBE : index / 4 == header.lengthDW - 1 ? header.lastBE : 0xf
      if enables & 1 << UInt8(index & 3) != 0 { memory[base + index] = payload[index] }
    }
  }

  private func serve(_ request: TLPHeader, _ cycle: Cycle) {
    var time = cycle + latency.least + (latency.spread == 0 ? 0 : Cycle(random.below(latency.spread)))
    let answer = answer(request)
    switch answer {
    case .silence: return
    case .failure(let status):
      rx.insert(.completion(for: request, status: status, completer: Self.host), at: time)
      return
    case .data, .poison: break
    }
    let parts = CompletionSplitter(
      request: request, rcb: 64, maxPayload: maxPayload, cutAtEveryRCB: latency.spread != 0 && random.flag())
    for part in parts {
      let first = Int(part.address & ~3 - Self.memoryBase)
      var header = TLPHeader.completionData(for: request, part: part, completer: Self.host)
      if case .poison = answer { header.poisoned = true }
      rx.insert(TLP(header, payload: Array(memory[first..<first + 4 * part.lengthDW])), at: time)
      if latency.spread != 0 { time += Cycle(random.below(8)) }
    }
  }
}
