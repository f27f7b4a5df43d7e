import SimKernel

/// What the host tells a peer to do: write `data` to a bus address, then raise an interrupt.
public struct PeerCommand: Sendable {
  public let address: UInt64
  public let data: [UInt8]

  public init(address: UInt64, data: [UInt8]) {
    self.address = address
    self.data = data
  }
}

/// Every flip-flop of the peer.
public struct PeerState: TracedState {
  public var active = false
  /// The edge at which the next write may go.
  public var nextAt: UInt64 = 0
  /// Bytes sent of the command at the head.
  public var sent: UInt32 = 0

  public static var signals: [SignalDeclaration<PeerState>] {
    [.flag("active", \.active), .counter("nextAt", \.nextAt), .counter("sent", \.sent)]
  }
}

/// A peer endpoint that writes into another device's BAR by its own DMA. Its completion interrupt is a memory write on the
/// same path, so it cannot overtake the data (Base Specification 2.4.1: posted never passes posted).
public final class Peer: Component {
  public let clock: Clock
  public let state = FlipFlops(PeerState())
  public let ports: [any PortEnd]
  private let spec: PeerSpec
  private let maxPayload: Int
  private let commands: InPort<PeerCommand>
  private let rx: InPort<TLP>
  private let tx: OutPort<TLP>

  public static let bus: UInt8 = 2
  private static let id = DeviceID(bus: bus, device: 0, function: 0)
  /// The vector that says a command is done.
  public static let doneVector: UInt32 = 0x50

  public init(
    _ spec: PeerSpec, maxPayload: Int, clock: Clock, commands: InPort<PeerCommand>, rx: InPort<TLP>, tx: OutPort<TLP>
  ) {
    self.spec = spec
    self.maxPayload = maxPayload
    self.clock = clock
    self.commands = commands
    self.rx = rx
    self.tx = tx
    ports = [commands, rx, tx]
  }

  public func tick(_ now: Cycle) -> Wake {
    // Nothing is ever asked of the peer, and its writes are posted: what arrives is dropped.
    while rx.receive() != nil {}
    guard commands.hasMessage else { return .onInput }
    let s = state.pointer
    if !s.pointee.active {
      s.pointee.active = true
      s.pointee.sent = 0
      s.pointee.nextAt = now + spec.startCycles
    }
    guard now >= s.pointee.nextAt else { return .at(s.pointee.nextAt) }
    guard tx.canSend else { return .onInput }
    sendNext(commands.head)
    s.pointee.nextAt = now + spec.writeInterval
    return .next
  }

  private func sendNext(_ command: UnsafePointer<PeerCommand>) {
    let s = state.pointer
    let sent = Int(s.pointee.sent), total = command.pointee.data.count
    guard sent < total else {
      let vector = Self.doneVector
      tx.send(
        .memoryWrite(
          address: RootComplex.interruptRange.lowerBound, data: [UInt8(vector), 0, 0, 0], requester: Self.id))
      s.pointee.active = false
      _ = commands.receive()
      return
    }
    let address = command.pointee.address + UInt64(sent)
    let length = RequestSplitter.nextRequestLength(address: address, remaining: total - sent, limit: maxPayload)
    tx.send(
      .memoryWrite(address: address, data: Array(command.pointee.data[sent..<sent + length]), requester: Self.id))
    s.pointee.sent += UInt32(length)
  }
}
