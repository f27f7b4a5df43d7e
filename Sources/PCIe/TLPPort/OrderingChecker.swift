/// Watches a path that TLPs take, and finds what must not happen to them on the way: that one is lost, comes twice, is
/// altered, or passes a packet that it must not pass (PCI Express Base Specification 2.4.1).
///
/// It is told of each packet where it enters the path and where it leaves it. Packets are known by their contents;
/// of equal ones the oldest leaves first. What a packet costs does not depend on how many are on the path; a hash of
/// each is kept for good.
public struct OrderingChecker {
  /// What went wrong. Packets are named by their number, counted from 0 as they entered.
  public enum Violation: Hashable, Sendable {
    /// `later` left before `earlier`, which it must not pass.
    case passed(later: Int, earlier: Int)
    /// A packet left that is on the path no more: it came before.
    case duplicated(TLP)
    /// A packet left that had not entered so: it is altered, or made up.
    case unknown(TLP)
    /// The packet entered and has not left.
    case lost(Int)
  }

  /// What was found so far, without packets that may still come; see `finish`.
  public private(set) var violations: [Violation] = []
  /// Packets that entered.
  public private(set) var entered = 0
  /// Packets that left and had entered.
  public private(set) var left = 0

  private var onPath = PacketNumbers<ContentKey>()
  private var gone: Set<Int> = []
  /// What later packets may have to stay behind: posted requests, all of them and by who sent them, and completions by
  /// transaction, each for each traffic class.
  private var posted = PacketNumbers<UInt32>()
  private var postedBySender = PacketNumbers<UInt32>()
  private var completions = PacketNumbers<UInt64>()
  private var isOnPath = Flags()

  public init() {}

  /// Packets on the path.
  public var inside: Int { entered - left }

  /// The packet has entered the path.
  public mutating func enter(_ tlp: TLP) {
    let number = entered, header = tlp.header
    entered += 1
    isOnPath.append()
    onPath.append(number, to: ContentKey(tlp: tlp))
    switch header.flowClass {
    case .posted:
      posted.append(number, to: UInt32(header.trafficClass))
      postedBySender.append(number, to: header.senderKey)
    case .completion: completions.append(number, to: header.transactionKey)
    case .nonPosted: break
    }
  }

  /// The packet has left the path.
  public mutating func leave(_ tlp: TLP) {
    let key = ContentKey(tlp: tlp)
    guard let number = onPath.removeFirst(of: key) else {
      violations.append(gone.contains(key.hashValue) ? .duplicated(tlp) : .unknown(tlp))
      return
    }
    gone.insert(key.hashValue)
    isOnPath.clear(number)
    left += 1
    if let earlier = oldestThatStaysAhead(of: tlp.header), earlier < number {
      violations.append(.passed(later: number, earlier: earlier))
    }
  }

  /// All violations, when nothing more comes: what is still on the path is lost.
  public func finish() -> [Violation] { violations + isOnPath.numbers.map(Violation.lost) }

  /// The oldest packet on the path that `header` must not pass if it is older: the ordering table, turned round so that
  /// no packet need be asked.
  private mutating func oldestThatStaysAhead(of header: RawHeader) -> Int? {
    let sibling = header.flowClass == .completion ? completions.first(of: header.transactionKey, in: isOnPath) : nil
    guard let ahead = oldestPosted(ahead: header) else { return sibling }
    return min(ahead, sibling ?? ahead)
  }

  /// Column 2 of the table: every posted request stays ahead, or those of the same sender, or none.
  private mutating func oldestPosted(ahead header: RawHeader) -> Int? {
    if header.passesAnyPosted { return nil }
    return header.attributes.contains(.idBasedOrdering)
      ? postedBySender.first(of: header.senderKey, in: isOnPath)
      : posted.first(of: UInt32(header.trafficClass), in: isOnPath)
  }
}

extension RawHeader {
  /// Relaxed Ordering, where it has a meaning (2.4.1: A2b, C2b, D2b).
  fileprivate var passesAnyPosted: Bool {
    attributes.contains(.relaxedOrdering) && (flowClass != .nonPosted || hasPayload)
  }

  fileprivate var senderKey: UInt32 { UInt32(trafficClass) << 16 | UInt32(sender) }

  fileprivate var transactionKey: UInt64 { UInt64(trafficClass) << 32 | UInt64(transaction) }
}

/// A TLP as a key; hashes its payload as one run of bytes.
private struct ContentKey: Hashable {
  let tlp: TLP

  static func == (left: ContentKey, right: ContentKey) -> Bool { left.tlp == right.tlp }

  func hash(into hasher: inout Hasher) {
    let dwords = tlp.header.dwords
    hasher.combine(UInt64(dwords.x) << 32 | UInt64(dwords.y))
    hasher.combine(UInt64(dwords.z) << 32 | UInt64(dwords.w))
    tlp.payload.withUnsafeBytes { hasher.combine(bytes: $0) }
    if let extras = tlp.extras { hasher.combine(extras) }
  }
}

/// Numbers of packets that rise, for each of many keys.
private struct PacketNumbers<Key: Hashable> {
  private struct Queue {
    var numbers: [Int] = []
    var head = 0

    mutating func dropFirst() {
      head += 1
      // Half of the space at most is waste.
      if head > 32, 2 * head > numbers.count {
        numbers.removeFirst(head)
        head = 0
      }
    }
  }

  private var queues: [Key: Queue] = [:]

  mutating func append(_ number: Int, to key: Key) { queues[key, default: Queue()].numbers.append(number) }

  /// The first number of a key, taken out.
  mutating func removeFirst(of key: Key) -> Int? {
    guard var queue = queues.removeValue(forKey: key) else { return nil }
    let number = queue.numbers[queue.head]
    queue.dropFirst()
    if queue.head < queue.numbers.count { queues[key] = queue }
    return number
  }

  /// The first number of a key whose flag is set; those before it are forgotten.
  mutating func first(of key: Key, in flags: Flags) -> Int? {
    guard let place = queues.index(forKey: key) else { return nil }
    while queues.values[place].head < queues.values[place].numbers.count {
      let number = queues.values[place].numbers[queues.values[place].head]
      if flags[number] { return number }
      queues.values[place].dropFirst()
    }
    queues.remove(at: place)
    return nil
  }
}

/// A flag for each packet number, set when it is appended; those before the first that is set take no memory.
private struct Flags {
  private var flags: [Bool] = []
  /// The number of the first flag kept.
  private var base = 0
  private var firstSet = 0

  subscript(number: Int) -> Bool { number >= base && flags[number - base] }

  mutating func append() { flags.append(true) }

  mutating func clear(_ number: Int) {
    flags[number - base] = false
    while firstSet < flags.count, !flags[firstSet] { firstSet += 1 }
    guard firstSet > 1_024, 2 * firstSet > flags.count else { return }
    flags.removeFirst(firstSet)
    base += firstSet
    firstSet = 0
  }

  /// The numbers whose flag is set.
  var numbers: [Int] { flags.indices.filter { flags[$0] }.map { base + $0 } }
}
