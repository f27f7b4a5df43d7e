/// A state table of any element type, as the simulation keeps it.
public protocol AnyStateTable: AnyObject {
  associatedtype Element: TracedState
  /// Entry i is the scope `name` with i behind it.
  var name: String { get }
  var count: Int { get }
  /// The entries; readable to the end of the last 64-byte line.
  var pointer: UnsafeMutablePointer<Element> { get }
}

/// Flip-flops of a component whose number a Spec decides, so that they cannot be fields of its State: a table of tags, a
/// queue. A component lists its tables in `Component.tables`; they are seen as its State is.
///
/// Like `FlipFlops` the entries lie behind a pointer, in memory that is zero-padded to whole cache lines.
public final class StateTable<Element: TracedState>: AnyStateTable {
  public let name: String
  public let count: Int
  public let pointer: UnsafeMutablePointer<Element>

  public init(_ name: String, count: Int, repeating initial: Element) {
    precondition(count >= 0, "state table \(name): \(count) entries")
    let bytes = max(64, (count * MemoryLayout<Element>.stride + 63) & ~63)
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    self.name = name
    self.count = count
    pointer = raw.initializeMemory(as: Element.self, repeating: initial, count: count)
  }

  deinit {
    pointer.deinitialize(count: count)
    UnsafeMutableRawPointer(pointer).deallocate()
  }
}

extension AnyStateTable {
  /// The signals of every entry, in memory order.
  public var signals: [Signal] {
    let element = Element.resolvedSignals
    return (0..<count).flatMap { index in
      element.map { signal in
        var inner = signal
        inner.name = "\(name)\(index).\(signal.name)"
        inner.offset += index * MemoryLayout<Element>.stride
        return inner
      }
    }
  }

  public var base: UnsafeRawPointer { UnsafeRawPointer(pointer) }
  public var bytes: Int { count * MemoryLayout<Element>.stride }
}
