/// Receives the hierarchy and the value changes of one simulation and writes them to a file.
///
/// A writer is used in two phases by one thread. The declaration phase builds the hierarchy with `beginScope`,
/// `endScope` and `addVariable` and ends with `start`. The dump phase repeats `advance` and `change` and ends with
/// `close`. Calls in the wrong phase are programming errors.
///
/// Times are picoseconds and never decrease. Several `advance` calls with the same time are one time step; of several
/// changes of one signal in one time step the last one counts, and a change to the value that the signal has is none.
///
/// Input and output errors never interrupt a dump: the first one is remembered and thrown by `start` or `close`.
public protocol WaveformWriter: AnyObject {
  // MARK: Declaration

  /// Opens `scope` inside the current one.
  func beginScope(_ scope: WaveformScope)

  /// Closes the innermost open scope.
  func endScope()

  /// Puts a comment into the current scope, on one line.
  func addComment(_ text: String)

  /// Declares a signal in the current scope.
  func addVariable(_ variable: WaveformVariable) -> SignalHandle

  /// Declares a second name, in the current scope, for a signal: it costs nothing in the dump.
  ///
  /// - Parameter enumeration: Names to show for the values under this name, or nil.
  func addAlias(_ name: String, of signal: SignalHandle, enumeration: EnumTable?)

  /// Says that signals of two states and at most 64 bits are parts of one word, so that ``change(_:to:)-word`` can
  /// report them all by one call, at the cost of one. Each signal belongs to at most one word, and is then changed only
  /// with it.
  ///
  /// - Parameter initial: The word at the start time, which decides about the signals' initial values.
  func addWord(_ fields: [WordField], initial: UInt64) -> WordHandle

  /// Ends the declaration phase: writes the header and the hierarchy and dumps the initial values, also as changes
  /// at `time`, because some readers know no value before the first change.
  ///
  /// - Throws: ``WaveformError`` when the header cannot be written. The writer can still be used; it discards all.
  func start(at time: UInt64) throws

  // MARK: Dump

  /// Picoseconds; the current time step.
  var time: UInt64 { get }

  /// Moves to the time step at `time` picoseconds.
  func advance(to time: UInt64)

  /// Records that `signal`, of two states and at most 64 bits, has `value` from the current time step on; bits above
  /// its width are ignored.
  func change(_ signal: SignalHandle, to value: UInt64)

  /// Records the value of a whole word; bits that belong to no signal are ignored.
  func change(_ word: WordHandle, to value: UInt64)

  /// Records the words of `memory` that have changed since this was last done, at the time step at `time` picoseconds. If
  /// there are none, that does not become the current one.
  ///
  /// - Returns: Whether there were any.
  func record(_ memory: WatchedMemory, at time: UInt64) -> Bool

  /// Records a value of any kind; it must fit the signal's type.
  func change(_ signal: SignalHandle, to value: SignalValue)

  /// Says that values are not recorded from the current time step on: viewers show a gap. Changes are ignored until
  /// ``resume()``.
  func suspend()

  /// Says that values are recorded again from the current time step on. The caller reports what changed meanwhile.
  func resume()

  /// Writes what is left and finishes the file, which ends at `time` picoseconds.
  ///
  /// A second call does nothing. A writer that goes away without `close` finishes its file at its current time, and
  /// nobody learns of errors.
  ///
  /// - Parameter reason: Why the dump ends, for the signal that ``WaveformOptions/endSignal`` names.
  /// - Throws: ``WaveformError`` for the first failure since the file was opened, such as a full disk.
  func close(at time: UInt64, because reason: String) throws
}

extension WaveformWriter {
  /// Opens a module of the hierarchy.
  public func beginScope(_ name: String) { beginScope(WaveformScope(name)) }

  /// Declares a signal of two states.
  ///
  /// - Parameters:
  ///   - width: 1...64 bits.
  ///   - enumeration: Names to show for the values, or nil.
  ///   - initial: The value at the start time; bits above `width` are ignored.
  public func addVariable(_ name: String, width: Int, enumeration: EnumTable?, initial: UInt64) -> SignalHandle {
    addVariable(WaveformVariable(name, .bits(width), initial: .bits(initial), enumeration: enumeration))
  }

  /// Closes the dump, which is complete.
  public func close(at time: UInt64) throws { try close(at: time, because: "complete") }
}

/// Position of a signal in the dump, as returned by ``WaveformWriter/addVariable(_:)``.
public struct SignalHandle: Hashable, Sendable {
  /// Zero-based number of the signal, in the order of declaration.
  public let index: Int

  @inlinable
  public init(index: Int) {
    self.index = index
  }
}

/// A word of signals, as returned by ``WaveformWriter/addWord(_:)``.
public struct WordHandle: Hashable, Sendable {
  /// Where the word's values go, in the writer's own count.
  public let index: Int

  @inlinable
  public init(index: Int) {
    self.index = index
  }
}

/// A signal's place in a word.
public struct WordField: Hashable, Sendable {
  public let signal: SignalHandle
  /// The word's bit, 0...63, that is the signal's lowest.
  public let shift: Int
  /// Bits of the word that stand for the signal when they are not 0.
  public let substitute: Substitute?

  /// Another part of the word, which is the signal's value when it is not 0; when it is 0, the value is the signal's own
  /// bits and `offset`. So a register that is valid only at times can show why it is not, at no cost for the caller.
  public struct Substitute: Hashable, Sendable {
    public let shift: Int
    public let width: Int
    /// What is added to the signal's own bits, so that the two kinds of values differ.
    public let offset: UInt64

    public init(shift: Int, width: Int, offset: UInt64) {
      self.shift = shift
      self.width = width
      self.offset = offset
    }

    /// The value of the signal when its own bits are `bits`.
    @inline(__always)
    func value(of word: UInt64, bits: UInt64) -> UInt64 {
      let other = word &>> UInt64(shift) & UInt64.max &>> UInt64(64 - width)
      return other != 0 ? other : bits &+ offset
    }
  }

  public init(_ signal: SignalHandle, shift: Int, substitute: Substitute? = nil) {
    self.signal = signal
    self.shift = shift
    self.substitute = substitute
  }
}
