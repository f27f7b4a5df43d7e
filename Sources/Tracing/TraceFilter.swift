import Diagnostics

/// Chooses signals by patterns of their paths.
public struct TraceFilter: Sendable {
  private let patterns: [PathPattern]

  public init(_ patterns: [String]) {
    self.patterns = patterns.map { PathPattern($0) }
  }

  var isEverything: Bool { patterns.isEmpty }

  /// Whether `path` is chosen; without patterns everything is.
  public func includes(_ path: String) -> Bool {
    patterns.isEmpty || patterns.contains { $0.matches(path) }
  }

  /// The first pattern that chooses none of `paths`, or nil.
  func unused(among paths: [String]) -> String? {
    patterns.first { pattern in !paths.contains { pattern.matches($0) } }?.text
  }
}
