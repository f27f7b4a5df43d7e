import SimKernel

/// How long host memory takes, as the root complex sees a request: the memory itself, the cache in front of it, the way
/// to another node, and the translation of the address by an IOMMU. Seeded by the stream of its caller.
///
/// What is modelled: a delay for each request on its own. Any number of page walks go on at a time, and a page counts as
/// translated from the beginning of its walk. A request finds all of its lines in the cache or none of them. Writes change
/// what the translation buffer holds, but never what the cache does.
public struct HostMemoryModel: TracedState {
  /// Requests whose page the translation buffer of the IOMMU held, or not; 0 without an IOMMU.
  public private(set) var tlbHits: UInt64 = 0
  public private(set) var tlbMisses: UInt64 = 0
  /// Reads that the cache answered, or memory; 0 when no read can hit.
  public private(set) var cacheHits: UInt64 = 0
  public private(set) var cacheMisses: UInt64 = 0
  private let translations: TranslationBuffer

  public init(_ spec: HostSpec) {
    translations = TranslationBuffer(entries: spec.memoryPath.iommu ? spec.memoryPath.iommuTLBEntries : 0)
  }

  /// For the deinitialiser of whoever owns the State.
  public func deallocate() { translations.deallocate() }

  public static var signals: [SignalDeclaration<HostMemoryModel>] {
    [
      .counter("tlbHits", \.tlbHits), .counter("tlbMisses", \.tlbMisses), .counter("cacheHits", \.cacheHits),
      .counter("cacheMisses", \.cacheMisses),
    ]
  }

  /// The translation buffer is a RAM.
  public static let untraced: Set<String> = ["translations"]

  /// The time from a request at the root complex until memory has the data of a read, or has taken those of a write. A
  /// write is posted: memory itself takes it at once.
  /// - Parameters:
  ///   - address: bus address of the first byte
  ///   - length: bytes; a request stays within 4 KiB (Base Specification 2.2.7), so it needs one translation
  ///   - spec: the one that the model was made with
  public mutating func latency(
    address: UInt64, length: Int, isWrite: Bool, spec: HostSpec, random: inout RandomStream
  ) -> Picoseconds {
    precondition(Int(address & 0xfff) + length <= 4096, "\(length) bytes at \(address) cross 4 KiB")
    var latency = isWrite ? 0 : readLatency(spec, &random)
    if spec.memoryPath.remoteNode { latency += spec.memoryPath.remoteLatency }
    if spec.memoryPath.iommu { latency += translationLatency(address, spec, &random) }
    return latency
  }

  private mutating func readLatency(_ spec: HostSpec, _ random: inout RandomStream) -> Picoseconds {
    let latency = spec.readLatency.draw(&random)
    let hitPermille = spec.memoryPath.cacheHitPermille
    guard hitPermille > 0 else { return latency }
    // The certain case draws no number, as a fixed delay does.
    guard hitPermille == 1_000 || random.next(below: 1_000) < hitPermille else {
      cacheMisses &+= 1
      return latency
    }
    cacheHits &+= 1
    return latency - min(latency, spec.memoryPath.cacheHitGain)
  }

  private mutating func translationLatency(
    _ address: UInt64, _ spec: HostSpec, _ random: inout RandomStream
  ) -> Picoseconds {
    guard !translations.holds(page: address >> spec.memoryPath.iommuPage.shift) else {
      tlbHits &+= 1
      return 0
    }
    tlbMisses &+= 1
    return spec.memoryPath.iommuMissLatency.draw(&random)
  }
}
