/// One change of a value, in 24 bytes. ``WaveCursor/value(of:)`` tells the value.
public struct WaveChange: Sendable {
  /// How `payload` is to be understood.
  enum Form: UInt8 {
    /// The bits themselves, at most 64.
    case bits
    /// Offset of packed bits, more than 64.
    case wide
    /// The character of one bit that is neither 0 nor 1.
    case state
    /// Offset of `length` characters, one a bit; see ``Digits``.
    case states
    /// The bits of the number.
    case real
    /// Offset of text of `length` bytes.
    case text
  }

  let payload: UInt64
  private let shortHandle: UInt32
  let length: UInt32
  let form: Form

  /// Position in ``WaveHierarchy/handles``.
  public var handle: Int { Int(shortHandle) }

  /// The value when all its bits are 0 or 1 and there are at most 64 of them.
  public var bits: UInt64? { form == .bits ? payload : nil }

  @inline(__always)
  init(handle: UInt32, form: Form, payload: UInt64, length: UInt32 = 0) {
    shortHandle = handle
    self.form = form
    self.payload = payload
    self.length = length
  }
}

/// The changes of one time step, and where their larger values are. A class behind which memory is reused: nothing is
/// allocated per change.
final class StepBuffer {
  var time: UInt64 = 0
  /// True while the file says that nothing was recorded.
  var isBlackout = false
  /// True for values that are stored as the state at some time and not as changes.
  var isInitial = false
  /// What offsets count from: memory of the reader, or bytes that were kept here.
  var pool: UnsafePointer<UInt8>
  private var kept: UnsafeMutablePointer<UInt8>
  private var keptCapacity = 1024
  private(set) var keptCount = 0
  private(set) var changes: UnsafeMutablePointer<WaveChange>
  private(set) var count = 0
  private var capacity = 1024

  init() {
    changes = .allocate(capacity: capacity)
    kept = .allocate(capacity: keptCapacity)
    pool = UnsafePointer(kept)
  }

  deinit {
    changes.deallocate()
    kept.deallocate()
  }

  func removeAll() { (count, keptCount) = (0, 0) }

  /// Copies bytes into the pool and says where.
  func keep(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    if keptCount + bytes.count > keptCapacity {
      keptCapacity = max(keptCapacity * 2, keptCount + bytes.count)
      let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: keptCapacity)
      grown.moveInitialize(from: kept, count: keptCount)
      kept.deallocate()
      kept = grown
      pool = UnsafePointer(kept)
    }
    if let base = bytes.baseAddress { (kept + keptCount).update(from: base, count: bytes.count) }
    defer { keptCount += bytes.count }
    return keptCount
  }

  @inline(__always)
  func append(_ change: WaveChange) {
    if count == capacity { grow() }
    (changes + count).initialize(to: change)
    count += 1
  }

  private func grow() {
    let grown = UnsafeMutablePointer<WaveChange>.allocate(capacity: capacity * 2)
    grown.moveInitialize(from: changes, count: count)
    changes.deallocate()
    changes = grown
    capacity *= 2
  }

  /// The value of `change`, which must be of this step.
  func value(of change: WaveChange, as handle: WaveHandle) -> WaveValue {
    func bytes(_ count: Int) -> UnsafeBufferPointer<UInt8> {
      UnsafeBufferPointer(start: pool + Int(change.payload), count: count)
    }
    /// Wide values may be stored as characters although all are 0 or 1.
    func states(_ characters: UnsafeBufferPointer<UInt8>) -> WaveValue {
      let all = Digits.extended(characters, to: handle.width)
      if let packed = Digits.packed(all) { return .wide(packed, width: handle.width) }
      return .states(String(decoding: all, as: UTF8.self))
    }
    switch change.form {
    case .bits: return .bits(change.payload, width: handle.width)
    case .wide: return .wide(Array(bytes((handle.width + 7) / 8)), width: handle.width)
    case .state: return .states(String(Unicode.Scalar(UInt8(truncatingIfNeeded: change.payload))))
    case .states: return states(bytes(Int(change.length)))
    case .real: return .real(Double(bitPattern: change.payload))
    case .text: return .text(Array(bytes(Int(change.length))))
    }
  }
}
