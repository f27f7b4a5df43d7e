/// What a VCD file says, independent of how it says it: two files are equal when they declare the same signals in the
/// same scopes, with the same values at the same times, and end at the same time.
///
/// Free in VCD, and therefore normalised: identifier codes, leading zeros, the order of changes within a time step,
/// several changes of a signal in one time step (the last one counts), and changes to the value it already has.
public struct VCDCanonical: Equatable {
  public struct Change: Equatable {
    public let time: UInt64
    public let value: String

    public init(time: UInt64, value: String) {
      self.time = time
      self.value = value
    }
  }

  public struct Signal: Equatable {
    /// Scopes and name, separated by dots.
    public let path: String
    public let width: Int
    /// The type of variable in the declaration: an event happens as often as it is written.
    public let kind: String
    public private(set) var changes: [Change] = []

    fileprivate mutating func add(_ change: Change) {
      if changes.last?.time == change.time { changes.removeLast() }
      if changes.last?.value != change.value || kind == "event" { changes.append(change) }
    }

    /// The value from `time` on.
    public func value(at time: UInt64) -> String? {
      changes.last { $0.time <= time }?.value
    }
  }

  public private(set) var timescale = ""
  public private(set) var signals: [Signal] = []
  public private(set) var endTime: UInt64 = 0
  private var scopes: [String] = []
  /// Several names can have one code.
  private var signalsByCode: [Substring: [Int]] = [:]

  public init(parsing text: String) {
    // By bytes, since traces have millions of words and characters are slow.
    var words = text.utf8.split { $0 <= 0x20 }.map { Substring($0) }[...]
    while let word = words.popFirst() {
      switch word.first! {
      case "$": parseKeyword(word, &words)
      case "#": endTime = UInt64(word.dropFirst())!
      case "s", "S": addText(to: words.popFirst()!, word.dropFirst())
      case "r", "R": addText(to: words.popFirst()!, Substring("\(Double(word.dropFirst())!)"))
      case "b", "B": addChange(to: words.popFirst()!, digits: word.dropFirst())
      default: addChange(to: word.dropFirst(), digits: word.prefix(1))
      }
    }
  }

  public subscript(path: String) -> Signal? {
    signals.first { $0.path == path }
  }

  private mutating func parseKeyword(_ keyword: Substring, _ words: inout ArraySlice<Substring>) {
    // What signals are while nothing is recorded is no value.
    if keyword == "$dumpoff" {
      words = words[(words.firstIndex(of: "$end")! + 1)...]
      return
    }
    // These bracket value changes; the changes themselves are parsed as such.
    if ["$dumpvars", "$dumpon", "$end"].contains(keyword) { return }
    let end = words.firstIndex(of: "$end")!
    let arguments = words[..<end]
    words = words[(end + 1)...]
    switch keyword {
    case "$timescale": timescale = arguments.joined()
    case "$scope": scopes.append(String(arguments.last!))
    case "$upscope": scopes.removeLast()
    case "$var":
      let fields = Array(arguments)
      // A bit range may be a word of its own.
      let path = (scopes + [fields[3...].joined(separator: " ")]).joined(separator: ".")
      signalsByCode[fields[2], default: []].append(signals.count)
      let kind = String(fields[0])
      // Writers give texts and reals whatever size they like.
      let width = ["string", "real"].contains(kind) ? 0 : Int(fields[1])!
      signals.append(Signal(path: path, width: width, kind: kind))
    default: break
    }
  }

  private mutating func addChange(to code: Substring, digits: Substring) {
    let first = digits.first ?? "0"
    for index in signalsByCode[code]! {
      let padding = String(repeating: "xz".contains(first) ? first : "0", count: signals[index].width - digits.count)
      signals[index].add(Change(time: endTime, value: padding + digits))
    }
  }

  private mutating func addText(to code: Substring, _ text: Substring) {
    for index in signalsByCode[code]! { signals[index].add(Change(time: endTime, value: String(text))) }
  }

  /// The first signal that is not the same, for messages; nil when the two are equal.
  public func difference(from other: VCDCanonical) -> String? {
    if self == other { return nil }
    for (left, right) in zip(signals, other.signals) where left != right {
      let place = zip(left.changes, right.changes).prefix { $0 == $1 }.count
      let ours = left.changes.dropFirst(place).first.map { "\($0)" } ?? "nothing"
      let theirs = right.changes.dropFirst(place).first.map { "\($0)" } ?? "nothing"
      return "\(left.path) (\(left.kind)), change \(place): \(ours) | \(right.path) (\(right.kind)): \(theirs)"
    }
    return "\(signals.count) signals to \(endTime) | \(other.signals.count) signals to \(other.endTime)"
  }
}
