/// A port of any message type, as the simulation keeps it.
public protocol AnyPort: AnyObject {
  var name: String { get }
  var core: UnsafeMutablePointer<PortCore> { get }
}

/// One end of a port, as the builder and the tracer see it.
public protocol PortEnd {
  var name: String { get }
  var core: UnsafeMutablePointer<PortCore> { get }
  var isReceiver: Bool { get }
}

/// The message-independent part of a port: FIFO pointers, owners, and what a waveform shows of it.
public struct PortCore: TracedState {
  /// Messages sent and not yet taken, those in flight included.
  public var level: UInt16 = 0
  /// The sender found no room and waits for some.
  public var blocked = false
  @usableFromInline var head: UInt32 = 0
  @usableFromInline var tail: UInt32 = 0
  @usableFromInline let capacity: UInt32
  @usableFromInline let latency: Cycle
  @usableFromInline let isCrossing: Bool
  @usableFromInline let senderClock: UnsafeMutablePointer<DomainState>
  @usableFromInline let receiverClock: UnsafeMutablePointer<DomainState>
  @usableFromInline var sender: Int32 = -1
  @usableFromInline var receiver: Int32 = -1
  @usableFromInline let slots: UnsafeMutablePointer<PortSlot>
  /// The port's, which the simulation keeps: a string here would be counted with every copy.
  let label: UnsafeMutablePointer<String>
  /// The sender wants to be woken whenever a message is taken.
  @usableFromInline var isFollowed = false
  /// Messages ever sent.
  @usableFromInline var sent: UInt32 = 0
  /// Messages ever taken: as of the sender's edge `takenAt`, and before it.
  @usableFromInline var taken: UInt32 = 0
  @usableFromInline var takenBefore: UInt32 = 0
  @usableFromInline var takenAt: Cycle = 0
  /// Copies of what the slots at head and tail say, where `hasMessage` and `canSend` look: when the message at the head
  /// becomes visible, and when the place at the tail becomes free. Each means something only while there is one.
  @usableFromInline var headVisibleAt: Cycle = 0
  @usableFromInline var tailFreeAt: Cycle = 0

  public static var signals: [SignalDeclaration<PortCore>] {
    [.bits("level", \.level, width: 16), .flag("blocked", \.blocked)]
  }
  /// All signals lie in the first bytes, so a tracer need not look at the rest.
  public static var tracedBytes: Int { resolvedSignals.map { $0.offset + $0.bytes }.max() ?? 0 }

  /// Wiring and FIFO pointers, which `level` already shows.
  public static let untraced: Set<String> = [
    "head", "tail", "capacity", "latency", "isCrossing", "senderClock", "receiverClock", "sender", "receiver", "slots",
    "label", "isFollowed", "sent", "taken", "takenBefore", "takenAt", "headVisibleAt", "tailFreeAt",
  ]
}

/// When a place of the FIFO becomes visible at each side, in edges of that side.
@usableFromInline struct PortSlot {
  @usableFromInline var visibleAt: Cycle = 0
  @usableFromInline var freeAt: Cycle = 0
}

/// A registered, bounded, typed wire from one component to another.
///
/// What is sent at edge n is visible at n + latency, at the earliest n + 1; room that a receiver makes at n is seen by the
/// sender at n + 1. So the order in which components of one edge tick cannot matter. Between two domains the port is an
/// explicit crossing: both directions pay `synchroniser` edges of the side that listens.
public final class Port<Message>: AnyPort {
  public var name: String { core.pointee.name }
  public let output: OutPort<Message>
  public let input: InPort<Message>
  public var core: UnsafeMutablePointer<PortCore> { storage.pointer }
  private let storage: FlipFlops<PortCore>

  /// The largest capacity.
  public static var mostPlaces: Int { 65_535 }

  /// - Parameters:
  ///   - capacity: places of the FIFO; 2 or more sustain one message per cycle
  ///   - latency: edges of the receiver from `send` to visible (same domain), at least 1
  ///   - synchroniser: edges of the listening side that a crossing costs, at least 1
  init(
    _ name: String, from sender: Clock, to receiver: Clock, capacity: Int, latency: Cycle = 1, synchroniser: Cycle = 2
  ) {
    precondition(capacity > 0 && capacity <= Self.mostPlaces, "port \(name): capacity \(capacity)")
    precondition(latency > 0 && synchroniser > 0, "port \(name): a port is registered, its delay is at least 1")
    let crossing = sender.index != receiver.index
    storage = FlipFlops(
      PortCore(
        capacity: UInt32(capacity), latency: crossing ? synchroniser : latency, isCrossing: crossing,
        senderClock: sender.state, receiverClock: receiver.state, slots: .allocate(capacity: capacity),
        label: .allocate(capacity: 1)))
    let core = storage.pointer
    core.pointee.slots.initialize(repeating: PortSlot(), count: capacity)
    core.pointee.label.initialize(to: name)
    let messages = UnsafeMutablePointer<Message>.allocate(capacity: capacity)
    output = OutPort(core: core, messages: messages)
    input = InPort(core: core, messages: messages)
  }

  deinit {
    while let slot = storage.pointer.pointee.dropHead() { (input.messages + slot).deinitialize(count: 1) }
    input.messages.deallocate()
    storage.pointer.pointee.slots.deallocate()
    storage.pointer.pointee.label.deinitialize(count: 1)
    storage.pointer.pointee.label.deallocate()
  }
}

/// The sending end of a port. Exactly one component owns it.
public struct OutPort<Message>: PortEnd {
  public var name: String { core.pointee.name }
  public let core: UnsafeMutablePointer<PortCore>
  @usableFromInline let messages: UnsafeMutablePointer<Message>
  public var isReceiver: Bool { false }

  init(core: UnsafeMutablePointer<PortCore>, messages: UnsafeMutablePointer<Message>) {
    self.core = core
    self.messages = messages
  }

  /// Whether a message can be sent at this edge. When not, the owner is woken as soon as there is room.
  @inlinable public var canSend: Bool {
    if core.pointee.hasRoom { return true }
    core.pointee.blockSender()
    return false
  }

  /// Whether the receiver has taken everything that was sent, as the sender can know it at this edge.
  @inlinable public var isDrained: Bool {
    let c = core
    let last = c.pointee.tail == 0 ? c.pointee.capacity &- 1 : c.pointee.tail &- 1
    return c.pointee.level == 0 && c.pointee.slots[Int(last)].freeAt <= c.pointee.senderClock.pointee.now
  }

  /// Messages that the receiver has not taken, as the sender can know it at this edge. For ports inside one domain.
  @inlinable public var unread: Int { Int(sent &- taken) }

  /// Places of the FIFO.
  public var capacity: Int { Int(core.pointee.capacity) }

  /// Messages ever sent, modulo 2^32.
  @inlinable public var sent: UInt32 { core.pointee.sent }

  /// Messages that the receiver has ever taken, modulo 2^32, as the sender can know it at this edge.
  @inlinable public var taken: UInt32 {
    let c = core
    return c.pointee.takenAt <= c.pointee.senderClock.pointee.now ? c.pointee.taken : c.pointee.takenBefore
  }

  /// From now on the owner is woken whenever `taken` changes. For ports inside one domain.
  @inlinable public func followReceiver() {
    precondition(!core.pointee.isCrossing, "port \(name): only the receiver in the sender's own domain can be followed")
    core.pointee.isFollowed = true
  }

  /// Sends; visible after the port's latency and, when given, not before the absolute time `notBefore`.
  ///
  /// Sending without room is a fault of the component: it traps. Inlined, so that a message is made where it will lie.
  @inline(__always) @inlinable public func send(_ message: consuming Message, notBefore: Picoseconds = 0) {
    precondition(core.pointee.hasRoom, "port overflow: send without canSend")
    (messages + Int(core.pointee.tail)).initialize(to: message)
    core.pointee.push(notBefore: notBefore)
  }
}

/// The receiving end of a port. Exactly one component owns it.
public struct InPort<Message>: PortEnd {
  public var name: String { core.pointee.name }
  public let core: UnsafeMutablePointer<PortCore>
  @usableFromInline let messages: UnsafeMutablePointer<Message>
  public var isReceiver: Bool { true }

  init(core: UnsafeMutablePointer<PortCore>, messages: UnsafeMutablePointer<Message>) {
    self.core = core
    self.messages = messages
  }

  /// Whether a message is visible at this edge.
  @inlinable public var hasMessage: Bool {
    let c = core
    return c.pointee.level != 0 && c.pointee.headVisibleAt <= c.pointee.receiverClock.pointee.now
  }

  /// The visible message at the head, left in place.
  @inlinable public func peek() -> Message? {
    hasMessage ? messages[Int(core.pointee.head)] : nil
  }

  /// The visible message at the head, where it lies; only after `hasMessage`.
  @inlinable public var head: UnsafePointer<Message> { UnsafePointer(messages + Int(core.pointee.head)) }

  /// Messages in the port, those in flight included.
  @inlinable public var level: Int { Int(core.pointee.level) }

  /// The message `index` places behind the head, where it lies; only for `index` below `level`.
  @inlinable public func message(_ index: Int) -> UnsafePointer<Message> {
    let c = core
    let place = Int(c.pointee.head) &+ index
    return UnsafePointer(messages + (place < Int(c.pointee.capacity) ? place : place &- Int(c.pointee.capacity)))
  }

  /// Takes the visible message at the head, if any.
  @inlinable public func receive() -> Message? {
    guard hasMessage else { return nil }
    let message = (messages + Int(core.pointee.head)).move()
    core.pointee.release()
    return message
  }
}

extension InPort {
  /// Takes the visible message at the head and puts it at `place`, in the stead of what is there; only after `hasMessage`.
  /// Unlike `receive` it counts no references.
  @inlinable public func receive(into place: UnsafeMutablePointer<Message>) {
    place.pointee = (messages + Int(core.pointee.head)).move()
    core.pointee.release()
  }
}

extension PortCore {
  var name: String { label.pointee }

  /// The place of the oldest message, taken out without any notice; nil when empty.
  mutating func dropHead() -> Int? {
    guard level != 0 else { return nil }
    defer {
      head = head &+ 1 == capacity ? 0 : head &+ 1
      level &-= 1
    }
    return Int(head)
  }

  /// Whether a message can be sent at this edge of the sender.
  @inlinable var hasRoom: Bool { level < capacity && tailFreeAt <= senderClock.pointee.now }

  /// The sender found no room: it is to be woken when there is some.
  @usableFromInline mutating func blockSender() {
    // Room that is on its way already: whoever made it saw nobody waiting.
    if level < capacity, !blocked {
      if isCrossing {
        senderClock.pointee.schedule(component: Int(sender), at: tailFreeAt)
      } else {
        senderClock.pointee.awake |= 1 &<< UInt64(sender)
      }
    }
    blocked = true
    senderClock.pointee.portChanges &+= 1
  }

  /// Makes the message at the tail one of the queue, and arms its wake.
  @usableFromInline mutating func push(notBefore: Picoseconds) {
    let clock = receiverClock
    var visible = isCrossing ? clock.pointee.edge(atOrBefore: senderClock.pointee.time) : clock.pointee.now
    visible &+= latency
    if notBefore != 0 { visible = max(visible, clock.pointee.edge(atOrAfter: notBefore)) }
    slots[Int(tail)].visibleAt = visible
    tail = tail &+ 1 == capacity ? 0 : tail &+ 1
    tailFreeAt = slots[Int(tail)].freeAt
    level &+= 1
    sent &+= 1
    blocked = false
    senderClock.pointee.portChanges &+= 1
    guard level == 1 else { return }
    headVisibleAt = visible
    wakeReceiver(at: visible)
  }

  @inline(__always) private func wakeReceiver(at cycle: Cycle) {
    if !isCrossing && cycle == receiverClock.pointee.now &+ 1 {
      receiverClock.pointee.awake |= 1 &<< UInt64(receiver)
    } else {
      receiverClock.pointee.schedule(component: Int(receiver), at: cycle)
    }
  }

  /// Frees the head's place, tells a waiting sender, and arms the wake of the next message.
  @inlinable mutating func release() {
    guard !isCrossing else { return releaseAcross() }
    let next = receiverClock.pointee.now &+ 1
    if blocked || isFollowed { senderClock.pointee.awake |= 1 &<< UInt64(sender) }
    freeHead(at: next)
    if level == 0 { return }
    if headVisibleAt <= next {
      receiverClock.pointee.awake |= 1 &<< UInt64(receiver)
    } else {
      receiverClock.pointee.schedule(component: Int(receiver), at: headVisibleAt)
    }
  }

  /// `release` between two domains, where the sender sees the room as late as the receiver sees a message.
  @usableFromInline mutating func releaseAcross() {
    let free = senderClock.pointee.edge(atOrBefore: receiverClock.pointee.time) &+ latency
    if blocked { senderClock.pointee.schedule(component: Int(sender), at: free) }
    freeHead(at: free)
    guard level != 0 else { return }
    receiverClock.pointee.schedule(component: Int(receiver), at: max(headVisibleAt, receiverClock.pointee.now &+ 1))
  }

  /// Takes the head out; its place is free at edge `free` of the sender.
  @inlinable mutating func freeHead(at free: Cycle) {
    if takenAt != free {
      takenBefore = taken
      takenAt = free
    }
    taken &+= 1
    slots[Int(head)].freeAt = free
    if level == capacity { tailFreeAt = free }
    head = head &+ 1 == capacity ? 0 : head &+ 1
    level &-= 1
    receiverClock.pointee.portChanges &+= 1
    headVisibleAt = slots[Int(head)].visibleAt
  }
}
