/// Chooses signals by name, `*` standing for any characters, dots too, and `?` for one.
///
/// A pattern is compared with a path, `device.core.decode.pc`, and with what is behind each of its dots. A pattern that names
/// a scope chooses all in it.
public struct PathPattern: Hashable, Sendable {
  public let text: String
  private let bytes: [UInt8]

  public init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// Whether the path, or a scope around it, is meant.
  public func matches(_ path: String) -> Bool {
    let path = Array(path.utf8), dot = UInt8(ascii: ".")
    let starts = [0] + path.indices.filter { path[$0] == dot }.map { $0 + 1 }
    let ends = path.indices.filter { path[$0] == dot } + [path.count]
    return starts.contains { start in ends.contains { $0 > start && matches(path[start..<$0]) } }
  }

  /// The usual way: on a mismatch, let the last `*` take one character more.
  private func matches(_ text: ArraySlice<UInt8>) -> Bool {
    var p = 0, t = text.startIndex
    var star: (pattern: Int, text: Int)?
    while t < text.endIndex {
      if p < bytes.count, bytes[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < bytes.count, bytes[p] == UInt8(ascii: "?") || bytes[p] == text[t] {
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
    return bytes[p...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
