import SimKernel

/// The on-chip memories: device RAM and the p2pdma window, equally wide and equally fast.
public struct MemorySpec: ComponentSpec {
  /// Bytes that one access moves.
  public var dataPath: Int = 32
  /// From a read at the memory to its data at the reader.
  public var readCycles: Cycle = 2
  /// Accesses of one client that are served in a row while others wait.
  public var burstLength: Int = 1
  /// Banks of device RAM with one port each, which the core has before all others; 0 is a RAM with two ports.
  public var banks: Int = 0

  public init() {}

  public static let fields: [SpecField<MemorySpec>] = [
    .oneOf("data_path", \.dataPath, [8, 16, 32, 64], of: "bytes", "width of the memories and of the DMA engine"),
    .count("read_cycles", \.readCycles, of: "PCIe cycles", 1...64, "read request at the memory to its data"),
    .count("burst_length", \.burstLength, of: "accesses", 1...64, "of one client in a row while others wait"),
    .count(
      "banks", \.banks, of: "banks", 0...64,
      "of device RAM, each with one port that the core has first; 0 is a RAM with a port for the core"),
  ]
}
