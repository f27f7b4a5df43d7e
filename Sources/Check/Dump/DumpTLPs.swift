import PCIe
import Scenario
import WaveReader

/// The TLPs of one direction of a link, gathered from the beats that a dump shows.
final class DumpTLPs {
  private let stream: TLPStream
  private let edges: DesignEdges
  private let valid: BoundCondition
  private let ready: BoundCondition?
  private let last: BoundCondition?
  /// A byte each, in the order of the wire; of `header` none where it comes first in `data`.
  private let data: [Probe]
  private let header: [Probe]
  /// In parts of 64 bits, none where the header alone says where a packet ends.
  private let keep: [Probe]
  /// The bit of `keep` that says whether a byte counts.
  private let keepBits: [Int]

  private var packet: [UInt8] = []
  /// How long the packet's header says that it is; nil before that can be told.
  private var announced: Int?
  /// Its first beat; nil between packets.
  private var start: (cycle: Int, time: WaveTime)?
  private var count = 0

  /// No packet is nearly as long, whatever is wrong with it: its end is missing.
  private static let byteLimit = 1 << 16

  init(_ file: WaveFile, _ map: DumpMap, _ tlps: TLPMap) throws {
    stream = tlps.stream
    var set = ProbeSet(file, map, owner: file.path)
    let ends = try DesignEdges.names(map, tlps.domain, &set)
    valid = try set.condition(tlps.valid)
    ready = try tlps.ready.map { try set.condition($0) }
    last = try tlps.last.map { try set.condition($0) }
    let beat = try set.beat(tlps), keep = try set.keep(tlps, byteCount: beat.count)
    header = try set.header(tlps)
    // The places of the bytes, in the order of the wire.
    let places = beat.indices.map { tlps.lanes == .bytes ? $0 : $0 ^ 3 }
    data = places.map { beat[$0] }
    self.keep = keep.probes
    keepBits = places.map { $0 * keep.width / beat.count }
    edges = try DesignEdges(tlps.domain, ends, set)
  }

  /// The next packet and the cycle of its first beat; nil at the end.
  func next() throws(WaveReadError) -> (record: TLPLogRecord, position: Int)? {
    while try edges.next() {
      if try !edges.holds(valid) { continue }
      if let ready, try !edges.holds(ready) { continue }
      if let whole = try takeBeat() { return whole }
    }
    if let start {
      throw edges.refused(
        "its end within the packet that begins at \(start.time.readable) (cycle \(start.cycle))", "a last beat")
    }
    if count == 0 {
      throw edges.emptiness([valid, ready].compactMap { $0?.text }.joined(separator: " and "))
    }
    return nil
  }

  // MARK: - Beats

  private func takeBeat() throws(WaveReadError) -> (record: TLPLogRecord, position: Int)? {
    let isFirst = start == nil
    if isFirst {
      start = (edges.sampler.cycle, edges.time)
      try takeHeader()
    }
    let isLast = try last.map { condition throws(WaveReadError) in try edges.holds(condition) }
    try takeData(isFirst: isFirst, isLast: isLast ?? true)
    if isLast ?? isWhole { return end() }
    if packet.count > Self.byteLimit {
      throw edges.refused("\(packet.count) bytes of a packet without its last beat at \(edges.place)", "a last beat")
    }
    return nil
  }

  private func takeHeader() throws(WaveReadError) {
    for probe in header {
      // What a header of three dwords leaves of the signal means nothing.
      if packet.count == 12, RawHeader(bytes: packet).dwordCount == 3 { break }
      packet.append(try byte(probe, "in a header"))
    }
    announced = TLP.announcedBytes(packet)
  }

  private func takeData(isFirst: Bool, isLast: Bool) throws(WaveReadError) {
    // A beat too many is the design's fault, and has to be seen.
    let mayEndWithin = keep.isEmpty && isLast && (isFirst || !isWhole)
    let kept = try keep.map { probe throws(WaveReadError) in try bits(probe, "where a beat is valid") }
    for (index, probe) in data.enumerated() {
      if mayEndWithin, isWhole { return }
      let bit = keepBits[index]
      if !kept.isEmpty, kept[bit / 64] >> UInt64(bit % 64) & 1 == 0 { continue }
      packet.append(try byte(probe, "in a packet"))
      if announced == nil { announced = TLP.announcedBytes(packet) }
    }
  }

  private var isWhole: Bool { packet.count >= announced ?? .max }

  private func end() -> (record: TLPLogRecord, position: Int)? {
    guard let (cycle, time) = start else { return nil }
    let record = TLPLogRecord(
      TLP(lenient: packet), link: stream.link, direction: stream.direction, start: time.units(-12, roundedUp: false))
    packet.removeAll(keepingCapacity: true)
    (announced, start) = (nil, nil)
    count += 1
    return (record, cycle)
  }

  // MARK: - Values

  private func byte(_ probe: Probe, _ place: String) throws(WaveReadError) -> UInt8 {
    UInt8(truncatingIfNeeded: try bits(probe, place))
  }

  /// - Parameter place: where only 0 and 1 are expected
  private func bits(_ probe: Probe, _ place: String) throws(WaveReadError) -> UInt64 {
    if case .bits(let bits) = edges.sampler[probe] { return bits }
    throw edges.unknown(probe, place)
  }
}

// What a map says of a stream, in a dump.
extension ProbeSet {
  /// The bytes of a beat, the lowest bits first.
  fileprivate mutating func beat(_ tlps: TLPMap) throws(ScenarioError) -> [Probe] {
    let (lanes, width) = try parts(tlps.data, of: 8), unit = tlps.lanes == .bytes ? 8 : 32
    guard width % unit == 0 else { throw wrongWidth(tlps.data, width, "a multiple of \(unit) bits") }
    return lanes
  }

  /// In parts of 64 bits, with the bits of all.
  fileprivate mutating func keep(
    _ tlps: TLPMap, byteCount count: Int
  ) throws(ScenarioError) -> (probes: [Probe], width: Int) {
    guard let name = tlps.keep else { return ([], 0) }
    let (probes, width) = try parts(name, of: 64)
    guard width <= count, count % width == 0 else {
      throw wrongWidth(name, width, "a bit for each of \(count) bytes of data, or for as many as divide them")
    }
    return (probes, width)
  }

  /// The bytes of the header in the order of the wire.
  fileprivate mutating func header(_ tlps: TLPMap) throws(ScenarioError) -> [Probe] {
    guard let name = tlps.header else { return [] }
    let (bytes, width) = try parts(name, of: 8)
    guard width == 128 else { throw wrongWidth(name, width, "128 bits") }
    return bytes.reversed()
  }
}
