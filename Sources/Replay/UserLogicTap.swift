import Device
import PCIe
import SimKernel

/// Shows the packets of a device, and which of them its user logic has to do with: all that lies behind the endpoint, as
/// behind the PCI Express block of an FPGA, which answers configuration requests and refuses what is for nobody.
public struct UserLogicTap {
  /// Packets at an edge of the endpoint's clock.
  public struct Edge {
    /// What the endpoint sees for the first time, and whether it is for the user logic.
    public var received: [(tlp: TLP, isForUserLogic: Bool)] = []
    /// What it sends, and whether it comes from the user logic.
    public var sent: [(tlp: TLP, isFromUserLogic: Bool)] = []
    /// Whether there is something that it sees at the next edge.
    public var isMoreOnItsWay = false
  }

  private let endpoint: Endpoint
  private var received: TLPTap
  private var sent: TLPTap
  /// Packets that the endpoint sees at the next edge.
  private var arriving: [TLP] = []
  /// Requests that the endpoint answers itself.
  private var ownRequests: Set<UInt32> = []

  public init(_ device: DeviceAssembly) {
    endpoint = device.endpoint
    received = TLPTap(endpoint.door.rx)
    sent = TLPTap(endpoint.door.tx)
  }

  /// Call it after each edge of the endpoint's clock, and with none left out.
  public mutating func edge() -> Edge {
    var edge = Edge()
    for tlp in arriving {
      let isForUserLogic = endpoint.passesOn(tlp)
      if !isForUserLogic, let tag = tlp.askedTag { ownRequests.insert(tag) }
      edge.received.append((tlp, isForUserLogic))
    }
    for tlp in sent.new() {
      let isOwn = tlp.answeredTag.map { ownRequests.remove($0) != nil } ?? (tlp.header.type?.isMessage ?? false)
      edge.sent.append((tlp, !isOwn))
    }
    arriving = received.new()
    edge.isMoreOnItsWay = !arriving.isEmpty
    return edge
  }
}

extension Endpoint {
  /// Whether what it sees at this edge goes to what lies behind it, by the configuration after the edge: what goes there
  /// does not change that.
  fileprivate func passesOn(_ tlp: TLP) -> Bool {
    let s = state.pointer.pointee
    guard !s.linkIsDown, let header = try? tlp.decoded(maxPayload: s.config.maxPayloadSize),
      !(header.digest && s.config.checksECRC && !tlp.hasValidECRC)
    else { return false }
    if header.type.isCompletion { return header.requesterID == functionID }
    guard header.type == .memoryRead || header.type == .memoryWrite && !header.poisoned else { return false }
    return header.addressType == .untranslated && s.config.claims(header.address, identity)
  }
}
