import SimKernel

/// One thing that the host does, with every repeat unrolled and every default filled in.
public struct Step: Equatable, Sendable {
  /// Where the scenario says it, as in `$.steps[1].repeat.steps[0].run`.
  public let path: String
  /// The indices of the repeats around it, outermost first; empty outside of repeats.
  public let iterations: [UInt64]
  public let action: Action

  /// What the step does; names are those of the scenario's keys in Swift's spelling.
  public enum Action: Equatable, Sendable {
    case loadText(LoadText)
    case loadData(LoadData)
    case run(Run)
    case mmioWrite(MMIOWrite)
    case mmioRead(MMIORead)
    case poll(Poll)
    case wait(Wait)
    case peerWrite(PeerWrite)
    case dumpMem
    case expectMemory(ExpectMemory)
    case inject(Inject)
    case getRegs
  }

  /// The step's key in the scenario, as in `load_text`.
  public var kind: String {
    switch action {
    case .loadText: "load_text"
    case .loadData: "load_data"
    case .run: "run"
    case .mmioWrite: "mmio_write"
    case .mmioRead: "mmio_read"
    case .poll: "poll"
    case .wait: "wait"
    case .peerWrite: "peer_write"
    case .dumpMem: "dump_mem"
    case .expectMemory: "expect_memory"
    case .inject: "inject"
    case .getRegs: "get_regs"
    }
  }
}

extension Step {
  /// The way of bytes into the device.
  public enum Route: String, CaseIterable, Sendable {
    /// From host memory, page by page.
    case dma
    /// A peer writes the window, then the device moves them.
    case p2p
  }

  /// Bytes on their way to TEXT or DATA.
  public struct Transfer: Equatable, Sendable {
    public let bytes: [UInt8]
    public let route: Route
    /// Bytes of one scatter-gather entry; of no meaning to `.p2p`.
    public let pageSize: Int
    /// The first value of OFFSET. Past the segment's end is legal here: the device answers with an error.
    public let offset: UInt32
    /// The ERROR_CODE that must end the transfer, one of `ScenarioDocument.errorCodes`; nil for success.
    public let expectedError: String?
  }

  public struct LoadText: Equatable, Sendable {
    /// The program as the scenario names it, for reports: a file name, or "hex".
    public let name: String
    public let transfer: Transfer
  }

  public struct LoadData: Equatable, Sendable {
    /// A file name, "hex" or "fill".
    public let name: String
    public let transfer: Transfer
  }

  public struct Run: Equatable, Sendable {
    /// Bytes from the start of DATA to the first that the program sees.
    public let offset: UInt32
    /// What RET must hold.
    public let expectedRet: UInt32?
    /// What REGS must hold for r0.
    public let expectedR0: UInt64?
    /// The ERROR_CODE that must end the run, one of `ScenarioDocument.errorCodes`; nil for success.
    public let expectedError: String?
    /// The core's fault that must end the run; nil for none.
    public let expectedFault: String?
    public let timeout: Picoseconds
  }

  public struct MMIOWrite: Equatable, Sendable {
    /// Bytes from the start of BAR4.
    public let address: UInt64
    /// 1, 2, 4 or 8 bytes.
    public let size: Int
    public let value: UInt64
  }

  public struct MMIORead: Equatable, Sendable {
    public let address: UInt64
    public let size: Int
    public let expected: Masked?
  }

  /// Repeats a read until it returns the expected bits.
  public struct Poll: Equatable, Sendable {
    public let address: UInt64
    public let size: Int
    public let expected: Masked
    public let interval: Picoseconds
    public let timeout: Picoseconds
  }

  /// A value to compare under a mask.
  public struct Masked: Equatable, Sendable {
    public let value: UInt64
    public let mask: UInt64

    public func matches(_ other: UInt64) -> Bool { other & mask == value & mask }
  }

  public struct Wait: Equatable, Sendable {
    public let time: Picoseconds
  }

  public struct PeerWrite: Equatable, Sendable {
    /// Bytes from the start of the p2pdma window; the last byte lies inside it.
    public let offset: UInt64
    public let bytes: [UInt8]
  }

  public struct ExpectMemory: Equatable, Sendable {
    /// Bytes from the start of BAR4; the last byte lies inside it.
    public let address: UInt64
    public let bytes: [UInt8]
  }

  /// Answers the next host memory reads with a fault.
  public struct Inject: Equatable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
      /// Unsupported request.
      case ur
      /// Completer abort.
      case ca
      /// Data marked as poisoned.
      case poison
      /// No completion at all.
      case drop
    }

    public let kind: Kind
    public let count: UInt64
  }
}
