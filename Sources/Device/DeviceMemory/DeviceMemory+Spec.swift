import SimKernel

/// The on-chip memories: device RAM and the p2pdma window, equally wide and equally fast.
public struct MemorySpec: ComponentSpec {
  /// Bytes that one access moves.
  public var dataPath: Int = 32
  /// From a read at the memory to its data at the reader.
  public var readCycles: Cycle = 2

  public init() {}

  public static let fields: [SpecField<MemorySpec>] = [
    .oneOf("data_path", \.dataPath, [8, 16, 32, 64], of: "bytes", "width of the memories and of the DMA engine"),
    .count("read_cycles", \.readCycles, of: "PCIe cycles", 1...64, "read request at the memory to its data"),
  ]
}
