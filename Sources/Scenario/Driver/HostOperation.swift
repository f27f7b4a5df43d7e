import Device
import PCIe
import SimKernel

/// One thing the driver does. A step of the scenario is a list of these.
enum HostOperation: Equatable, Sendable {
  case configWrite(register: Int, value: UInt32)
  case configRead(register: Int, expected: UInt32, mask: UInt32)
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
  /// A peer writes `data` at a bus address; waits for its interrupt.
  case peerWrite(address: UInt64, data: [UInt8])
  case inject(FaultKind, count: UInt64)
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
