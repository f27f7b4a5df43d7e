import PCIe
import SimKernel

/// Packets on the links: their kinds, byte enables, how reads are limited and completions cut, and what got lost.
final class LinkCoverage: LinkObserver {
  /// What the host programmed.
  struct Limits {
    let maxPayload: Int
    let maxReadRequest: Int
    /// The links above a device.
    let deviceLinks: Set<Int>
  }

  private struct Read: Hashable {
    let link: Int
    let direction: LinkDirection
    let requester: DeviceID
    let tag: UInt16
  }

  private let counter: CoverageCounter
  private let limits: Limits
  /// Reads of which some completions are on their way, and more are to come.
  private var partlyAnswered: Set<Read> = []

  init(_ counter: CoverageCounter, _ limits: Limits) {
    self.counter = counter
    self.limits = limits
  }

  override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    switch transmission.fate {
    case .delivered: break
    case .corrupted: counter.hit("delivery", "corrupted")
    case .dropped: counter.hit("delivery", "dropped")
    }
    guard !transmission.isReplay else { return counter.hit("delivery", "replayed") }
    guard let header = try? transmission.tlp.decoded() else { return }
    let direction = transmission.direction
    count(header, transmission.tlp, direction)
    switch header.type {
    case .memoryRead:
      countEnables(header, "read")
      if direction == .up { countRead(header) } else { countAccess(header, "read", transmission.link) }
    case .memoryWrite:
      countEnables(header, "write")
      if direction == .down { countAccess(header, "write", transmission.link) }
    case .completionData:
      if direction == .down { countCompletion(header, transmission.link) }
    default: break
    }
  }

  private func count(_ header: TLPHeader, _ tlp: TLP, _ direction: LinkDirection) {
    let type = header.type.mnemonic, format = tlp.header.byteCount == 16 ? "4DW" : "3DW"
    counter.hit("tlps", "\(type) \(format) \(direction)")
    if header.type.isCompletion { counter.hit("tlps", "status \(header.status.mnemonic) \(direction)") }
    if header.type == .completionData && header.poisoned { counter.hit("tlps", "CplD poisoned \(direction)") }
    if header.digest { counter.hit("tlps", "with ECRC \(direction)") }
  }

  private func countEnables(_ header: TLPHeader, _ kind: String) {
    guard !header.hasProcessingHint else { return }
    let first = CoverageBins.digit(Int(header.firstBE)), last = CoverageBins.digit(Int(header.lastBE))
    counter.hit("byte_enables", "\(kind) \(first)/\(last)")
  }

  /// A read of host memory or of a peer.
  private func countRead(_ header: TLPHeader) {
    let bytes = header.requestedByteCount, end = header.firstByteAddress &+ UInt64(bytes)
    if header.firstBE == 0 {
      counter.hit("reads", "no bytes")
    } else if bytes == limits.maxReadRequest {
      counter.hit("reads", "as long as MRRS \(bytes)")
    } else {
      counter.hit("reads", end % 4096 == 0 ? "ends at 4 KiB below MRRS" : "shorter")
    }
  }

  /// A piece of the answer to a memory read that comes from above.
  private func countCompletion(_ header: TLPHeader, _ link: Int) {
    let start = Int(header.lowerAddress), bytes = min(header.byteCount, 4 * header.lengthDW - start % 4)
    let read = Read(link: link, direction: .down, requester: header.requesterID, tag: header.tag)
    let isLast = header.byteCount <= bytes, isFirst = !partlyAnswered.contains(read)
    counter.hit("completions", isFirst ? (isLast ? "one" : "first") : (isLast ? "last" : "middle"))
    if isFirst && start % 64 != 0 { counter.hit("completions", "starts inside 64 bytes") }
    if bytes == limits.maxPayload { counter.hit("completions", "as long as MPS \(bytes)") }
    guard !isLast else {
      partlyAnswered.remove(read)
      return
    }
    partlyAnswered.insert(read)
    counter.hit("completions", (start + bytes) % 128 == 0 ? "cut at 128" : "cut at 64")
  }

  /// The host's CPU reads or writes a device.
  private func countAccess(_ header: TLPHeader, _ kind: String, _ link: Int) {
    guard limits.deviceLinks.contains(link), header.requesterID.bus == 0, header.firstBE != 0 else { return }
    // BAR4 is as large as its alignment.
    let region =
      switch header.firstByteAddress & 0xff_ffff {
      case ..<0x10_0000: "registers"
      case ..<0x20_0000: "text"
      case ..<0x40_0000: "results"
      case ..<0x80_0000: "data"
      default: "window"
      }
    counter.hit("accesses", "\(region) \(kind) \(header.requestedByteCount)")
  }
}
