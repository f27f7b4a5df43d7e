import Diagnostics

/// Compares two waveform files: for each signal that both have, the first time at which its values differ.
///
/// Values are compared as functions of time. Of several changes of a signal at one time the last counts; a change to
/// the value that a signal already has is none. A bit that is not 0 or 1 equals only itself; a signal without a value
/// is `x`. Events have no values: they differ at a time at which only one of them happens. Only times that both files
/// cover are compared, and none while either does not record.
public struct WaveDiff {
  public struct Options: Sendable {
    /// Only signals whose path, or a scope around them, matches one of these are compared; all when there is none.
    public var scopes: [PathPattern] = []
    /// Leaves out signals in the same way.
    public var ignored: [PathPattern] = []
    /// Pairs signals of different names. The others are still paired by their names.
    public var map: NameMap?
    public var from: WaveTime?
    public var to: WaveTime?

    public init() {}
  }

  /// A signal that differs.
  public struct Difference: Hashable, Sendable {
    /// When it does so for the first time.
    public let time: WaveTime
    public let pathInA: String
    public let pathInB: String
    /// For people, with the names that the files have for values.
    public let valueInA: String
    public let valueInB: String
  }

  public struct Result: Sendable {
    /// Signals that differ, by time and path.
    public internal(set) var differences: [Difference] = []
    /// Signals that were compared, and how many of those the name map paired.
    public internal(set) var comparedCount = 0
    public internal(set) var mappedCount = 0
    /// Scopes at the top of one file that were left out of its paths to pair signals.
    public internal(set) var omittedInA = ""
    public internal(set) var omittedInB = ""
    /// Paths that have no partner.
    public internal(set) var onlyInA: [String] = []
    public internal(set) var onlyInB: [String] = []
    /// Pairs of different width, which are compared as numbers.
    public internal(set) var widthMismatches: [(path: String, widthInA: Int, widthInB: Int)] = []
    /// What was compared, both ends included.
    public internal(set) var from = WaveTime(0, exponent: 0)
    public internal(set) var to = WaveTime(0, exponent: 0)
    /// Where the files end, nil when that was not reached.
    public internal(set) var endOfA: WaveTime?
    public internal(set) var endOfB: WaveTime?
    /// What the files lack at their ends.
    public internal(set) var lossOfA: String?
    public internal(set) var lossOfB: String?
    /// Whether there was a time that was not compared because a file did not record.
    public internal(set) var hadBlackout = false
  }

  /// Compares `a` with `b`.
  ///
  /// - Throws: ``WaveReadError`` when a file is damaged, no signal or no time is common to both, or the name map names
  ///   signals that are not there.
  public static func compare(
    _ a: WaveFile, _ b: WaveFile, _ options: Options = Options()
  ) throws(WaveReadError) -> Result {
    let namesA = SignalNames(a.hierarchy), namesB = SignalNames(b.hierarchy)
    let matching = try SignalMatching(namesA, namesB, options)
    guard !matching.pairs.isEmpty else {
      throw WaveReadError(
        path: b.path, found: "no signal that is compared with one of \(a.path)",
        expected: matching.possibleCount > 0
          ? "some of the \(matching.possibleCount) signals that both have"
          : "equal paths, or a map of names (\(examples(namesA, namesB)))")
    }
    var merge = try DiffMerge(a, b, matching, options)
    try merge.run()
    var result = Result()
    result.comparedCount = matching.pairs.count
    result.mappedCount = matching.mappedCount
    (result.omittedInA, result.omittedInB) = (matching.omittedInA, matching.omittedInB)
    result.onlyInA = matching.onlyInA.map { a.hierarchy.path(of: $0) }
    result.onlyInB = matching.onlyInB.map { b.hierarchy.path(of: $0) }
    result.widthMismatches = matching.pairs.compactMap { pair in
      let widthInA = a.width(of: pair.a), widthInB = b.width(of: pair.b)
      return widthInA == widthInB ? nil : (a.hierarchy.path(of: pair.a), widthInA, widthInB)
    }
    merge.report(to: &result)
    return result
  }

  private static func examples(_ a: SignalNames, _ b: SignalNames) -> String {
    "A has \(a.names.first ?? "no signal"), B has \(b.names.first ?? "no signal")"
  }
}

extension WaveFile {
  func width(of signal: Int) -> Int { hierarchy.handles[hierarchy.signals[signal].handle].width }
}
