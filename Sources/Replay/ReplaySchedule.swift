import PCIe
import SimKernel

/// What a replay tells a device, and when: at most one packet an edge, in the order of the recording.
///
/// A host answers what the device asked and polls until it is done. So that this stays true when the device is slower than
/// in the recording, each entry says what the device had sent before it.
public struct ReplaySchedule: Sendable {
  struct Entry: Sendable {
    /// The edge at which the endpoint is to see it.
    var edge: Cycle
    let what: DeviceRecording.Arrival
    /// The packets of each class that the host had taken, as far as it could know of them.
    let after: SIMD3<UInt32>
    /// For a completion, the position of what it answers in `requests`.
    let request: Int?
  }

  private(set) var entries: [Entry] = []
  /// The device's non-posted requests, without their tags.
  private(set) var requests: [TLP] = []
  /// Packets whose edge was taken.
  public private(set) var moved = 0

  /// The edge at which the endpoint is to see the last entry.
  var lastEdge: Cycle { entries.last?.edge ?? 0 }

  /// - Parameter roundTrip: edges from a packet's sending to the first arrival that can be its consequence, or fewer
  public init(_ recording: DeviceRecording, roundTrip: Cycle) {
    var known = SIMD3<UInt32>.zero, next = 0, free: Cycle = 1, byTag: [UInt32: Int] = [:]
    var sent = recording.sent[...]
    for (edge, what) in recording.arrivals {
      while next < recording.sent.count, recording.sent[next].edge + roundTrip <= edge {
        known[Int(recording.sent[next].tlp.header.flowClass.rawValue)] += 1
        next += 1
      }
      while let first = sent.first, first.edge < edge {
        note(sent.removeFirst().tlp, &byTag)
      }
      var entry = Entry(edge: edge, what: what, after: known, request: nil)
      if case .packet(let tlp) = what {
        entry = Entry(edge: max(edge, free), what: what, after: known, request: tlp.answeredTag.flatMap { byTag[$0] })
        if entry.edge != edge { moved += 1 }
        free = entry.edge + 1
      }
      entries.append(entry)
    }
    for (_, tlp) in sent { note(tlp, &byTag) }
  }

  private mutating func note(_ tlp: TLP, _ byTag: inout [UInt32: Int]) {
    guard let tag = tlp.askedTag else { return }
    byTag[tag] = requests.count
    requests.append(tlp.withTag(0))
  }
}

extension TLP {
  /// Requester ID and tag of a non-posted request.
  var askedTag: UInt32? {
    guard header.flowClass == .nonPosted else { return nil }
    return header.dwords.y & 0xffff_0000 | upperTag | header.dwords.y >> 8 & 0xff
  }

  /// Requester ID and tag of what a completion answers.
  var answeredTag: UInt32? {
    guard header.flowClass == .completion else { return nil }
    return header.dwords.z & 0xffff_0000 | upperTag | header.dwords.z >> 8 & 0xff
  }

  /// T9 and T8, as bits 9 and 8 (2.2.6.2).
  private var upperTag: UInt32 { header.dwords.x >> 14 & 0x200 | header.dwords.x >> 11 & 0x100 }

  /// The same packet with another tag of 10 bits, asked or answered.
  func withTag(_ tag: UInt16) -> TLP {
    var copy = self
    let upper = UInt32(tag), low = UInt32(tag & 0xff) << 8
    copy.header.dwords.x = header.dwords.x & ~0x88_0000 | (upper & 0x200) << 14 | (upper & 0x100) << 11
    if header.flowClass == .completion {
      copy.header.dwords.z = header.dwords.z & ~0xff00 | low
    } else {
      copy.header.dwords.y = header.dwords.y & ~0xff00 | low
    }
    return copy
  }
}
