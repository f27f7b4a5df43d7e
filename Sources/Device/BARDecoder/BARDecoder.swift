import PCIe
import SimKernel

/// What lies behind an address of BAR4.
public enum BARTarget: UInt8, TracedEnum {
  case registers
  case ram
  case p2pWindow

  /// The owner of BAR4 offset `offset`.
  public static func of(_ offset: UInt32) -> BARTarget {
    Int(offset) < DeviceMap.ioSize ? .registers : Int(offset) < DeviceMap.p2p ? .ram : .p2pWindow
  }
}

/// Sends the memory requests that hit BAR4 to what lies behind their address, in accesses of the data path's width. One
/// request is under way at a time, so a read returns what earlier writes left. A read begins when its completion has room,
/// so that one under way is always over soon.
public final class BARDecoder: Component {
  /// The ports to one target.
  public struct Target {
    public let requests: OutPort<MemoryRequest>
    public let responses: InPort<MemoryResponse>

    public init(requests: OutPort<MemoryRequest>, responses: InPort<MemoryResponse>) {
      self.requests = requests
      self.responses = responses
    }
  }

  public let clock: Clock
  public let state = FlipFlops(BARDecoderState())
  public let ports: [any PortEnd]
  private let dataPath: Int
  private let writes: InPort<TargetRequest>
  private let reads: InPort<TargetRequest>
  private let completions: OutPort<TargetCompletion>
  /// By `BARTarget.rawValue`.
  private let targets: [Target]
  /// Assembles the answer of a read; a RAM, not flip-flops.
  private var assembly: [UInt8] = []

  public init(
    dataPath: Int, clock: Clock, writes: InPort<TargetRequest>, reads: InPort<TargetRequest>,
    completions: OutPort<TargetCompletion>, registers: Target, ram: Target, p2pWindow: Target
  ) {
    self.dataPath = dataPath
    self.clock = clock
    self.writes = writes
    self.reads = reads
    self.completions = completions
    targets = [registers, ram, p2pWindow]
    ports = [writes, reads, completions] + targets.flatMap { [$0.requests, $0.responses] as [any PortEnd] }
  }

  public func tick(_ now: Cycle) -> Wake {
    let s = state.pointer
    if s.pointee.work == .none { choose() }
    switch s.pointee.work {
    case .none: return .onInput
    case .write: return write(writes.head)
    case .read: return read(reads.head)
    }
  }

  /// The next request in the order of their arrival, but for a read whose completion has no room: writes pass it, as posted
  /// requests must be able to (Base Specification 2.4.1).
  private func choose() {
    let s = state.pointer
    let hasWrite = writes.hasMessage
    if reads.hasMessage, !hasWrite || reads.head.pointee.precedes(writes.head.pointee), completions.canSend {
      s.pointee.work = .read
      s.pointee.target = BARTarget.of(reads.head.pointee.offset)
    } else if hasWrite {
      s.pointee.work = .write
      s.pointee.target = BARTarget.of(writes.head.pointee.offset)
    }
  }

  /// Bytes of the next access: up to the end of the aligned block.
  private func accessSize(_ offset: UInt32, _ done: Int, _ total: Int) -> Int {
    min(total - done, dataPath - (Int(offset) + done) % dataPath)
  }

  private func write(_ request: UnsafePointer<TargetRequest>) -> Wake {
    let s = state.pointer
    let target = targets[Int(s.pointee.target.rawValue)]
    let done = Int(s.pointee.issued), total = 4 * request.pointee.header.lengthDW
    guard target.requests.canSend else { return .onInput }
    let count = accessSize(request.pointee.offset, done, total)
    var access = MemoryRequest.write(
      request.pointee.offset + UInt32(done), request.pointee.payload, from: done, count: count)
    access.enable &= enables(request.pointee.header, from: done, count: count)
    target.requests.send(access)
    s.pointee.issued += UInt16(count)
    guard Int(s.pointee.issued) == total else { return .next }
    return finish(writes)
  }

  /// Byte enables of `count` bytes of the payload: only those of the first and last dword can be partial.
  private func enables(_ header: TLPHeader, from start: Int, count: Int) -> UInt64 {
    var mask = ~UInt64(0)
    let last = 4 * (header.lengthDW - 1)
    for lane in 0..<4 {
      if header.firstBE & (1 << UInt8(lane)) == 0, lane >= start, lane < start + count {
        mask &= ~(1 << UInt64(lane - start))
      }
      let byte = last + lane
      if last > 0, header.lastBE & (1 << UInt8(lane)) == 0, byte >= start, byte < start + count {
        mask &= ~(1 << UInt64(byte - start))
      }
    }
    return mask
  }

  private func read(_ request: UnsafePointer<TargetRequest>) -> Wake {
    let s = state.pointer
    let total = 4 * request.pointee.header.lengthDW
    let target = targets[Int(s.pointee.target.rawValue)]
    if let response = target.responses.receive() {
      withUnsafeBytes(of: response.data) { assembly.append(contentsOf: $0.prefix(Int(response.count))) }
      s.pointee.returned += UInt16(response.count)
    }
    if Int(s.pointee.issued) < total, target.requests.canSend {
      let done = Int(s.pointee.issued)
      let count = accessSize(request.pointee.offset, done, total)
      target.requests.send(.read(request.pointee.offset + UInt32(done), count))
      s.pointee.issued += UInt16(count)
    }
    if Int(s.pointee.returned) == total {
      completions.send(TargetCompletion(request: request.pointee.header, payload: assembly))
      assembly.removeAll(keepingCapacity: true)
      return finish(reads)
    }
    // A full target wakes by itself, and so does each answer.
    return Int(s.pointee.issued) < total && target.requests.canSend ? .next : .onInput
  }

  private func finish(_ requests: InPort<TargetRequest>) -> Wake {
    let s = state.pointer
    s.pointee.issued = 0
    s.pointee.returned = 0
    s.pointee.work = .none
    _ = requests.receive()
    // The other port will not wake again for what it holds.
    return writes.hasMessage || reads.hasMessage ? .next : .onInput
  }
}

extension TargetRequest {
  /// Whether this request came before `other`; the order wraps.
  fileprivate func precedes(_ other: TargetRequest) -> Bool { Int32(bitPattern: order &- other.order) < 0 }
}
