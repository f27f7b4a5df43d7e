/// How the records of a TLP log are written (specs/tlp-log.md).
public enum TLPLogForm: Sendable {
  /// A line to read and to compare: what is usual is left out, and the timing stands behind a semicolon.
  case text
  /// A JSON object with all that the packet has.
  case jsonLines

  /// The form that the ending of a file's name asks for.
  public init(path: String) { self = path.hasSuffix(".jsonl") ? .jsonLines : .text }
}
