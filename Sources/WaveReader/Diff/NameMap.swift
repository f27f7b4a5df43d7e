import Diagnostics

/// Which signals of two files are the same although they have different names: lines `path in A = path in B`, both with
/// one `*` or none; `#` begins a comment.
public struct NameMap: Sendable {
  struct Entry: Sendable {
    let line: Int
    let left: Side
    let right: Side
  }

  /// A path, or what is around the `*` of one.
  struct Side: Sendable {
    let text: String
    let prefix: String
    let suffix: String?

    init?(_ text: String) {
      let parts = text.split(separator: "*", omittingEmptySubsequences: false)
      guard !text.isEmpty, parts.count <= 2 else { return nil }
      self.text = text
      prefix = String(parts[0])
      suffix = parts.count == 2 ? String(parts[1]) : nil
    }

    /// What the `*` stands for in `name`, nil when they do not match.
    func captured(in name: String) -> String? {
      guard let suffix, name.utf8.count >= prefix.utf8.count + suffix.utf8.count, name.hasPrefix(prefix),
        name.hasSuffix(suffix)
      else { return nil }
      return String(decoding: name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count), as: UTF8.self)
    }

    func replaced(by text: String) -> String { prefix + text + (suffix ?? "") }
  }

  let path: String
  let entries: [Entry]

  /// Reads the lines of `text`, which came from the file `path`.
  ///
  /// - Throws: ``WaveReadError`` for a line that is no pair of paths.
  public init(text: String, path: String) throws(WaveReadError) {
    self.path = path
    var entries: [Entry] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let words = line.prefix { $0 != "#" }.split(separator: "=", omittingEmptySubsequences: false)
        .map { String($0.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()) }
      if words == [""] { continue }
      guard words.count == 2, let left = Side(words[0]), let right = Side(words[1]),
        (left.suffix == nil) == (right.suffix == nil)
      else {
        throw WaveReadError(
          path: path, place: .line(index + 1), found: String(line).quoted,
          expected: "'path in A = path in B', with one * in both or in none")
      }
      entries.append(Entry(line: index + 1, left: left, right: right))
    }
    self.entries = entries
  }

  /// The pairs of signals that the lines name.
  ///
  /// - Throws: ``WaveReadError`` for a line whose signals are not there, with the nearest names.
  func pairs(_ a: SignalNames, _ b: SignalNames) throws(WaveReadError) -> [WavePair] {
    var pairs: [WavePair] = []
    for entry in entries {
      if entry.left.suffix == nil {
        let left = try signal(entry.left.text, of: "A", a, entry),
          right = try signal(entry.right.text, of: "B", b, entry)
        pairs.append(WavePair(a: left, b: right))
        continue
      }
      let captures = a.names.indices.compactMap { index in
        entry.left.captured(in: a.names[index]).map { (index, entry.right.replaced(by: $0)) }
      }
      guard let first = captures.first else { throw missing(entry.left.text, of: "A", [], entry) }
      let found = captures.compactMap { capture in b.signal(capture.1).map { WavePair(a: capture.0, b: $0) } }
      if found.isEmpty { throw missing(first.1, of: "B", b.near(first.1), entry) }
      pairs += found
    }
    return pairs
  }

  private func signal(
    _ name: String, of side: String, _ names: SignalNames, _ entry: Entry
  ) throws(WaveReadError) -> Int {
    guard let signal = names.signal(name) else { throw missing(name, of: side, names.near(name), entry) }
    return signal
  }

  private func missing(_ name: String, of side: String, _ near: [String], _ entry: Entry) -> WaveReadError {
    let nearest = near.isEmpty ? "" : " (nearest: \(near.map(\.oneLine).joined(separator: ", ")))"
    return WaveReadError(
      path: path, place: .line(entry.line), found: name.quoted, expected: "a signal of \(side)\(nearest)")
  }
}
