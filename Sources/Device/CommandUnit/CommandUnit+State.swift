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

/// Every flip-flop of the register file and the command sequencer.
public struct CommandUnitState: TracedState {
  public var phase = CommandPhase.idle
  /// OPCODE, LENGTH, OFFSET and ADDR as the host wrote them.
  public var registers = LatchedCommand()
  public var dmaDone = false
  public var error = false
  public var busy = false
  public var errorCode = DeviceError.none
  public var errorFault = CoreFault.none
  public var errorPC: UInt32 = 0
  public var running = LatchedCommand()
  public var hasQueued = false
  public var queued = LatchedCommand()
  /// The host asked to stop; the engines have been told so.
  public var aborting = false
  /// A stop that an engine's command port has no room for yet.
  public var abortPending = false
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
      .enumeration("errorFault", \.errorFault), .address("errorPC", \.errorPC), .group("running", \.running),
      .flag("hasQueued", \.hasQueued), .group("queued", \.queued), .flag("aborting", \.aborting),
      .flag("abortPending", \.abortPending), .counter("newLength", \.newLength),
      .flag("lengthRequested", \.lengthRequested), .counter("runs", \.runs), .counter("cycles", \.cycles),
      .counter("instructions", \.instructions), .counter("dmaBytes", \.dmaBytes),
    ]
  }
}
