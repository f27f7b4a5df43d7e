import Measure

extension Coverage {
  /// For people: a line for each group, then the bins that were never hit.
  public var text: String {
    var table = TextTable(["coverage", "bins", "hit", "share", "never hit"], words: ["coverage"])
    for (index, group) in CoverageBins.groups.enumerated() {
      let hit = counts(of: index).count { $0 > 0 }
      table.add(Self.row(group.name, group.bins.count, hit))
    }
    table.add(Self.row("all", counts.count, hitCount))
    let missed = neverHit.map { "never hit, \($0.group): " + $0.bins.joined(separator: ", ") }
    let head = "\(scenarios) scenario\(scenarios == 1 ? "" : "s")"
    return ([head, table.formatted()] + (missed.isEmpty ? [] : [""] + missed)).joined(separator: "\n") + "\n"
  }

  private static func row(_ name: String, _ bins: Int, _ hit: Int) -> [String] {
    [name, "\(bins)", "\(hit)", "\((100 * Double(hit) / Double(bins)).fixed(1))%", "\(bins - hit)"]
  }

  /// The bins that were never hit, by group; groups without such bins are left out.
  public var neverHit: [(group: String, bins: [String])] {
    CoverageBins.groups.enumerated().compactMap { index, group in
      let bins = zip(group.bins, counts(of: index)).filter { $0.1 == 0 }.map(\.0)
      return bins.isEmpty ? nil : (group.name, bins)
    }
  }
}
