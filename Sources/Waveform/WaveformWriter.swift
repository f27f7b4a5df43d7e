/// Position of a signal in the dump, as returned by ``WaveformWriter/addVariable(_:width:enumeration:initial:)``.
public struct SignalHandle: Hashable, Sendable {
  /// Zero-based number of the signal, in the order of declaration.
  public let index: Int

  @inlinable
  public init(index: Int) {
    self.index = index
  }
}

/// Receives the hierarchy and the value changes of one simulation and writes them to a file.
///
/// A writer is used in two phases by one thread. The declaration phase builds the hierarchy with `beginScope`,
/// `endScope` and `addVariable` and ends with `start`. The dump phase repeats `advance` and `change` and ends with
/// `close`. Calls in the wrong phase are programming errors.
///
/// Times are picoseconds and never decrease. Several `advance` calls with the same time are one time step; of several
/// changes of one signal in one time step the last one counts.
///
/// Input and output errors never interrupt a dump: the first one is remembered and thrown by `start` or `close`.
public protocol WaveformWriter: AnyObject {
  /// Opens a scope (a module of the hierarchy) inside the current one.
  func beginScope(_ name: String)

  /// Closes the innermost open scope.
  func endScope()

  /// Declares a two-state signal in the current scope.
  ///
  /// - Parameters:
  ///   - name: The name without a bit range; white space becomes `_`, because both formats separate by it.
  ///   - width: 1...64 bits.
  ///   - enumeration: Names to show for the values, or nil.
  ///   - initial: The value at the start time; bits above `width` are ignored, here and in `change`.
  func addVariable(_ name: String, width: Int, enumeration: EnumTable?, initial: UInt64) -> SignalHandle

  /// Ends the declaration phase: writes the header and the hierarchy and dumps the initial values, also as changes
  /// at `time`, because some readers know no value before the first change.
  ///
  /// - Throws: ``WaveformError`` when the header cannot be written. The writer can still be used; it discards all.
  func start(at time: UInt64) throws

  /// Moves to the time step at `time` picoseconds.
  func advance(to time: UInt64)

  /// Records that `signal` has `value` from the current time step on.
  func change(_ signal: SignalHandle, to value: UInt64)

  /// Writes what is left and finishes the file, which ends at `time` picoseconds.
  ///
  /// A second call does nothing. A writer that goes away without `close` finishes its file at its current time, and
  /// nobody learns of errors.
  ///
  /// - Throws: ``WaveformError`` for the first failure since the file was opened, such as a full disk.
  func close(at time: UInt64) throws
}
