/// Shows each message that is sent through a port, without taking it; for observers of edges.
///
/// A message cannot be taken at the edge at which it is sent, so whoever asks after every edge of the sender misses none.
public struct PortTap<Message> {
  private let core: UnsafeMutablePointer<PortCore>
  private let messages: UnsafeMutablePointer<Message>
  private var seen: UInt32

  public init(_ end: InPort<Message>) { self.init(end.core, end.messages) }
  public init(_ end: OutPort<Message>) { self.init(end.core, end.messages) }

  private init(_ core: UnsafeMutablePointer<PortCore>, _ messages: UnsafeMutablePointer<Message>) {
    self.core = core
    self.messages = messages
    seen = core.pointee.sent
  }

  /// The oldest message that was sent since this tap was made and has not been returned before, where it lies.
  public mutating func next() -> UnsafePointer<Message>? {
    let behind = core.pointee.sent &- seen
    guard behind > 0 else { return nil }
    precondition(behind <= core.pointee.level, "a message was taken before its tap looked")
    seen &+= 1
    let capacity = core.pointee.capacity, tail = core.pointee.tail
    return UnsafePointer(messages + Int(tail >= behind ? tail - behind : tail + capacity - behind))
  }
}
