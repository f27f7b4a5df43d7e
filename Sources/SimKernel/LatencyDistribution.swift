/// A distribution of delays as a piecewise-linear quantile function.
///
/// Integers only: the same seed gives the same delays on every machine, which logarithms and exponentials of a C library
/// would not promise.
public struct LatencyDistribution: Equatable, Sendable, CustomStringConvertible {
  /// One corner of the quantile function.
  public struct Corner: Equatable, Sendable {
    /// Of 1,000: 500 is the median.
    public let permille: UInt64
    public let delay: Picoseconds

    public init(permille: UInt64, delay: Picoseconds) {
      self.permille = permille
      self.delay = delay
    }
  }

  /// At least one; `permille` rises strictly from 0 to 1,000, `delay` never falls. One corner alone is a fixed delay.
  public let corners: [Corner]

  /// Always the same delay.
  public static func fixed(_ delay: Picoseconds) -> LatencyDistribution {
    LatencyDistribution(unchecked: [Corner(permille: 0, delay: delay)])
  }

  private init(unchecked corners: [Corner]) { self.corners = corners }

  /// Throws when the corners do not rise, or do not span 0 to 1,000.
  public init(corners: [Corner]) throws(SpecError) {
    let rises = zip(corners, corners.dropFirst()).allSatisfy { $0.permille < $1.permille && $0.delay <= $1.delay }
    guard corners.count >= 2, rises, corners.first!.permille == 0, corners.last!.permille == 1_000 else {
      throw SpecError(
        field: "quantiles",
        found: "corners \(corners.map { "[\($0.permille), \($0.delay) ps]" }.joined(separator: ", "))",
        expected: "two or more [permille, delay] corners that rise from permille 0 to 1000")
    }
    self.corners = corners
  }

  public var minimum: Picoseconds { corners[0].delay }
  public var maximum: Picoseconds { corners[corners.count - 1].delay }

  /// Draws one delay. A fixed delay draws no number.
  public func draw(_ random: inout RandomStream) -> Picoseconds {
    guard corners.count > 1 else { return corners[0].delay }
    let point = random.next(below: 1_000_000)
    var i = 1
    while corners[i].permille * 1_000 < point { i += 1 }
    let low = corners[i - 1], high = corners[i]
    // The product needs more than 64 bits for delays beyond a minute.
    let product = (high.delay - low.delay).multipliedFullWidth(by: point - low.permille * 1_000)
    return low.delay + ((high.permille - low.permille) * 1_000).dividingFullWidth(product).quotient
  }

  public var description: String {
    corners.count == 1
      ? Quantity.duration.format(corners[0].delay)
      : "[" + corners.map { "\($0.permille): \(Quantity.duration.format($0.delay))" }.joined(separator: ", ") + "]"
  }
}
