import SimKernel

/// A TLP in a TLP port, with its place in the order of all classes, and what every link on its way asks of it.
public struct QueuedTLP: Sendable {
  public let tlp: TLP
  /// Packets that went into the port before this one, modulo 2^32.
  public let order: UInt32
  /// Data credits that it takes, in units of 16 bytes (PCI Express Base Specification 2.6.1).
  public let dataCredits: UInt16
  /// Bytes without sequence number, LCRC and framing.
  public let wireBytes: UInt16
  public let flowClass: FlowClass

  @inlinable
  public init(tlp: TLP, order: UInt32) { self.init(tlp: tlp, order: order, as: tlp.header.flowClass) }

  @inlinable
  init(tlp: TLP, order: UInt32, as flowClass: FlowClass) {
    self.tlp = tlp
    self.order = order
    self.flowClass = flowClass
    dataCredits = UInt16(truncatingIfNeeded: tlp.dataCredits)
    wireBytes = UInt16(truncatingIfNeeded: tlp.wireBytes)
  }

  /// The packet of another port, at its place in this one.
  @inline(__always)
  init(_ other: QueuedTLP, order: UInt32) {
    tlp = other.tlp
    self.order = order
    dataCredits = other.dataCredits
    wireBytes = other.wireBytes
    flowClass = other.flowClass
  }
}

/// A wire for TLPs: a port for each flow-control class (PCI Express Base Specification 2.6.1), so that a class that is
/// stuck does not stop the others.
///
/// The receiver sees in which order packets were sent, and takes them in an order that the ordering table allows. Its
/// three queues are the receive buffer of a virtual channel: to take a packet frees its credits.
public struct TLPPort {
  public let output: TLPOut
  public let input: TLPIn

  /// - Parameters:
  ///   - capacity: places for each class
  ///   - latency: cycles from sending to visible
  public init(_ name: String, in simulation: Simulation, clock: Clock, capacity: Capacity, latency: Cycle = 1) {
    func port(_ part: String, _ places: Int) -> Port<QueuedTLP> {
      simulation.port("\(name).\(part)", from: clock, to: clock, capacity: places, latency: latency)
    }
    let posted = port("posted", capacity.posted), nonPosted = port("nonPosted", capacity.nonPosted)
    let completion = port("completion", capacity.completion)
    output = TLPOut(posted: posted.output, nonPosted: nonPosted.output, completion: completion.output)
    input = TLPIn(posted: posted.input, nonPosted: nonPosted.input, completion: completion.input)
  }

  /// Places of a TLP port, by class.
  public struct Capacity: Sendable {
    public var posted: Int
    public var nonPosted: Int
    public var completion: Int

    public init(posted: Int, nonPosted: Int, completion: Int) {
      self.posted = posted
      self.nonPosted = nonPosted
      self.completion = completion
    }

    /// The largest capacity of a class.
    public static var most: Int { Port<QueuedTLP>.mostPlaces }

    /// As many for each class.
    public init(each places: Int) { self.init(posted: places, nonPosted: places, completion: places) }
  }
}

/// The sending end of a TLP port.
public struct TLPOut {
  public let posted: OutPort<QueuedTLP>
  public let nonPosted: OutPort<QueuedTLP>
  public let completion: OutPort<QueuedTLP>

  public init(posted: OutPort<QueuedTLP>, nonPosted: OutPort<QueuedTLP>, completion: OutPort<QueuedTLP>) {
    self.posted = posted
    self.nonPosted = nonPosted
    self.completion = completion
  }

  public var ends: [any PortEnd] { [posted, nonPosted, completion] }

  @inlinable
  public func port(_ flowClass: FlowClass) -> OutPort<QueuedTLP> {
    switch flowClass {
    case .posted: posted
    case .nonPosted: nonPosted
    case .completion: completion
    }
  }

  /// Whether there is room for a packet of this class. When not, the owner is woken as soon as there is.
  @inlinable
  public func canSend(_ flowClass: FlowClass) -> Bool { port(flowClass).canSend }

  /// Sends into the queue of the packet's class; only after `canSend`.
  @inlinable
  public func send(_ tlp: consuming TLP) {
    let flowClass = tlp.header.flowClass
    send(tlp, as: flowClass)
  }

  @inlinable
  func send(_ tlp: consuming TLP, as flowClass: FlowClass) {
    port(flowClass).send(QueuedTLP(tlp: tlp, order: nextOrder, as: flowClass))
  }

  /// Sends a copy of another port's message; only after `canSend`.
  @inline(__always)
  func forward(_ queued: UnsafePointer<QueuedTLP>) {
    port(queued.pointee.flowClass).send(QueuedTLP(queued.pointee, order: nextOrder))
  }

  @inlinable
  var nextOrder: UInt32 { posted.sent &+ nonPosted.sent &+ completion.sent }
}

/// The receiving end of a TLP port.
public struct TLPIn {
  public let posted: InPort<QueuedTLP>
  public let nonPosted: InPort<QueuedTLP>
  public let completion: InPort<QueuedTLP>

  public init(posted: InPort<QueuedTLP>, nonPosted: InPort<QueuedTLP>, completion: InPort<QueuedTLP>) {
    self.posted = posted
    self.nonPosted = nonPosted
    self.completion = completion
  }

  public var ends: [any PortEnd] { [posted, nonPosted, completion] }

  @inlinable
  public func port(_ flowClass: FlowClass) -> InPort<QueuedTLP> {
    switch flowClass {
    case .posted: posted
    case .nonPosted: nonPosted
    case .completion: completion
    }
  }

  /// The packet of this class that came first, where it lies; only for a class that `next` returned.
  @inlinable
  public func head(_ flowClass: FlowClass) -> UnsafePointer<QueuedTLP> { port(flowClass).head }

  /// Whether anything is in the port, visible or still on its way.
  @inlinable
  var isOccupied: Bool { posted.level | nonPosted.level | completion.level != 0 }

  /// Takes the packet of this class that came first.
  @inlinable
  @discardableResult
  public func take(_ flowClass: FlowClass) -> QueuedTLP? { port(flowClass).receive() }

  /// The class whose first packet is to be handled next: the oldest one that is visible, not in `blocked`, and that may
  /// pass all the posted requests ahead of it (PCI Express Base Specification 2.4.1).
  ///
  /// A receiver calls it in a loop, and adds to `blocked` each class whose first packet has to wait.
  @inlinable
  public func next(blocked: FlowClassSet = []) -> FlowClass? {
    blocked.isEmpty ? oldest(posted.hasMessage, nonPosted.hasMessage, completion.hasMessage) : nextUnblocked(blocked)
  }

  /// `next`, when some classes have to wait.
  @usableFromInline
  func nextUnblocked(_ blocked: FlowClassSet) -> FlowClass? {
    let behindPosted = blocked.contains(.posted) && posted.hasMessage
    func mayGo(_ flowClass: FlowClassSet, _ port: InPort<QueuedTLP>) -> Bool {
      !blocked.contains(flowClass) && port.hasMessage && (!behindPosted || passesPosted(port))
    }
    return oldest(mayGo(.posted, posted), mayGo(.nonPosted, nonPosted), mayGo(.completion, completion))
  }

  /// The class, of those that have a packet to offer, whose packet was sent first, modulo 2^32.
  @inlinable
  func oldest(_ hasPosted: Bool, _ hasNonPosted: Bool, _ hasCompletion: Bool) -> FlowClass? {
    var best = FlowClass.posted, bestOrder: UInt32 = 0
    if hasPosted { bestOrder = posted.head.pointee.order }
    if hasNonPosted {
      let order = nonPosted.head.pointee.order
      if !hasPosted || Int32(truncatingIfNeeded: order &- bestOrder) < 0 { (best, bestOrder) = (.nonPosted, order) }
    }
    guard hasCompletion else { return hasPosted || hasNonPosted ? best : nil }
    guard hasPosted || hasNonPosted else { return .completion }
    return Int32(truncatingIfNeeded: completion.head.pointee.order &- bestOrder) < 0 ? .completion : best
  }

  /// Whether the first packet of `port`, which is visible, may pass every posted request that is older.
  private func passesPosted(_ port: InPort<QueuedTLP>) -> Bool {
    let later = port.head
    for index in 0..<posted.level {
      let earlier = posted.message(index)
      guard Int32(truncatingIfNeeded: earlier.pointee.order &- later.pointee.order) < 0 else { return true }
      guard OrderingRules.mayPassPosted(later.pointee.tlp.header, earlier.pointee.tlp.header) else { return false }
    }
    return true
  }
}
