import SimKernel

/// Port A of an on-chip memory: one access a cycle, clients served in turn. Device RAM and the p2pdma window are two
/// instances; port B of device RAM belongs to the core. With banks there is one port a bank: an access waits while the core
/// is at its bank.
public final class DeviceMemory: Component {
  /// A client's pair of ports.
  public struct Client {
    public let requests: InPort<MemoryRequest>
    public let responses: OutPort<MemoryResponse>?

    /// `responses` is nil for a client that only writes.
    public init(requests: InPort<MemoryRequest>, responses: OutPort<MemoryResponse>?) {
      self.requests = requests
      self.responses = responses
    }
  }

  public let clock: Clock
  public let state = FlipFlops(DeviceMemoryState())
  public let ports: [any PortEnd]
  public private(set) var dumps: [MemoryDump] = []
  private let array: MemoryArray
  private let base: Int
  private let clients: [Client]
  private let burstLength: Int
  private let banks: MemoryBanks?

  /// - Parameters:
  ///   - array: the storage cells; cell 0 has address `base`
  ///   - core: what the core does at these cells, when the Spec gives them banks; nil for cells that it does not reach
  init(
    _ spec: MemorySpec = MemorySpec(), array: MemoryArray, base: Int, clock: Clock, clients: [Client],
    core: CoreAccessRecord? = nil
  ) {
    self.array = array
    self.base = base
    self.clock = clock
    self.clients = clients
    burstLength = spec.burstLength
    banks = core.map { MemoryBanks(count: spec.banks, width: spec.dataPath, core: $0) }
    ports = clients.map(\.requests) + clients.compactMap { $0.responses }
  }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    let first = Int(s.pointee.granted) + (s.pointee.burstLeft > 0 ? 0 : 1)
    var conflict = false
    for turn in 0..<clients.count {
      let index = (first + turn) % clients.count
      let client = clients[index]
      guard client.requests.hasMessage else { continue }
      if let banks, banks.isTaken(client.requests.head.pointee.address, at: clock) {
        s.pointee.conflicts &+= 1
        conflict = true
        continue
      }
      if serve(client) {
        grant(index)
        return clients.contains { $0.requests.hasMessage } ? .next : .onInput
      }
    }
    return conflict ? .next : .onInput
  }

  /// A client that goes on in its burst has an access less; any other begins a burst.
  private func grant(_ index: Int) {
    let s = state.pointer
    let goesOn = s.pointee.burstLeft > 0 && Int(s.pointee.granted) == index
    s.pointee.burstLeft = goesOn ? s.pointee.burstLeft - 1 : UInt8(burstLength - 1)
    s.pointee.granted = UInt8(index)
  }

  /// False when the client has no room for the answer.
  private func serve(_ client: Client) -> Bool {
    let s = state.pointer
    let request = client.requests.head
    switch request.pointee.kind {
    case .write:
      write(request)
      s.pointee.writes &+= 1
    case .read:
      guard let responses = client.responses, responses.canSend else { return false }
      responses.send(read(request))
      s.pointee.reads &+= 1
    case .dump: dump()
    }
    s.pointee.address = request.pointee.address
    s.pointee.writing = request.pointee.kind == .write
    _ = client.requests.receive()
    return true
  }

  /// Accesses outside of the cells read zero and write nothing: the BAR has holes.
  private func cells(_ request: UnsafePointer<MemoryRequest>) -> Range<Int> {
    let start = Int(request.pointee.address) - base
    let range = start..<start + Int(request.pointee.count)
    return range.clamped(to: 0..<array.count).count == range.count ? range : 0..<0
  }

  private func write(_ request: UnsafePointer<MemoryRequest>) {
    let s = state.pointer
    let range = cells(request)
    s.pointee.enable = request.pointee.enable
    withUnsafeBytes(of: request.pointee.data) { data in
      s.pointee.data = UInt64(littleEndian: data.load(as: UInt64.self))
      let full = range.count == 64 ? ~0 : (UInt64(1) << UInt64(range.count)) - 1
      if request.pointee.enable & full == full {
        (array.base + range.lowerBound).copyMemory(from: data.baseAddress!, byteCount: range.count)
      } else {
        for i in 0..<range.count where request.pointee.enable >> UInt64(i) & 1 != 0 {
          array.store(data[i], at: range.lowerBound + i)
        }
      }
    }
  }

  private func read(_ request: UnsafePointer<MemoryRequest>) -> MemoryResponse {
    let range = cells(request)
    var response = MemoryResponse(count: request.pointee.count)
    withUnsafeMutableBytes(of: &response.data) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: array.base + range.lowerBound, count: range.count))
    }
    return response
  }

  private func dump() {
    func segment(_ lengthAt: Int, _ start: Int, _ capacity: Int) -> [UInt8] {
      array.read(min(Int(array.load(UInt32.self, at: lengthAt - base)), capacity), at: start - base)
    }
    dumps.append(
      MemoryDump(
        time: clock.time, text: segment(DeviceMap.textLength, DeviceMap.text, DeviceMap.textCapacity),
        data: segment(DeviceMap.dataLength, DeviceMap.data, DeviceMap.dataCapacity)))
  }
}
