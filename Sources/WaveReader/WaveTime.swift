/// A number of units of 10 to the power of `exponent` seconds.
public struct WaveTime: Hashable, Sendable {
  public let count: UInt64
  public let exponent: Int

  public init(_ count: UInt64, exponent: Int) {
    self.count = count
    self.exponent = exponent
  }

  private static let units: [(name: String, exponent: Int)] = [
    ("fs", -15), ("ps", -12), ("ns", -9), ("us", -6), ("ms", -3), ("s", 0),
  ]

  /// Reads `12us`, `1.5 ns` and the like; numbers without a unit are picoseconds. Nil for anything else.
  public init?(text: String) {
    let mantissa = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = text.dropFirst(mantissa.count).drop { $0 == " " }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    guard let unit = name.isEmpty ? -12 : Self.units.first(where: { $0.name == name })?.exponent,
      parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), let count = UInt64(parts.joined())
    else { return nil }
    self.init(count, exponent: unit - (parts.count == 2 ? parts[1].count : 0))
  }

  /// The number of units of 10 to the power of `exponent` seconds, rounded down or up; the largest number when there
  /// are more than 64 bits.
  package func units(_ exponent: Int, roundedUp: Bool) -> UInt64 {
    if self.exponent >= exponent { return scaled(to: exponent) ?? .max }
    var rest = count
    var isExact = true
    for _ in self.exponent..<exponent where rest > 0 {
      isExact = isExact && rest % 10 == 0
      rest /= 10
    }
    return rest + (roundedUp && !isExact ? 1 : 0)
  }

  /// The number of units of 10 to the power of `exponent`, which is not larger than that of the time; nil when that
  /// takes more than 64 bits.
  func scaled(to exponent: Int) -> UInt64? {
    guard let factor = Self.factor(from: self.exponent, to: exponent) else { return count == 0 ? 0 : nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    return overflow ? nil : product
  }

  /// Whether the time is before `other`, whatever their units.
  public func isBefore(_ other: WaveTime) -> Bool {
    let unit = min(exponent, other.exponent)
    guard let count = scaled(to: unit) else { return false }
    return other.scaled(to: unit).map { count < $0 } ?? true
  }

  /// The number of units of 10 to the power of `to` in one of `from`.
  static func factor(from: Int, to: Int) -> UInt64? {
    var factor: UInt64 = 1
    for _ in to..<max(from, to) {
      let (product, overflow) = factor.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      factor = product
    }
    return factor
  }

  /// The exact number in the largest unit in which it is at least 1, as in `12.345 ns`.
  public var readable: String {
    let digits = String(count)
    let magnitude = (count == 0 ? 1 : digits.count) + exponent
    let unit = Self.units.last { $0.exponent < magnitude } ?? Self.units[0]
    let whole = magnitude - unit.exponent
    if count == 0 { return "0 \(unit.name)" }
    let padded =
      String(repeating: "0", count: max(0, 1 - whole)) + digits
      + String(repeating: "0", count: max(0, whole - digits.count))
    let point = padded.index(padded.startIndex, offsetBy: max(1, whole))
    let fraction = padded[point...].reversed().drop { $0 == "0" }.reversed()
    return padded[..<point] + (fraction.isEmpty ? "" : "." + String(fraction)) + " " + unit.name
  }

  /// One unit, as in `10 ns`.
  public static func unit(_ exponent: Int) -> String { WaveTime(1, exponent: exponent).readable }
}
