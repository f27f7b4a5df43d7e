/// Where transactions of one kind happen: they follow one another, two of one lane are never under way together.
public struct TransactionLane: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// Steps of the scenario, as the driver performs them.
    case steps
    /// Moments only: interrupts at the CPU, resets of a device.
    case moments
    /// Commands of a device or peer.
    case commands
    /// Runs of a core.
    case runs
    /// Transfers of a DMA engine.
    case transfers
    /// Chunks of a peer.
    case chunks
    /// TLPs in one direction of a link. Each has a detail `wire_bytes`.
    case packets
    /// What a component is doing; one state follows the other without a gap.
    case states
  }

  /// The component, as traces and reports name it.
  public let component: String
  /// What tells it from the other lanes of its component.
  public let name: String
  public let kind: Kind

  public init(_ component: String, _ name: String, _ kind: Kind) {
    self.component = component
    self.name = name
    self.kind = kind
  }
}

/// A number that changes as transactions come and go; 0 at first.
public struct TransactionCounter: Hashable, Sendable {
  /// The component, as traces and reports name it.
  public let component: String
  /// What is counted, with its unit where it is no count.
  public let name: String

  public init(_ component: String, _ name: String) {
    self.component = component
    self.name = name
  }
}

/// All lanes and counters of a system. Events name them by their positions.
public struct TransactionMap: Sendable {
  public private(set) var lanes: [TransactionLane] = []
  public private(set) var counters: [TransactionCounter] = []

  public init(lanes: [TransactionLane] = [], counters: [TransactionCounter] = []) {
    self.lanes = lanes
    self.counters = counters
  }

  /// - Returns: the position of the new lane
  public mutating func add(_ lane: TransactionLane) -> Int {
    lanes.append(lane)
    return lanes.count - 1
  }

  /// - Returns: the position of the new counter
  public mutating func add(_ counter: TransactionCounter) -> Int {
    counters.append(counter)
    return counters.count - 1
  }
}
