import PCIe
import SimKernel

/// What counts when TLPs are compared.
public struct TLPRules: Sendable {
  /// What a field of a TLP can be called, as in logs (specs/tlp-log.md).
  public static let fields = [
    "type", "format", "why", "header", "prefix", "req", "cpl", "tag", "target", "reg", "addr", "len", "be", "at", "ph",
    "st", "code", "route", "fields", "status", "count", "bcm", "lower", "tc", "attr", "poisoned", "ecrc", "bytes",
    "crc",
    "data",
  ]

  /// The fields that a design may have as it likes.
  public var ignored: Set<String> = []
  /// How much more or less time may be between the first TLP of a stream and each other one; nil when time is free.
  public var timeTolerance: Picoseconds?
  /// Whether posted requests, non-posted ones and completions have an order each, and may pass the others.
  public var separatesClasses = false
  /// What holds for some streams instead.
  public var streams: [TLPStream: TLPRules] = [:]

  public init() {}

  /// What holds for a stream.
  public func of(_ stream: TLPStream) -> TLPRules { streams.isEmpty ? self : streams[stream.whole] ?? self }
}

/// One direction of a link, or of the port between a device's PCI Express block and its user logic.
public struct TLPStream: CheckedStream, Sendable {
  /// Its name, or the device's.
  public let link: String
  public let direction: LinkDirection
  /// Nil for all classes together.
  public var flowClass: FlowClass?

  public init(link: String, direction: LinkDirection) { (self.link, self.direction) = (link, direction) }

  public var whole: TLPStream { TLPStream(link: link, direction: direction) }

  public var description: String {
    let name = "\(link) \(direction == .up ? "up" : "down")"
    return switch flowClass {
    case nil: name
    case .posted: "\(name) posted"
    case .nonPosted: "\(name) non-posted"
    case .completion: "\(name) completions"
    }
  }

  public static func < (left: TLPStream, right: TLPStream) -> Bool { left.description < right.description }
}

extension TLPLogRecord: CheckedRecord {
  public static var plural: String { "TLPs" }
  public var stream: TLPStream { TLPStream(link: link, direction: direction) }
  public func stream(_ rules: TLPRules) -> TLPStream {
    var stream = stream
    if rules.of(stream).separatesClasses { stream.flowClass = packet.flowClass }
    return stream
  }
  public var epoch: Int { 0 }
  public var place: String { "\(stream) \(packetText.split(separator: " ").first ?? "")" }
  /// With the times that are known.
  public var shownLine: String {
    if arrival != 0 { return line() }
    return line().withoutTiming + (start == 0 ? "" : " ; t=\(start)ps")
  }
  public var instant: Picoseconds { start }
  public var explanation: String? { nil }

  /// Only what arrives: what was corrupted or lost comes again.
  public func isCompared(_ rules: TLPRules) -> Bool { fate == .delivered }

  public func differences(in design: TLPLogRecord, _ rules: TLPRules) -> [FieldDifference] {
    if packet == design.packet && payload == design.payload && prefixes == design.prefixes
      && hasWrongECRC == design.hasWrongECRC
    {
      return []
    }
    let rules = rules.of(stream), model = fields, other = design.fields
    return TLPRules.fields.compactMap { name in
      if rules.ignored.contains(name) || model[name] == other[name] { return nil }
      return FieldDifference(name, model: model[name], design: other[name])
    }
  }

  public func timingDifference(
    in design: TLPLogRecord, since origin: (model: TLPLogRecord, design: TLPLogRecord), _ rules: TLPRules
  ) -> FieldDifference? {
    guard let tolerance = rules.of(stream).timeTolerance else { return nil }
    let model = start &- origin.model.start, other = design.start &- origin.design.start
    let distance = model > other ? model - other : other - model
    if distance <= tolerance { return nil }
    return FieldDifference("time since the first TLP", model: "\(model)ps", design: "\(other)ps")
  }

  /// The fields of the packet by the names that a log has for them; a flag has its own name as its value.
  private var fields: [String: String] {
    var fields: [String: String] = [:]
    for (index, token) in packetText.split(separator: " ").enumerated() {
      let parts = token.split(separator: "=", maxSplits: 1)
      let name = index < 2 ? ["type", "format"][index] : String(parts[0])
      fields[name] = String(parts.last!)
    }
    return fields
  }
}
