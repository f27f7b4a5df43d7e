import SimKernel

/// What the command unit waits for.
public enum CommandPhase: TracedEnum {
  case idle
  /// The DMA engine moves data.
  case transferring
  /// TEXT_LEN or DATA_LEN is read, to be extended.
  case readingLength
  case writingLength
  /// The new length is on its way to RAM.
  case settlingLength
  /// The core runs the program.
  case running
  case dumping
  /// After a reset: whoever was at work has been told to stop, and its answers are thrown away.
  case resetting
}

/// A command with the registers it was started with.
public struct LatchedCommand: TracedState {
  public var opcode: UInt8 = 0
  public var length: UInt32 = 0
  public var offset: UInt32 = 0
  public var address: UInt64 = 0

  public static var signals: [SignalDeclaration<LatchedCommand>] {
    [
      .bits("opcode", \.opcode), .bits("length", \.length), .bits("offset", \.offset), .address("address", \.address),
    ]
  }
}

/// Answers that still come after a reset, to what was asked before it.
public struct StaleAnswers: TracedState {
  public var transfers: UInt8 = 0
  public var run = false
  public var lengthRead = false

  var areAwaited: Bool { transfers > 0 || run || lengthRead }

  public static var signals: [SignalDeclaration<StaleAnswers>] {
    [.counter("transfers", \.transfers), .flag("run", \.run), .flag("lengthRead", \.lengthRead)]
  }
}

/// Every flip-flop of the register file and the command sequencer, but for the table of its commands.
public struct CommandUnitState: TracedState {
  /// Of the oldest command.
  public var phase = CommandPhase.idle
  /// OPCODE, LENGTH, OFFSET and ADDR as the host wrote them.
  public var registers = LatchedCommand()
  public var dmaDone = false
  public var error = false
  public var busy = false
  public var errorCode = DeviceError.none
  public var errorFault = CoreFault.none
  public var errorPC: UInt32 = 0
  /// The place of the oldest command in the table; the younger ones follow, around the table.
  public var oldest: UInt8 = 0
  /// Commands that are started: several when all of them are transfers.
  public var active: UInt8 = 0
  /// Commands behind them that wait.
  public var waiting: UInt8 = 0
  /// The host asked to stop; the engines have been told so.
  public var aborting = false
  /// A stop that an engine's command port has no room for yet.
  public var abortPending = false
  public var stale = StaleAnswers()
  /// The host lets the function send MSI.
  public var msiEnabled = false
  /// An MSI that the endpoint has no room for yet.
  public var interruptPending = false
  /// The new value of TEXT_LEN or DATA_LEN.
  public var newLength: UInt32 = 0
  public var lengthRequested = false
  public var runs: UInt64 = 0
  public var cycles: UInt64 = 0
  public var instructions: UInt64 = 0
  public var dmaBytes: UInt64 = 0

  public static var signals: [SignalDeclaration<CommandUnitState>] {
    [
      .enumeration("phase", \.phase), .group("registers", \.registers), .flag("dmaDone", \.dmaDone),
      .flag("error", \.error), .flag("busy", \.busy), .enumeration("errorCode", \.errorCode),
      .enumeration("errorFault", \.errorFault), .address("errorPC", \.errorPC), .bits("oldest", \.oldest),
      .counter("active", \.active), .counter("waiting", \.waiting), .flag("aborting", \.aborting),
      .flag("abortPending", \.abortPending), .group("stale", \.stale), .flag("msiEnabled", \.msiEnabled),
      .flag("interruptPending", \.interruptPending), .counter("newLength", \.newLength),
      .flag("lengthRequested", \.lengthRequested), .counter("runs", \.runs), .counter("cycles", \.cycles),
      .counter("instructions", \.instructions), .counter("dmaBytes", \.dmaBytes),
    ]
  }
}
