/// A pattern in which `*` stands for any text and `?` for any character.
public struct Glob: Hashable, Sendable {
  public let pattern: String
  private let bytes: [UInt8]

  public init(_ pattern: String) {
    self.pattern = pattern
    bytes = Array(pattern.utf8)
  }

  public func matches(_ text: String) -> Bool { matches(Array(text.utf8)[...]) }

  /// Whether the pattern matches a path, or the scope it is in, or one around that.
  public func matchesPath(_ path: String) -> Bool {
    let path = Array(path.utf8)
    return matches(path[...]) || path.indices.contains { path[$0] == UInt8(ascii: ".") && matches(path[..<$0]) }
  }

  private func matches(_ text: ArraySlice<UInt8>) -> Bool {
    var pattern = 0
    var position = text.startIndex
    // Where to go on when what follows the latest star does not match: the star takes one more character.
    var retry: (pattern: Int, position: Int)?
    while position < text.endIndex {
      if pattern < bytes.count, bytes[pattern] == UInt8(ascii: "*") {
        retry = (pattern, position)
        pattern += 1
      } else if pattern < bytes.count, bytes[pattern] == UInt8(ascii: "?") || bytes[pattern] == text[position] {
        pattern += 1
        position += 1
      } else if let last = retry {
        retry = (last.pattern, last.position + 1)
        (pattern, position) = (last.pattern + 1, last.position + 1)
      } else {
        return false
      }
    }
    return bytes[pattern...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
