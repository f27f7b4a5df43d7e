import SimKernel

/// Hears of what the driver does. It sees what happens and cannot change it.
public protocol DriverObserver: AnyObject {
  /// A step begins; its record says of which kind it is, and when. `index` is its position in the report.
  func stepBegins(_ index: Int, _ record: StepRecord)
  /// A step is over, or the enumeration before the first one.
  func stepEnds(_ record: StepRecord, time: Picoseconds)
  /// An MSI of a function has come to the CPU.
  func interrupted(by function: String, time: Picoseconds)
  /// An expectation was not met.
  func failed(_ failure: Failure, time: Picoseconds)
}
