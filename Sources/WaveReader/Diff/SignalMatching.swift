import Diagnostics

/// Positions of two signals that are to be equal.
struct WavePair: Hashable {
  let a: Int
  let b: Int
}

/// Which signals of two files are compared.
struct SignalMatching {
  private(set) var pairs: [WavePair] = []
  /// Pairs before the options left some out.
  private(set) var possibleCount = 0
  /// Pairs that the name map says, the first ones.
  private(set) var mappedCount = 0
  /// Scopes at the top of one file that the other does not have, joined by dots; empty for none.
  private(set) var omittedInA = ""
  private(set) var omittedInB = ""
  private(set) var onlyInA: [Int] = []
  private(set) var onlyInB: [Int] = []

  private static let omittedLimit = 8

  init(_ a: SignalNames, _ b: SignalNames, _ options: WaveDiff.Options) throws(WaveReadError) {
    let mapped = try options.map?.pairs(a, b) ?? []
    let usedA = Set(mapped.map(\.a)), usedB = Set(mapped.map(\.b))
    let freeA = a.names.indices.filter { !usedA.contains($0) }
    let freeB = b.names.indices.filter { !usedB.contains($0) }
    let byName = match(a, freeA, b, freeB)
    func isWanted(_ names: String...) -> Bool {
      (options.scopes.isEmpty || options.scopes.contains { pattern in names.contains { pattern.matches($0) } })
        && !options.ignored.contains { pattern in names.contains { pattern.matches($0) } }
    }
    func isWanted(_ pair: WavePair) -> Bool { isWanted(a.names[pair.a], b.names[pair.b]) }
    possibleCount = mapped.count + byName.count
    let wantedMapped = mapped.filter { isWanted($0) }
    mappedCount = wantedMapped.count
    pairs = wantedMapped + byName.filter { isWanted($0) }
    let matchedA = usedA.union(byName.map(\.a)), matchedB = usedB.union(byName.map(\.b))
    onlyInA = a.names.indices.filter { !matchedA.contains($0) && isWanted(a.names[$0]) }
    onlyInB = b.names.indices.filter { !matchedB.contains($0) && isWanted(b.names[$0]) }
  }

  /// Matches by name and, when that leaves out signals of both files, without scopes at the top of one file.
  private mutating func match(_ a: SignalNames, _ freeA: [Int], _ b: SignalNames, _ freeB: [Int]) -> [WavePair] {
    var best = Self.pairs(a, freeA, 0, b, freeB, 0)
    func tryOmitting(_ scopes: [String], inA: Bool) {
      for count in scopes.indices.map({ $0 + 1 }) where best.count < min(freeA.count, freeB.count) {
        let length = scopes[..<count].reduce(0) { $0 + $1.utf8.count + 1 }
        let pairs = Self.pairs(a, freeA, inA ? length : 0, b, freeB, inA ? 0 : length)
        guard pairs.count > best.count else { continue }
        best = pairs
        let omitted = scopes[..<count].joined(separator: ".")
        (omittedInA, omittedInB) = inA ? (omitted, "") : ("", omitted)
      }
    }
    tryOmitting(a.commonScopes(limit: Self.omittedLimit), inA: true)
    tryOmitting(b.commonScopes(limit: Self.omittedLimit), inA: false)
    return best
  }

  /// Pairs of equal names, of which that many bytes at the front do not count.
  private static func pairs(
    _ a: SignalNames, _ freeA: [Int], _ omittedA: Int, _ b: SignalNames, _ freeB: [Int], _ omittedB: Int
  ) -> [WavePair] {
    let signals = Dictionary(freeB.map { (b.names[$0].utf8.dropFirst(omittedB).text, $0) }) { first, _ in first }
    return freeA.compactMap { index in
      signals[a.names[index].utf8.dropFirst(omittedA).text].map { WavePair(a: index, b: $0) }
    }
  }
}

extension Substring.UTF8View {
  fileprivate var text: Substring { Substring(self) }
}
