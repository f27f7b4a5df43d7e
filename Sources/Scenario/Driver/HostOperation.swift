import Device
import PCIe
import SimKernel

/// One thing the driver does. A step of the scenario is a list of these.
enum HostOperation: Sendable {
  /// Finds and configures everything below the root ports.
  case enumerate
  /// Writes a function's configuration again, as enumeration did.
  case reconfigure(function: Int)
  case configWrite(function: Int, register: Int, value: UInt32, byteEnable: UInt8)
  case configRead(function: Int, register: Int, expected: Step.Masked?)
  /// Secondary Bus Reset of the bridge above a function, begun or ended.
  case busReset(function: Int, asserted: Bool)
  /// Bytes into host memory, page by page.
  case fillMemory(payload: [UInt8], pages: [HostPage])
  /// A store to BAR4.
  case write(Int, size: Int, value: UInt64)
  /// CTRL = START; the latency of the command begins here.
  case start
  /// Polls CTRL until DMA_DONE or ERROR.
  case awaitDMA(bytes: Int, expectedError: String?)
  /// Polls CTRL until the device is not BUSY.
  case awaitIdle
  /// Polls READY, now and then CTRL for ERROR.
  case awaitRun(timeout: Picoseconds, expectedError: String?, expectedFault: String?)
  /// A load from BAR4, compared when there is something to compare with.
  case read(Int, size: Int, purpose: ReadPurpose)
  case poll(Step.Poll)
  case wait(Picoseconds)
  /// A command for a peer.
  case peer(Int, PeerWork)
  /// Waits for the interrupts of all commands of a peer.
  case awaitPeer(Int)
  case inject(MemoryFault)
  case disturbLink(Int, LinkCommand)
  case disturbFunction(Int, FunctionFault)
  /// A packet as it is.
  case packet(TLP, port: Int, expectedStatus: CompletionStatus?)
}

/// What a peer is to do.
struct PeerWork: Sendable {
  let kind: PeerCommand.Kind
  let target: Step.PeerTarget
  /// Bytes from the start of the window or of host memory.
  let offset: UInt64
  let chunk: Int
  let flush: Bool
  /// What a read must bring.
  let expected: [UInt8]?
  let expectedError: String?
}

/// A piece of a buffer that is contiguous in bus addresses.
struct HostPage: Equatable, Sendable {
  let address: UInt64
  let length: Int
}

/// What the value of a read is for.
enum ReadPurpose: Equatable, Sendable {
  /// RET and r0 of a run, with the scenario's expectation.
  case ret(UInt32?)
  case r0(UInt64?)
  case expect(Step.Masked?)
  /// A piece of `expect_memory`.
  case memory([UInt8])
}
