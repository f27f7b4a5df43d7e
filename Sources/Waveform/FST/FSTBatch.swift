/// A change that waits to be encoded: 16 bytes, four in a cache line.
@usableFromInline
struct FSTEntry {
  /// The new value; where it begins in the batch's payload, when `form` says so.
  @usableFromInline var value: UInt64
  /// The time step within the batch.
  @usableFromInline var step: UInt32
  @usableFromInline var form: Form

  @usableFromInline
  enum Form: UInt32 {
    /// `value` is the value.
    case word
    /// The payload has the value's bits, left-aligned in whole bytes; or eight bytes of a real; or text after its length.
    case bytes
    /// The payload has a character for each bit.
    case characters
  }

  @inlinable @inline(__always)
  init(value: UInt64, step: UInt32, form: Form) {
    self.value = value
    self.step = step
    self.form = form
  }
}

/// Where the next change of a column goes.
@usableFromInline
struct FSTCursor {
  @usableFromInline var next: UnsafeMutablePointer<FSTEntry>
  /// The step of the change before `next`; `UInt32.max` when there is none.
  @usableFromInline var lastStep: UInt32

  init(_ next: UnsafeMutablePointer<FSTEntry>) {
    self.next = next
    lastStep = .max
  }

  /// A second change in one step takes the place of the first, so a column never has more entries than a batch has
  /// steps, and nothing need be checked.
  @inlinable @inline(__always)
  mutating func append(_ value: UInt64, step: UInt32, form: FSTEntry.Form) {
    let place = next - (lastStep == step ? 1 : 0)
    place.initialize(to: FSTEntry(value: value, step: step, form: form))
    next = place + 1
    lastStep = step
  }
}

/// The changes of up to `rows` time steps, one column a signal or word: all that the thread of the simulation does for
/// the dump is to append here. The writer's thread encodes whole columns, with everything about a signal in registers.
///
/// Not synchronised: exactly one thread at a time holds a batch.
final class FSTBatch: @unchecked Sendable {
  let columnCount: Int
  let rows: Int
  let cursors: UnsafeMutablePointer<FSTCursor>
  /// The time of each step.
  let times: UnsafeMutablePointer<UInt64>
  /// `rows` entries a column. Untouched pages of it cost nothing.
  private let entries: UnsafeMutablePointer<FSTEntry>
  /// Values that do not fit an entry.
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

  init(columns: Int, rows: Int) {
    columnCount = columns
    self.rows = rows
    entries = .allocate(capacity: max(1, columns * rows))
    cursors = .allocate(capacity: max(1, columns))
    times = .allocate(capacity: rows)
    for column in 0..<columns { (cursors + column).initialize(to: FSTCursor(entries + column * rows)) }
  }

  deinit {
    entries.deallocate()
    cursors.deallocate()
    times.deallocate()
  }

  /// The changes of `column`, oldest first.
  @inline(__always)
  func changes(of column: Int) -> UnsafeBufferPointer<FSTEntry> {
    let first = entries + column &* rows
    return UnsafeBufferPointer(start: first, count: cursors[column].next - first)
  }

  /// Forgets the changes of `column`.
  @inline(__always)
  func removeChanges(of column: Int) { cursors[column] = FSTCursor(entries + column &* rows) }

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

  /// Steps for `columns` columns: never so few that handing over counts, never so many that what is busy leaves the
  /// second-level cache. Columns of signals that do not change cost no memory, only addresses, of `bytes` at most.
  static func rows(columns: Int, bytes: Int) -> Int {
    let fitting = bytes / (max(1, columns) * MemoryLayout<FSTEntry>.stride)
    return min(max(fitting, 8), 1024)
  }
}
