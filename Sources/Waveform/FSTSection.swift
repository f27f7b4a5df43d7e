/// The value changes of one stretch of simulated time, which become one VCDATA block: a chain per signal, the table of
/// its time steps, and the values at its beginning. Sections are recycled; one is filled while another is written.
///
/// Not synchronised: exactly one thread at a time holds a section.
final class FSTSection: @unchecked Sendable {
  let chainCount: Int
  let chains: UnsafeMutablePointer<FSTChain>
  /// The value of each signal when the section began.
  let startValues: UnsafeMutablePointer<UInt64>
  private(set) var startTime: UInt64 = 0
  private(set) var endTime: UInt64 = 0
  /// Variable-length time differences, the first one from zero.
  private(set) var timeTable: UnsafeMutablePointer<UInt8>
  private var timeCapacity: Int
  private(set) var timeTableCount = 0
  private(set) var stepCount = 0

  /// Upper bound for one entry of the time table: ten bytes hold 64 bits.
  static let timeEntryBound = 10

  init(widths: [Int]) {
    chainCount = widths.count
    chains = .allocate(capacity: chainCount)
    for (index, width) in widths.enumerated() {
      (chains + index).initialize(to: FSTChain(width: width))
    }
    startValues = .allocate(capacity: chainCount)
    timeCapacity = 4096
    timeTable = .allocate(capacity: timeCapacity)
  }

  deinit {
    for chain in UnsafeBufferPointer(start: chains, count: chainCount) { chain.deallocate() }
    chains.deallocate()
    startValues.deallocate()
    timeTable.deallocate()
  }

  /// The bytes of all chains.
  var chainBytes: Int {
    UnsafeBufferPointer(start: chains, count: chainCount).reduce(0) { $0 + $1.count }
  }

  /// Begins at `time`, which becomes step 0.
  ///
  /// - Returns: Where the next entry of the time table goes.
  func begin(at time: UInt64, values: UnsafePointer<UInt64>) -> UnsafeMutablePointer<UInt8> {
    startTime = time
    startValues.update(from: values, count: chainCount)
    return timeTable + storeVarint(time, at: timeTable)
  }

  /// Ends at `time`, after `stepCount` steps whose table ends at `timeCursor`.
  func end(at time: UInt64, stepCount: Int, timeCursor: UnsafeMutablePointer<UInt8>) {
    endTime = time
    self.stepCount = stepCount
    timeTableCount = timeCursor - timeTable
  }

  /// Makes room for `steps` more entries of the time table.
  ///
  /// - Returns: `timeCursor`, moved with the table.
  func reserveTimeTable(
    steps: Int, timeCursor: UnsafeMutablePointer<UInt8>
  ) -> UnsafeMutablePointer<UInt8> {
    let used = timeCursor - timeTable
    let needed = used + steps * Self.timeEntryBound
    if needed <= timeCapacity { return timeCursor }
    let grownCapacity = max(needed, timeCapacity * 2)
    let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: grownCapacity)
    grown.update(from: timeTable, count: used)
    timeTable.deallocate()
    timeTable = grown
    timeCapacity = grownCapacity
    return grown + used
  }

  /// Forgets all changes. Chains keep their capacity, since the signals that were busy will be busy again, unless that
  /// sums up to more than `capacityBound` bytes: then another set of signals is busy by now.
  func recycle(capacityBound: Int) {
    var capacity = 0
    for index in 0..<chainCount {
      chains[index].removeAll()
      capacity += chains[index].capacity
    }
    if capacity <= capacityBound { return }
    for index in 0..<chainCount { chains[index].shrink() }
  }
}

/// Stores `value` as unsigned LEB128 in up to ten bytes at `position`.
///
/// - Returns: How many bytes it took.
@inlinable @inline(__always)
func storeVarint(_ value: UInt64, at position: UnsafeMutablePointer<UInt8>) -> Int {
  var rest = value
  var count = 0
  while rest > 0x7F {
    position[count] = UInt8(truncatingIfNeeded: rest) | 0x80
    count &+= 1
    rest &>>= 7
  }
  position[count] = UInt8(truncatingIfNeeded: rest)
  return count &+ 1
}
