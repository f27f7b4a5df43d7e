import PCIe
import SimKernel

/// One thing that the host does, with every repeat unrolled and every default filled in.
public struct Step: Equatable, Sendable {
  /// Where the scenario says it, as in `$.steps[1].repeat.steps[0].run`.
  public let path: String
  /// The indices of the repeats around it, outermost first; empty outside of repeats.
  public let iterations: [UInt64]
  /// Position of the device that it is about.
  public let device: Int
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
    case peer(Peer)
    /// Position of the peer.
    case awaitPeer(Int)
    case dumpMem
    case expectMemory(ExpectMemory)
    case inject(Inject)
    case getRegs
    /// Number of the function.
    case reset(ResetKind, Int)
    case configRead(ConfigRead)
    case configWrite(ConfigWrite)
    case sendTLP(SendTLP)
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
    case .peer(let peer): peer.isRead ? "peer_read" : "peer_write"
    case .awaitPeer: "await_peer"
    case .dumpMem: "dump_mem"
    case .expectMemory: "expect_memory"
    case .inject: "inject"
    case .getRegs: "get_regs"
    case .reset: "reset"
    case .configRead: "config_read"
    case .configWrite: "config_write"
    case .sendTLP: "send_tlp"
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
    /// Position of the peer of `.p2p`.
    public let peer: Int
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

  /// Where a peer's bytes go, or come from.
  public enum PeerTarget: String, CaseIterable, Sendable {
    /// The p2pdma window of a device.
    case window
    /// Host memory.
    case host
  }

  /// Bytes from the start of BAR4 to the p2pdma window.
  static let windowOffset: UInt64 = 0x80_0000
  /// Bytes of a chunk, as of a block of a drive.
  static let defaultChunk = 4_096

  /// What a peer does by its own DMA.
  public struct Peer: Equatable, Sendable {
    /// Position of the peer.
    public let peer: Int
    public let isRead: Bool
    public let target: PeerTarget
    /// Bytes from the start of the window or of host memory; the last byte lies inside it.
    public let offset: UInt64
    public let length: Int
    /// What is written, or what a read must bring; empty when that does not matter.
    public let bytes: [UInt8]
    public let chunk: Int
    public let flush: Bool
    /// The next step does not wait.
    public let background: Bool
    public let expectedError: String?
  }

  public struct ExpectMemory: Equatable, Sendable {
    /// Bytes from the start of BAR4; the last byte lies inside it.
    public let address: UInt64
    public let bytes: [UInt8]
  }

  /// A fault, and where.
  public enum Inject: Equatable, Sendable {
    case memory(MemoryFault)
    /// Position of the link.
    case link(Int, LinkCommand)
    /// Number of the function.
    case function(Int, FunctionFault)
  }

  public enum ResetKind: String, CaseIterable, Sendable {
    /// Function-level reset (Base Specification 6.6.2).
    case function
    /// Hot reset of the bus, through the bridge above (6.6.1).
    case hot
  }

  public struct ConfigRead: Equatable, Sendable {
    /// Number of the function.
    public let function: Int
    /// Dword number.
    public let register: Int
    public let expected: Masked?
  }

  public struct ConfigWrite: Equatable, Sendable {
    public let function: Int
    public let register: Int
    public let value: UInt32
    public let byteEnable: UInt8
  }

  /// A packet as it is, through a root port.
  public struct SendTLP: Equatable, Sendable {
    public let tlp: TLP
    public let port: Int
    /// The status of the completion that must come.
    public let expected: CompletionStatus?
  }
}
