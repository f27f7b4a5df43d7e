/// Chooses signals by name.
///
/// A pattern is compared with a signal's path, `device.core.decode.pc`, and with what is behind each of its dots. `*` stands
/// for any characters, dots too, and `?` for one. A pattern that names a scope chooses all in it.
public struct TraceFilter: Sendable {
  private let patterns: [[UInt8]]

  public init(_ patterns: [String]) {
    self.patterns = patterns.map { Array($0.utf8) }
  }

  var isEverything: Bool { patterns.isEmpty }

  /// Whether `path` is chosen; without patterns everything is.
  public func includes(_ path: String) -> Bool {
    patterns.isEmpty || patterns.contains { Self.chooses($0, Array(path.utf8)) }
  }

  /// The first pattern that chooses none of `paths`, or nil.
  func unused(among paths: [String]) -> String? {
    let all = paths.map { Array($0.utf8) }
    let unused = patterns.first { pattern in !all.contains { Self.chooses(pattern, $0) } }
    return unused.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func chooses(_ pattern: [UInt8], _ path: [UInt8]) -> Bool {
    let dot = UInt8(ascii: ".")
    let starts = [0] + path.indices.filter { path[$0] == dot }.map { $0 + 1 }
    let ends = path.indices.filter { path[$0] == dot } + [path.count]
    return starts.contains { start in ends.contains { $0 > start && matches(pattern, path[start..<$0]) } }
  }

  /// The usual way: on a mismatch, let the last `*` take one character more.
  private static func matches(_ pattern: [UInt8], _ text: ArraySlice<UInt8>) -> Bool {
    var p = 0, t = text.startIndex
    var star: (pattern: Int, text: Int)?
    while t < text.endIndex {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?") || pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        p = last.pattern + 1
        t = last.text + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
