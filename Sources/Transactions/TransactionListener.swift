import SimKernel

/// Something to know about a transaction.
public struct TransactionDetail: Equatable, Sendable {
  public enum Value: Equatable, Sendable {
    case number(UInt64)
    /// An address, or a word of bits: shown with `0x`.
    case hex(UInt64)
    case text(String)
  }

  /// Lower case, words joined by underscores; the unit is the last one where it is no count: `arrival_ps`.
  public let key: String
  public let value: Value

  @inlinable public init(_ key: String, _ value: Value) {
    self.key = key
    self.value = value
  }

  @inlinable public init(_ key: String, _ number: some BinaryInteger) { self.init(key, .number(UInt64(number))) }
}

/// Hears of transactions as they happen in simulated time, for logs and waveforms. It sees what happens and cannot change
/// it.
///
/// Times are picoseconds and never go back from one call to the next; of a span, its start counts. Lanes and counters are
/// positions in the ``TransactionMap`` of the system.
public protocol TransactionListener: AnyObject {
  /// A transaction begins on a lane on which none is under way.
  func begin(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail])
  /// The transaction that is under way on the lane ends.
  /// - Parameter details: what is known only now
  func end(_ lane: Int, at time: Picoseconds, _ details: [TransactionDetail])
  /// A transaction begins whose end is known already, on a lane on which none is under way at `start`.
  func span(_ lane: Int, from start: Picoseconds, to end: Picoseconds, _ name: String, _ details: [TransactionDetail])
  /// Something happens on a lane that takes no time, whether or not a transaction is under way.
  func moment(_ lane: Int, at time: Picoseconds, _ name: String, _ details: [TransactionDetail])
  /// A counter has another value from `time` on. In one picosecond it can change more than once.
  func count(_ counter: Int, at time: Picoseconds, _ value: UInt64)
}
