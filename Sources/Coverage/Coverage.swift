/// How often each bin was hit, in one run or in several.
public struct Coverage: Equatable, Sendable {
  /// The runs that this is about.
  public internal(set) var scenarios: Int
  /// In the order of the bins of ``CoverageBins/groups``.
  public internal(set) var counts: [UInt64]

  /// No runs.
  public init() {
    scenarios = 0
    counts = Array(repeating: 0, count: CoverageBins.count)
  }

  /// Adds the runs of `other`.
  public mutating func merge(_ other: Coverage) {
    scenarios += other.scenarios
    for place in counts.indices { counts[place] &+= other.counts[place] }
  }

  /// How often the bin `name` of `group` was hit.
  /// - Returns: nil when no such bin is declared
  public func count(_ group: String, _ name: String) -> UInt64? { CoverageBins.place(group, name).map { counts[$0] } }

  /// Bins that were hit at least once.
  public var hitCount: Int { counts.count { $0 > 0 } }

  /// Of 100 declared bins, how many were hit.
  public var percent: Double { 100 * Double(hitCount) / Double(counts.count) }

  /// The counts of the group at a place in ``CoverageBins/groups``.
  func counts(of group: Int) -> ArraySlice<UInt64> {
    let base = CoverageBins.bases[CoverageBins.groups[group].name]!
    return counts[base..<base + CoverageBins.groups[group].bins.count]
  }
}

/// Where collectors count: a reference, since several of them share it.
final class CoverageCounter {
  private(set) var coverage = Coverage()
  private static let instructions = CoverageBins.bases["instructions"]!

  init() { coverage.scenarios = 1 }

  /// Counts a bin, if it is declared; what a packet or a command can be beyond that is not counted.
  func hit(_ group: String, _ name: String, times: UInt64 = 1) {
    guard times > 0, let place = CoverageBins.place(group, name) else { return }
    coverage.counts[place] &+= times
  }

  /// Counts the encoding at a place of ``Encodings/names``.
  func hitInstruction(_ place: Int) { coverage.counts[Self.instructions + place] &+= 1 }
}
