import CColumns

/// Memory of which a writer records the words that change, as ``WaveformWriter/record(_:at:)`` finds them.
///
/// Its owner frees it.
public struct WatchedMemory {
  @usableFromInline let watched: UnsafeMutablePointer<watched_words>
  private let words: UnsafeMutablePointer<WordHandle>

  static let lineBytes = 64, lineWords = 8

  /// - Parameters:
  ///   - live: The words, from the beginning of a line of 64 bytes on; whole lines can be read as long as this is used.
  ///   - words: What each word goes to, or nil for nothing. Their values now are those that the signals have at the start.
  public init(_ live: UnsafeRawPointer, words handles: [WordHandle?]) {
    precondition(Int(bitPattern: live) % Self.lineBytes == 0, "found an address in the middle of a line")
    let lines = (handles.count + Self.lineWords - 1) / Self.lineWords
    words = .allocate(capacity: Self.lineWords * lines)
    words.initialize(repeating: WordHandle(index: 0), count: Self.lineWords * lines)
    let recorded = UnsafeMutablePointer<UInt8>.allocate(capacity: lines + 8)
    recorded.initialize(repeating: 0, count: lines + 8)
    for (index, handle) in handles.enumerated() {
      guard let handle else { continue }
      words[index] = handle
      recorded[index / Self.lineWords] |= 1 << UInt8(index % Self.lineWords)
    }
    let shadow = UnsafeMutableRawPointer.allocate(byteCount: Self.lineBytes * lines, alignment: Self.lineBytes)
    shadow.copyMemory(from: live, byteCount: Self.lineBytes * lines)
    let columns = UnsafeRawPointer(words).assumingMemoryBound(to: Int64.self)
    watched = .allocate(capacity: 1)
    watched.initialize(
      to: watched_words(live: live, shadow: shadow, lines: lines, columns: columns, recorded: recorded))
  }

  public func deallocate() {
    watched.pointee.shadow.deallocate()
    watched.pointee.recorded.deallocate()
    words.deallocate()
    watched.deallocate()
  }

  /// The first word alone, whose change is taken as known.
  ///
  /// - Returns: Its value and where it goes; nil when it has not changed.
  @inlinable @inline(__always)
  public func takeFirst() -> (word: WordHandle, value: UInt64)? {
    let value = watched.pointee.live.load(as: UInt64.self)
    if value == watched.pointee.shadow.load(as: UInt64.self) { return nil }
    watched.pointee.shadow.storeBytes(of: value, as: UInt64.self)
    return (WordHandle(index: Int(watched.pointee.columns[0])), value)
  }

  /// Calls `body` with each word that has changed since it was last looked at.
  func forEachChange(_ body: (WordHandle, UInt64) -> Void) {
    for first in stride(from: 0, to: watched.pointee.lines, by: 8) {
      var changed = take_changes(watched, first)
      while changed != 0 {
        let word = Self.lineWords * first + changed.trailingZeroBitCount
        body(words[word], watched.pointee.live.load(fromByteOffset: 8 * word, as: UInt64.self))
        changed &= changed - 1
      }
    }
  }
}
