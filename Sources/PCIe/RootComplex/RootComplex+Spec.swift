import SimKernel

/// The host: memory behind the root complex, and the CPU's way to the device.
public struct HostSpec: ComponentSpec {
  /// First bus address of host memory.
  public var memoryBase: UInt64 = 0x1_0000_0000
  public var memorySize: UInt64 = 64 << 20
  /// Where the host maps BAR4.
  public var barBase: UInt64 = 0xe000_0000
  /// From a read request at the root complex to its first completion.
  public var readLatency: LatencyDistribution = try! LatencyDistribution(corners: [
    .init(permille: 0, delay: .nanoseconds(280)), .init(permille: 500, delay: .nanoseconds(300)),
    .init(permille: 900, delay: .nanoseconds(320)), .init(permille: 990, delay: .nanoseconds(380)),
    .init(permille: 1_000, delay: .nanoseconds(600)),
  ])
  /// What makes a read or write of memory slower or faster than that.
  public var memoryPath = MemoryPathSpec()
  /// Read completion boundary, 64 or 128 bytes at a root complex (Base Specification 2.3.1.1).
  public var readCompletionBoundary: Int = 64
  /// Cut completions at every boundary, as some hosts do, instead of at MPS.
  public var cutAtEveryBoundary = false
  /// Reads that the memory works on at a time.
  public var outstandingReads: Int = 64
  /// From the CPU's load or store to the TLP at the link, and from a completion to the CPU.
  public var cpuCycles: Cycle = 10
  /// Ports that face downstream send peer-to-peer traffic up to the root complex (ACS redirect, 6.12).
  public var acsRedirect = false
  /// A CPU access without an answer after this time has failed (Base Specification 2.8).
  public var completionTimeout: Picoseconds = .milliseconds(50)

  public init() {}

  public static let fields: [SpecField<HostSpec>] = ownFields + MemoryPathSpec.fields

  private static let ownFields: [SpecField<HostSpec>] = [
    .size("memory_base", \.memoryBase, 0...(1 << 62), "first bus address of host memory"),
    .size("memory_size", \.memorySize, 1 << 16...(1 << 34), "bytes of host memory"),
    .size("bar_base", \.barBase, 1 << 24...(1 << 62), "bus address of BAR4, a multiple of 16 MiB"),
    .latency("read_latency", \.readLatency, "read request at the root complex to its first completion"),
    .oneOf("read_completion_boundary", \.readCompletionBoundary, [64, 128], of: "bytes", "RCB of the root complex"),
    .flag("cut_at_every_boundary", \.cutAtEveryBoundary, "cut completions at every RCB instead of at MPS"),
    .count("outstanding_reads", \.outstandingReads, of: "requests", 1...1_024, "reads that memory serves at a time"),
    .count("cpu_cycles", \.cpuCycles, of: "PCIe cycles", 1...1000, "CPU load or store to the root port, one way"),
    .flag("acs_redirect", \.acsRedirect, "switches send peer-to-peer traffic up to the root complex"),
    .duration(
      "completion_timeout", \.completionTimeout, 1_000_000...1_000_000_000_000,
      "CPU access at the root port to all ones when no answer comes"),
  ]

  /// Where the addresses below 4 GiB that hosts give to devices end: interrupt controllers and firmware follow.
  public static let lowMemoryEnd: UInt64 = 0xfec0_0000

  public func validate() throws(SpecError) {
    guard barBase % (16 << 20) == 0 else {
      throw SpecError(field: "bar_base", found: "0x" + String(barBase, radix: 16), expected: "a multiple of 16 MiB")
    }
    guard barBase + (16 << 20) <= Self.lowMemoryEnd || barBase >= 1 << 32 else {
      throw SpecError(
        field: "bar_base", found: "0x" + String(barBase, radix: 16),
        expected: "16 MiB below 0xfec00000, or an address from 4 GiB up")
    }
    guard barBase + (16 << 20) <= memoryBase || memoryBase + memorySize <= barBase else {
      throw SpecError(
        field: "bar_base", found: "0x" + String(barBase, radix: 16), expected: "an address outside host memory")
    }
  }
}
