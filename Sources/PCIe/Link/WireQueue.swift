import SimKernel

/// A packet between the pins of two data link layers.
struct WirePacket {
  enum Content {
    /// A TLP, which the sender's retry buffer holds under its sequence number.
    case tlp(sequence: UInt16)
    case dllp(DLLP)
  }
  let content: Content
  /// Its CRC is wrong.
  let isCorrupted: Bool
  let arrivesAt: Picoseconds
}

/// What is under way on the wire in one direction, in order. The delay line itself is no flip-flop.
struct WireQueue {
  private let storage: UnsafeMutablePointer<Storage>

  private struct Storage {
    var packets: UnsafeMutablePointer<WirePacket>
    var capacity: Int
    var head = 0
    var count = 0
  }

  init() {
    storage = .allocate(capacity: 1)
    storage.initialize(to: Storage(packets: .allocate(capacity: 64), capacity: 64))
  }

  func deallocate() {
    storage.pointee.packets.deallocate()
    storage.deallocate()
  }

  /// When the next packet arrives; `.max` when the wire is empty.
  var nextArrival: Picoseconds {
    storage.pointee.count == 0 ? .max : storage.pointee.packets[storage.pointee.head].arrivesAt
  }

  func append(_ packet: WirePacket) {
    let queue = storage
    if queue.pointee.count == queue.pointee.capacity { grow() }
    let place = (queue.pointee.head &+ queue.pointee.count) & (queue.pointee.capacity &- 1)
    (queue.pointee.packets + place).initialize(to: packet)
    queue.pointee.count &+= 1
  }

  func removeFirst() -> WirePacket {
    let queue = storage, head = storage.pointee.head
    queue.pointee.head = (head &+ 1) & (queue.pointee.capacity &- 1)
    queue.pointee.count &-= 1
    return queue.pointee.packets[head]
  }

  func removeAll() {
    storage.pointee.head = 0
    storage.pointee.count = 0
  }

  private func grow() {
    let old = storage.pointee
    let larger = UnsafeMutablePointer<WirePacket>.allocate(capacity: 2 * old.capacity)
    for index in 0..<old.count {
      (larger + index).initialize(to: old.packets[(old.head + index) & (old.capacity - 1)])
    }
    old.packets.deallocate()
    storage.pointee = Storage(packets: larger, capacity: 2 * old.capacity, count: old.count)
  }
}

/// The TLPs that have no Ack yet, by sequence number (PCI Express Base Specification 3.6.2.1); a RAM, not flip-flops.
struct RetryBuffer {
  private let slots: UnsafeMutablePointer<QueuedTLP>
  /// A power of two of at least `places`, so that sequence numbers, modulo 4096, map onto it.
  private let count: Int
  let places: Int

  init(places: Int) {
    self.places = places
    var count = 1
    while count < places { count *= 2 }
    self.count = count
    slots = .allocate(capacity: count)
    slots.initialize(repeating: QueuedTLP(tlp: TLP(header: RawHeader(dwords: .zero)), order: 0), count: count)
  }

  func deallocate() {
    slots.deinitialize(count: count)
    slots.deallocate()
  }

  /// The TLP with this sequence number, where it lies.
  func slot(_ sequence: UInt16) -> UnsafeMutablePointer<QueuedTLP> { slots + (Int(sequence) & (count - 1)) }
}

/// The data credits of the TLPs in a receive buffer, in order, for one class.
struct CreditQueue {
  private let storage: UnsafeMutablePointer<Storage>

  private struct Storage {
    let units: UnsafeMutablePointer<UInt16>
    var head = 0
    var tail = 0
  }

  private let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity + 1
    storage = .allocate(capacity: 1)
    storage.initialize(to: Storage(units: .allocate(capacity: capacity + 1)))
  }

  func deallocate() {
    storage.pointee.units.deallocate()
    storage.deallocate()
  }

  func append(_ units: UInt16) {
    let tail = storage.pointee.tail
    storage.pointee.units[tail] = units
    storage.pointee.tail = tail &+ 1 == capacity ? 0 : tail &+ 1
  }

  /// The sum of the first `count`, which leave.
  func removeFirst(_ count: UInt32) -> UInt16 {
    let units = storage.pointee.units
    var head = storage.pointee.head, sum: UInt16 = 0
    for _ in 0..<count {
      sum &+= units[head]
      head = head &+ 1 == capacity ? 0 : head &+ 1
    }
    storage.pointee.head = head
    return sum
  }

  func removeAll() { storage.pointee.head = storage.pointee.tail }
}
