import Diagnostics

/// The signals of a file by the names under which they are compared: without the bit range, which some writers leave
/// out and others set off by a space.
package struct SignalNames {
  let hierarchy: WaveHierarchy
  /// The name of each signal.
  let names: [String]
  private let signals: [String: Int]

  package init(_ hierarchy: WaveHierarchy) {
    self.hierarchy = hierarchy
    let paths = hierarchy.signals.indices.map { Self.joined(hierarchy.path(of: $0)) }
    let bare = paths.map(Self.withoutRange)
    // Parts of one vector differ in the range only, and keep it.
    var shared: Set<String> = []
    var first: [String: Int] = [:]
    for (index, name) in bare.enumerated() {
      if let other = first[name], paths[other] != paths[index] { shared.insert(name) }
      first[name] = first[name] ?? index
    }
    names = bare.indices.map { shared.contains(bare[$0]) ? paths[$0] : bare[$0] }
    signals = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The signal that is called so, whatever the way its bit range is written.
  func signal(_ path: String) -> Int? {
    let path = Self.joined(path)
    return signals[path] ?? signals[Self.withoutRange(path)]
  }

  /// The signal whose name this is: a range of bits counts, unless it tells no signals apart.
  package func exact(_ path: String) -> Int? { signals[Self.joined(path)] }

  /// Names that somebody who wrote `path` may have meant, at most three.
  package func near(_ path: String) -> [String] {
    let last = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let alike = names.lazy.filter { $0.split(separator: ".").last.map { $0.lowercased() } == last }.prefix(3)
    return alike.isEmpty ? Spelling.nearest(to: path, in: names).map { [$0] } ?? [] : Array(alike)
  }

  /// The scopes that all signals are in, from the top; at most `limit`.
  func commonScopes(limit: Int) -> [String] {
    guard var common = names.first.map({ $0.split(separator: ".").dropLast().prefix(limit) }) else { return [] }
    for name in names where !common.isEmpty {
      let scopes = name.split(separator: ".", maxSplits: common.count).dropLast()
      common = common.prefix(zip(common, scopes).prefix { $0 == $1 }.count)
    }
    return common.map(String.init)
  }

  /// Without the space in front of a bit range or index.
  private static func joined(_ path: String) -> String {
    guard path.utf8.last == UInt8(ascii: "]"), let bracket = path.utf8.lastIndex(of: UInt8(ascii: "[")) else {
      return path
    }
    let stem = path[..<bracket]
    guard stem.utf8.last == UInt8(ascii: " ") else { return path }
    return String(stem[..<(stem.lastIndex { $0 != " " }.map(stem.index(after:)) ?? stem.startIndex)]) + path[bracket...]
  }

  /// Without the bit range, if there is one; an index alone may be that of an array and stays.
  private static func withoutRange(_ path: String) -> String {
    guard path.utf8.last == UInt8(ascii: "]"), let bracket = path.utf8.lastIndex(of: UInt8(ascii: "[")) else {
      return path
    }
    let range = path[bracket...].utf8
    guard range.contains(UInt8(ascii: ":")), bracket > path.startIndex else { return path }
    return String(path[..<bracket])
  }
}
