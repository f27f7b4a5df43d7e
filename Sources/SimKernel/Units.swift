/// Numbers with a unit as scenarios write them: "400ns", "250MHz", "8GT/s", "64MiB".
///
/// Arithmetic is exact: a decimal mantissa times an integer scale, refused when it does not come out whole.
public enum Quantity: Sendable {
  /// Picoseconds.
  case duration
  /// Hertz.
  case frequency
  /// Transfers per second on one lane.
  case transferRate
  /// Bytes.
  case size

  /// Unit names with the number of base units in one.
  public var units: [(name: String, scale: UInt64)] {
    switch self {
    case .duration: [("ps", 1), ("ns", 1_000), ("us", 1_000_000), ("ms", 1_000_000_000), ("s", 1_000_000_000_000)]
    case .frequency: [("Hz", 1), ("kHz", 1_000), ("MHz", 1_000_000), ("GHz", 1_000_000_000)]
    case .transferRate: [("MT/s", 1_000_000), ("GT/s", 1_000_000_000)]
    case .size: [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("MB", 1_000_000)]
    }
  }

  /// For messages: `a duration such as "400ns"`.
  public var expectation: String {
    switch self {
    case .duration: "a duration such as \"400ns\" (ps, ns, us, ms, s)"
    case .frequency: "a frequency such as \"250MHz\" (Hz, kHz, MHz, GHz)"
    case .transferRate: "a transfer rate such as \"8GT/s\" (MT/s, GT/s)"
    case .size: "a size such as \"64KiB\" (B, KiB, MiB, GiB, kB, MB)"
    }
  }

  /// The number of base units that `text` names; nil when the unit is not one of this quantity, the mantissa is no
  /// decimal number, or the result is not a whole 63-bit number of base units.
  public func parse(_ text: String) -> UInt64? {
    let mantissa = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(mantissa.count).drop { $0 == " " }
    guard let scale = units.first(where: { $0.name == unit })?.scale else { return nil }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, !parts[0].isEmpty, var value = UInt64(parts[0]) else { return nil }
    var divisor: UInt64 = 1
    if parts.count == 2 {
      guard !parts[1].isEmpty, parts[1].count <= 12 else { return nil }
      for digit in parts[1] {
        let (shifted, high) = value.multipliedReportingOverflow(by: 10)
        guard !high, let d = digit.wholeNumberValue else { return nil }
        let (sum, carry) = shifted.addingReportingOverflow(UInt64(d))
        guard !carry else { return nil }
        value = sum
        divisor *= 10
      }
    }
    let (product, overflow) = value.multipliedReportingOverflow(by: scale)
    guard !overflow, product % divisor == 0, product / divisor < 1 << 63 else { return nil }
    return product / divisor
  }

  /// A text that `parse` reads back as `value`: the largest unit that divides it. Transfer rates that are no whole MT/s,
  /// which no link has, come out rounded down.
  public func format(_ value: UInt64) -> String {
    if self == .transferRate { return Quantity.formatRate(value / 1_000_000) }
    let exact = units.filter { value % $0.scale == 0 && $0.name != "kB" && $0.name != "MB" }
    let unit = (value == 0 ? nil : exact.max { $0.scale < $1.scale }) ?? units[0]
    return "\(value / unit.scale)\(unit.name)"
  }

  /// As people write link rates: 2.5GT/s, not 2500MT/s.
  private static func formatRate(_ megatransfers: UInt64) -> String {
    if megatransfers % 100 != 0 { return "\(megatransfers)MT/s" }
    let tenth = megatransfers % 1_000 / 100
    return "\(megatransfers / 1_000)" + (tenth == 0 ? "" : ".\(tenth)") + "GT/s"
  }
}

extension Picoseconds {
  /// For people: four significant digits in a fitting unit, as in "547.2 ns"; all of them below 1 ns and from 1000 s.
  public var readable: String {
    let units: [(name: String, size: UInt64)] = [
      ("s", 1_000_000_000_000), ("ms", 1_000_000_000), ("us", 1_000_000), ("ns", 1_000),
    ]
    guard let unit = units.first(where: { self >= $0.size }) else { return "\(self) ps" }
    let whole = self / unit.size
    let scale: UInt64 = whole < 10 ? 1_000 : whole < 100 ? 100 : whole < 1_000 ? 10 : 1
    let last = unit.size / scale
    let digits = (self + last / 2) / last, decimals = "\(scale)".count - 1
    guard decimals > 0 else { return "\(digits) \(unit.name)" }
    let fraction = String(digits % scale)
    let zeros = String(repeating: "0", count: decimals - fraction.count)
    return "\(digits / scale).\(zeros)\(fraction) \(unit.name)"
  }
}
