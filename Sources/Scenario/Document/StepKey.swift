import SimKernel

/// What a step's value may be; the reader and the schema both follow it.
indirect enum StepForm: Sendable {
  /// A scalar as Spec tables describe them.
  case spec(SpecKind)
  /// A number that people write in hexadecimal: what it is, and its range.
  case register(String, ClosedRange<UInt64>)
  case text(String)
  case file
  case hex
  /// C source, object, assembly or raw file name, or an object with "hex".
  case program
  case steps
  case object([StepKey])
  case either(StepForm, StepForm)
}

/// One key of a step.
struct StepKey: Sendable {
  let name: String
  let form: StepForm
  let isRequired: Bool
  let summary: String

  init(_ name: String, _ form: StepForm, required: Bool = false, _ summary: String) {
    self.name = name
    self.form = form
    isRequired = required
    self.summary = summary
  }
}

/// The steps by their JSON key, with the keys that each takes.
enum StepKind: String, CaseIterable, Sendable {
  case loadText = "load_text"
  case loadData = "load_data"
  case run
  case mmioWrite = "mmio_write"
  case mmioRead = "mmio_read"
  case poll
  case wait
  case peerWrite = "peer_write"
  case dumpMem = "dump_mem"
  case expectMemory = "expect_memory"
  case inject
  case getRegs = "get_regs"
  case peerRead = "peer_read"
  case awaitPeer = "await_peer"
  case reset
  case configRead = "config_read"
  case configWrite = "config_write"
  case sendTLP = "send_tlp"
  case `repeat`

  var summary: String {
    switch self {
    case .loadText: "loads a program into TEXT"
    case .loadData: "loads bytes into DATA"
    case .run: "runs the loaded program and waits for its end"
    case .mmioWrite: "writes a register or memory of BAR4"
    case .mmioRead: "reads a register or memory of BAR4"
    case .poll: "reads until the bits under the mask equal the value"
    case .wait: "lets time pass"
    case .peerWrite: "lets a peer write into the p2pdma window or host memory, chunk by chunk"
    case .peerRead: "lets a peer read from the p2pdma window or host memory, chunk by chunk"
    case .awaitPeer: "waits for what a peer does in the background"
    case .dumpMem: "lets the device log TEXT and DATA"
    case .expectMemory: "compares memory of BAR4 with bytes"
    case .inject: "makes something go wrong: an answer of memory or device, packets on a link, a link itself"
    case .reset: "resets a device or peer, and configures it again"
    case .configRead: "reads a dword of configuration space"
    case .configWrite: "writes a register of configuration space"
    case .sendTLP: "sends a packet as it is, legal or not, through a root port"
    case .getRegs: "completes at once, as the driver's command does"
    case .repeat: "unrolls steps, counting an index from 0"
    }
  }

  /// One of `file`, `hex` and `fill` is required beside the keys that are.
  var takesBytes: Bool { self == .loadData || self == .peerWrite || self == .expectMemory }

  var keys: [StepKey] {
    switch self {
    case .loadText: [.program, .entry] + StepKey.transfer + [.check, .device]
    case .loadData: StepKey.bytes + StepKey.transfer + [.device]
    case .run: StepKey.run + [.device]
    case .mmioWrite: StepKey.access + [StepKey("value", .value, required: true, "what to write; fits `size`"), .device]
    case .mmioRead:
      StepKey.access + [StepKey("expect", .either(.value, .object(StepKey.masked)), "what must be read"), .device]
    case .poll:
      StepKey.access + StepKey.masked + [.interval, .timeout("giving up; default driver.run_timeout"), .device]
    case .wait: [StepKey("time", .wait, required: true, "how long")]
    case .peerWrite: StepKey.peer + StepKey.bytes
    case .peerRead: StepKey.peer + StepKey.peerRead
    case .awaitPeer: [StepKey("peer", .text("the name of a peer"), "which; default the first")]
    case .dumpMem, .getRegs: [.device]
    case .expectMemory: [.address] + StepKey.bytes + [.device]
    case .inject: StepKey.inject
    case .reset: StepKey.reset
    case .configRead:
      StepKey.config + [StepKey("expect", .either(.value, .object(StepKey.masked)), "what the dword must hold")]
    case .configWrite: StepKey.config + StepKey.configWrite
    case .sendTLP: StepKey.sendTLP
    case .repeat: StepKey.repeat
    }
  }
}

extension StepForm {
  static let value = StepForm.register("an 8-byte value", 0...UInt64.max)
  static let offset = StepForm.spec(.quantity(.size, 0...UInt64(UInt32.max)))
  static let error = StepForm.spec(.choice(ScenarioDocument.errorCodes))
  /// Ten seconds a step: a million such steps still end within 64 bits of picoseconds.
  static let wait = StepForm.spec(.quantity(.duration, 0...10_000_000_000_000))

  /// What the driver's parameter of that name may be.
  static func driver(_ name: String) -> StepForm { .spec(DriverSpec.fields.first { $0.name == name }!.kind) }
}

extension StepKey {
  static let program = StepKey(
    "program", .program, required: true,
    "C source (.c), ELF object (.o), assembly (.s) or raw (.bin) file, or {\"hex\": \"…\"}")
  static let entry = StepKey(
    "entry", .text("the name of a function or section"),
    "the function, or else the section, where the object begins; default the rule of specs/programs.md")
  static let check = StepKey(
    "check", .spec(.flag), "refuse bytes that are no loadable program; default true when offset is 0")
  static let address = StepKey(
    "address", .register("a BAR4 offset", 0...0xff_ffff), required: true, "bytes from the start of BAR4")
  static let interval = StepKey("interval", .driver("poll_interval"), "between reads; default driver.poll_interval")

  static func timeout(_ summary: String) -> StepKey { StepKey("timeout", .driver("run_timeout"), summary) }

  static let bytes: [StepKey] = [
    StepKey("file", .file, "a file beside the scenario"),
    StepKey("hex", .hex, "hexadecimal digits, spaces allowed between bytes"),
    StepKey("fill", .object(fill), "generated bytes"),
  ]

  static let fill: [StepKey] = [
    StepKey("bytes", .spec(.quantity(.size, 1...1 << 30)), required: true, "how many"),
    StepKey(
      "pattern", .spec(.choice(FillPattern.allCases.map(\.rawValue))),
      "counter: little-endian 32-bit words 0, 1, 2, …; zero; random: drawn from the seed; default counter"),
  ]

  static let transfer: [StepKey] = [
    StepKey(
      "via", .spec(.choice(Step.Route.allCases.map(\.rawValue))),
      "dma: from host memory, page by page; p2p: through the peer; default dma"),
    StepKey("peer", .text("the name of a peer"), "which peer (p2p); default the first"),
    StepKey("page_size", .driver("page_size"), "bytes of one scatter-gather entry (dma); default driver.page_size"),
    StepKey("offset", .offset, "first byte in the segment; default 0"),
    StepKey("expect", .object([StepKey("error", .error, "the error that must end it")]), "default: success"),
  ]

  static let run: [StepKey] = [
    StepKey("offset", .offset, "first byte of DATA that the program sees; default 0"),
    StepKey("expect", .object(runExpectations), "what must come out"),
    timeout("giving up; default driver.run_timeout"),
  ]

  static let runExpectations: [StepKey] = [
    StepKey("ret", .register("a 4-byte value", 0...UInt64(UInt32.max)), "RET, the low 32 bits of r0"),
    StepKey("r0", .value, "all of r0"),
    StepKey("error", .error, "the error that must end the run"),
    StepKey("fault", .spec(.choice(ScenarioDocument.faultNames)), "the core's fault that must end the run"),
  ]

  static let access: [StepKey] = [
    address, StepKey("size", .spec(.oneOf([1, 2, 4, 8], of: "bytes")), "bytes of the access; default 4"),
  ]

  static let masked: [StepKey] = [
    StepKey("value", .value, required: true, "the bits to see; fits `size`"),
    StepKey("mask", .value, "the bits that count; default all"),
  ]

  static let `repeat`: [StepKey] = [
    StepKey("count", .spec(.count(of: "iterations", 0...1_000_000)), required: true, "how often"),
    StepKey("steps", .steps, required: true, "what to repeat"),
    StepKey("index", .text("a name of letters, digits and _"), "name of the index in \"${…}\"; default i"),
  ]
}
