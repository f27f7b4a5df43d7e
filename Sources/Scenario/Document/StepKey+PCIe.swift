import PCIe
import SimKernel

/// Keys of the steps about the hierarchy: peers, configuration, faults, resets.
extension StepKey {
  static let device = StepKey("device", .text("the name of a device"), "which device; default the first")

  static let target = StepKey(
    "target", .text("the name of a device or peer"), "which device or peer; default the first device")

  static let peer: [StepKey] = [
    StepKey("peer", .text("the name of a peer"), "which peer; default the first"),
    StepKey(
      "to", .spec(.choice(Step.PeerTarget.allCases.map(\.rawValue))),
      "window: the p2pdma window of `device`; host: host memory; default window"),
    device,
    StepKey("offset", .offset, "first byte of the window or of host memory; default 0"),
    StepKey("chunk", .spec(.quantity(.size, 1...1 << 30)), "bytes moved and measured at a time; default 4096"),
    StepKey("flush", .spec(.flag), "a zero-length read behind each chunk that is written; default true"),
    StepKey("background", .spec(.flag), "the next step does not wait; await_peer does; default false"),
    StepKey("expect", .object([StepKey("error", .error, "the error that must end it")]), "default: success"),
  ]

  static let peerRead: [StepKey] = [
    StepKey("length", .spec(.quantity(.size, 1...1 << 30)), "how many bytes; not beside file, hex or fill"),
    StepKey("file", .file, "the bytes that must come, a file beside the scenario"),
    StepKey("hex", .hex, "the bytes that must come"),
    StepKey("fill", .object(fill), "the bytes that must come, generated"),
  ]

  static let inject: [StepKey] = [
    StepKey(
      "kind", .spec(.choice(InjectKind.allCases.map(\.rawValue))), required: true,
      InjectKind.allCases.map { "\($0.rawValue): \($0.summary)" }.joined(separator: "; ")),
    StepKey("count", .spec(.count(of: "times", 1...1_000_000)), "how often; default 1"),
    StepKey("skip", .spec(.count(of: "packets", 0...1_000_000)), "packets that pass before, on a link; default 0"),
    StepKey(
      "by", .spec(.choice(InjectPlace.allCases.map(\.rawValue))),
      "who answers wrongly with ur, ca and poison: host memory, or the device when its BAR is read; default host"),
    StepKey(
      "target", .text("the name of a device, peer or switch"), "whose link or function; default the first device"),
    StepKey(
      "direction", .spec(.choice(["down", "up"])), "of packets on a link: away from the root, or towards it; default up"
    ),
    StepKey(
      "class", .spec(.choice(FlowClassName.allCases.map(\.rawValue))), "whose credits starve; default posted"),
    StepKey("time", .wait, "how long a delay, starvation or retraining takes; default 10us"),
  ]

  static let reset: [StepKey] = [
    target,
    StepKey(
      "kind", .spec(.choice(Step.ResetKind.allCases.map(\.rawValue))),
      "function: function-level reset; hot: the bus, through the bridge above; default function"),
  ]

  static let config: [StepKey] = [
    target,
    StepKey("register", .register("the offset of a register", 0...0xfff), required: true, "bytes"),
  ]

  static let configWrite: [StepKey] = [
    StepKey("value", .value, required: true, "what to write; fits `size`"),
    StepKey("size", .spec(.oneOf([1, 2, 4], of: "bytes")), "of the register, aligned; default 4"),
  ]

  static let sendTLP: [StepKey] = [
    StepKey(
      "hex", .hex, required: true, "prefixes, header, payload and ECRC in wire order; the requester 00:00.0 is the host"
    ),
    target,
    StepKey(
      "expect",
      .object([StepKey("status", .spec(.choice(["SC", "UR", "CRS", "CA"])), required: true, "completion status")]),
      "the completion that must come; only for a legal non-posted request of the host"),
  ]
}

/// What `inject` can do.
enum InjectKind: String, CaseIterable {
  case ur, ca, poison, drop, delay
  case completionTimeout = "completion_timeout"
  case unexpectedCompletion = "unexpected_completion"
  case malformedCompletion = "malformed_completion"
  case crs
  case dropTLP = "drop_tlp"
  case corruptTLP = "corrupt_tlp"
  case dropDLLP = "drop_dllp"
  case corruptDLLP = "corrupt_dllp"
  case delayTLP = "delay_tlp"
  case creditStarvation = "credit_starvation"
  case retrain
  case surpriseRemoval = "surprise_removal"

  /// The keys that it takes beside "kind".
  var keys: [String] {
    switch self {
    case .ur, .ca, .poison: ["count", "by", "target"]
    case .drop, .completionTimeout, .unexpectedCompletion, .malformedCompletion: ["count"]
    case .delay: ["count", "time"]
    case .crs: ["count", "target"]
    case .dropTLP, .corruptTLP, .dropDLLP, .corruptDLLP: ["count", "skip", "target", "direction"]
    case .delayTLP: ["target", "direction", "time"]
    case .creditStarvation: ["target", "direction", "class", "time"]
    case .retrain: ["target", "time"]
    case .surpriseRemoval: ["target"]
    }
  }

  var summary: String {
    switch self {
    case .ur: "unsupported request"
    case .ca: "completer abort"
    case .poison: "poisoned data"
    case .drop: "the older name of completion_timeout"
    case .completionTimeout: "host memory does not answer"
    case .delay: "host memory answers later by `time`"
    case .unexpectedCompletion: "a completion that nobody waits for, before the right one"
    case .malformedCompletion: "a completion that is shorter than its Length"
    case .crs: "configuration requests are answered with Retry Status"
    case .dropTLP: "TLPs get lost on the link"
    case .corruptTLP: "TLPs arrive with a wrong LCRC"
    case .dropDLLP: "DLLPs get lost"
    case .corruptDLLP: "DLLPs arrive with a wrong CRC"
    case .delayTLP: "the next TLP, and all behind it, are held back by `time`"
    case .creditStarvation: "the receiver frees no credits of `class` for `time`"
    case .retrain: "the link is trained anew for `time`"
    case .surpriseRemoval: "what is below the link is pulled out; a hot reset puts it back"
    }
  }
}

enum InjectPlace: String, CaseIterable {
  case host, device
}

/// Flow classes as scenarios name them.
enum FlowClassName: String, CaseIterable {
  case posted, nonposted, completion

  var flowClass: FlowClass {
    switch self {
    case .posted: .posted
    case .nonposted: .nonPosted
    case .completion: .completion
    }
  }
}
