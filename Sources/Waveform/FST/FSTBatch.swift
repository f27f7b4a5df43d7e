import CColumns

/// Where changes go: the columns of the current batch. Column c has its values from `values[c << rowBits]` on, and the
/// steps at which they begin beside them, apart, so that as little as possible goes from one processor to the other.
@usableFromInline
struct FSTColumns {
  @usableFromInline var ends: UnsafeMutablePointer<column_end>
  @usableFromInline var values: UnsafeMutablePointer<UInt64>
  @usableFromInline var steps: UnsafeMutablePointer<UInt16>
  @usableFromInline var rowBits: UInt64

  /// A second change in one step takes the place of the first, so a column never has more entries than a batch has
  /// steps, and nothing need be checked.
  @inlinable @inline(__always)
  func append(_ value: UInt64, to column: Int, step: UInt32) {
    let end = ends[column]
    let place = end.count &- (end.last_step == step ? 1 : 0)
    let row = column &<< Int(truncatingIfNeeded: rowBits) &+ Int(truncatingIfNeeded: place)
    values[row] = value
    steps[row] = UInt16(truncatingIfNeeded: step)
    ends[column] = column_end(count: place &+ 1, last_step: step)
  }
}

/// The changes of one column of a batch, oldest first.
struct FSTColumn {
  let values: UnsafePointer<UInt64>
  let steps: UnsafePointer<UInt16>
  let count: Int
}

/// The changes of up to `rows` time steps, one column a signal or word: all that the thread of the simulation does for
/// the dump is to append here. The writer's thread encodes whole columns, with everything about a signal in registers.
///
/// Not synchronised: exactly one thread at a time holds a batch.
final class FSTBatch: @unchecked Sendable {
  let columnCount: Int
  let rows: Int
  /// `rows` values and steps a column. Untouched pages of them cost nothing.
  let columns: FSTColumns
  /// The time of each step.
  let times: UnsafeMutablePointer<UInt64>
  /// Values that are no words: a change has the offset.
  var payload = ByteBuffer()
  /// The steps in use, set when the batch is handed over.
  var stepCount = 0
  /// Whether values are recorded again from the first step on.
  var resumes = false
  /// What is to be done after the changes.
  var order = Order.goOn

  enum Order {
    case goOn
    /// End the section: readers shall see it.
    case flush
    /// Values are not recorded from the last step on.
    case suspend
    /// The dump ends at the time given by the last step.
    case finish(reason: String)
  }

  /// - Parameter rowBits: the binary logarithm of the number of steps
  init(columns: Int, rowBits: Int) {
    columnCount = columns
    rows = 1 << rowBits
    let capacity = max(1, columns << rowBits)
    self.columns = FSTColumns(
      ends: .allocate(capacity: max(1, columns)), values: .allocate(capacity: capacity),
      steps: .allocate(capacity: capacity), rowBits: UInt64(rowBits))
    times = .allocate(capacity: rows)
    for column in 0..<columns { removeChanges(of: column) }
  }

  deinit {
    columns.ends.deallocate()
    columns.values.deallocate()
    columns.steps.deallocate()
    times.deallocate()
  }

  @inline(__always)
  func changes(of column: Int) -> FSTColumn {
    let first = column &<< Int(truncatingIfNeeded: columns.rowBits)
    return FSTColumn(
      values: columns.values + first, steps: columns.steps + first, count: Int(columns.ends[column].count))
  }

  /// What all changes take.
  var changeBytes: Int {
    var count: UInt32 = 0
    for column in 0..<columnCount { count &+= columns.ends[column].count }
    return Int(count) * (MemoryLayout<UInt64>.size + MemoryLayout<UInt16>.size) + payload.count
  }

  /// Forgets the changes of `column`.
  @inline(__always)
  func removeChanges(of column: Int) { columns.ends[column] = column_end(count: 0, last_step: .max) }

  /// Forgets all but the changes.
  func removeSteps() {
    payload.truncate(to: 0)
    stepCount = 0
    resumes = false
    order = .goOn
  }

  /// Forgets everything.
  func removeAll() {
    for column in 0..<columnCount { removeChanges(of: column) }
    removeSteps()
  }

  /// The binary logarithm of the steps of a batch of `columns` columns: never so few that handing over counts, never so
  /// many that what is busy leaves the second-level cache. Columns of signals that do not change cost no memory, only
  /// addresses, of `bytes` at most.
  static func rowBits(columns: Int, bytes: Int) -> Int {
    let fitting = bytes / (max(1, columns) * (MemoryLayout<UInt64>.size + MemoryLayout<UInt16>.size))
    return min(max(Int.bitWidth - 1 - max(1, fitting).leadingZeroBitCount, 3), 10)
  }
}
