/// How a host finds all functions of a hierarchy and gives them what they need, as firmware and Linux do it: depth
/// first, by configuration requests only (PCI Express Base Specification 7.3, 7.5.1.2.1, 7.5.1.3).
///
/// A value without a simulator in it: whoever owns the root complex asks for the `next` access, does it, and hands back
/// the answer. There are two passes. The first reads what is there and numbers the buses: a bridge gets the next number
/// as secondary bus, 0xff as subordinate bus while what lies below is searched, and the last number used when that is
/// done. The second gives out addresses, which takes all sizes, and writes everything else. Below a port that faces
/// downstream there is device 0 only; on the bus inside a switch all 32 devices are tried, since ports need not be numbered
/// without gaps. Retries while a function is not ready are the root complex's.
public struct Enumerator: Sendable {
  public let parameters: Parameters
  /// In the order of discovery; addresses and vectors are there when `next` has returned nil.
  public internal(set) var functions: [DiscoveredFunction] = []

  /// A bus that is being searched.
  struct BusScan: Sendable {
    /// Index of the bridge above in `functions`; nil for bus 0.
    let bridge: Int?
    /// What is still to be tried, the next one last.
    var pending: [DeviceID]
  }

  private var probe: FunctionProbe?
  var scans: [BusScan] = []
  /// Writes to do before anything else.
  var writes: [ConfigAccess] = []
  private var writesDone = 0
  var lastBus: UInt8 = 0

  public init(_ parameters: Parameters) {
    self.parameters = parameters
    scans = [BusScan(bridge: nil, pending: parameters.rootPorts.reversed())]
    probe = scans[0].pending.popLast().map { FunctionProbe($0, parent: nil, depth: 0) }
  }

  /// The access to do now, the same one until its answer is received; nil when everything is done.
  public func next() -> ConfigAccess? { writesDone < writes.count ? writes[writesDone] : probe?.access }

  /// Takes the answer to `next`.
  /// - Parameters:
  ///   - value: of a read; of any other answer it does not matter
  ///   - status: of the completion; UR, or a read of all ones, tells that there is no function
  public mutating func receive(_ value: UInt32, _ status: CompletionStatus) throws(EnumerationError) {
    if writesDone < writes.count {
      let write = writes[writesDone]
      guard status == .successful else { throw .noAnswer(write.target, register: write.register) }
      writesDone += 1
      return
    }
    try probe?.receive(value, status)
    guard let probe, probe.access == nil else { return }
    self.probe = nil
    (writes, writesDone) = ([], 0)
    if !probe.isAbsent {
      try found(probe.function)
    } else if parameters.rootPorts.contains(probe.function.id) {
      throw .noAnswer(probe.function.id, register: 0)
    }
    try advance()
  }

  /// Goes to the next ID to try, or from the first pass to the second.
  private mutating func advance() throws(EnumerationError) {
    while let scan = scans.last {
      if let id = scans[scans.count - 1].pending.popLast() {
        let bridge = scan.bridge.map { functions[$0] }
        probe = FunctionProbe(id, parent: bridge?.id, depth: bridge.map { $0.depth + 1 } ?? 0)
        return
      }
      scans.removeLast()
      if let bridge = scan.bridge { close(bridge) }
    }
    try allocate()
    writes += try configuration()
  }
}

extension Enumerator {
  /// Notes a function, and begins to search below a bridge.
  private mutating func found(_ function: DiscoveredFunction) throws(EnumerationError) {
    let id = function.id
    if function.isMultiFunction && id.function == 0 {
      scans[scans.count - 1].pending += (1...7).reversed().map {
        DeviceID(bus: id.bus, device: id.device, function: $0)
      }
    }
    functions.append(function)
    guard function.isBridge else { return }
    guard lastBus < parameters.highestBus else { throw .tooManyBuses(id, highest: parameters.highestBus) }
    lastBus += 1
    functions[functions.count - 1].buses = lastBus...parameters.highestBus
    writes.append(busNumbers(of: functions.count - 1))
    // Root port and downstream port: a link, with one device at its other end.
    let devices: ClosedRange<UInt8> = function.portType == 4 || function.portType == 6 ? 0...0 : 0...31
    let pending = devices.reversed().map { DeviceID(bus: lastBus, device: $0, function: 0) }
    scans.append(BusScan(bridge: functions.count - 1, pending: pending))
  }

  /// Everything below the bridge has its number.
  private mutating func close(_ bridge: Int) {
    guard let first = functions[bridge].buses?.lowerBound else { return }
    functions[bridge].buses = first...lastBus
    writes.append(busNumbers(of: bridge))
  }

  private func busNumbers(of bridge: Int) -> ConfigAccess {
    let function = functions[bridge], buses = function.buses ?? 0...0
    return .write(
      function.id, 0x18,
      UInt32(buses.upperBound) << 16 | UInt32(buses.lowerBound) << 8 | UInt32(function.id.bus), byteEnable: 0x7)
  }
}
