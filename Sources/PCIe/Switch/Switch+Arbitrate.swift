extension Switch {
  /// What the arbitration of one cycle works with; nothing of it lasts longer.
  struct Scratch {
    /// The TLP that a port would forward next.
    struct Offer {
      var flowClass: FlowClass
      var header: TLPHeader
      var route: SwitchRoute
    }

    let offers: UnsafeMutablePointer<Offer>
    /// By port where TLPs come in: the classes that cannot go on in this cycle.
    let blocked: UnsafeMutablePointer<FlowClassSet>
    /// By port where TLPs leave: the ports that offer one to it, a bit each, and how many it took.
    let wanted: UnsafeMutablePointer<UInt16>
    let sent: UnsafeMutablePointer<Int>
    private let ports: Int

    init(ports: Int) {
      self.ports = ports
      offers = .allocate(capacity: ports)
      offers.initialize(
        repeating: Offer(flowClass: .posted, header: TLPHeader(.memoryRead), route: .discard), count: ports)
      blocked = .allocate(capacity: ports)
      wanted = .allocate(capacity: ports)
      sent = .allocate(capacity: ports)
      clear()
    }

    func clear() {
      blocked.initialize(repeating: [], count: ports)
      wanted.initialize(repeating: 0, count: ports)
      sent.initialize(repeating: 0, count: ports)
    }

    func deallocate() {
      offers.deallocate()
      blocked.deallocate()
      wanted.deallocate()
      sent.deallocate()
    }
  }
}

extension Switch {
  /// Moves TLPs from the ports where they came in to the ports where they leave, as many as a cycle allows.
  /// - Returns: whether a port could take more in the next cycle.
  func arbitrate() -> Bool {
    scratch.clear()
    var hasMore = false
    for ingress in doors.indices { offer(ingress, &hasMore) }
    var granted = true
    while granted {
      granted = false
      for egress in doors.indices where scratch.wanted[egress] != 0 {
        grant(egress, &hasMore)
        granted = true
      }
    }
    return hasMore
  }

  /// Finds the next TLP at `ingress` that can go on. What nobody is to get ends here.
  private func offer(_ ingress: Int, _ hasMore: inout Bool) {
    let rx = doors[ingress].rx, maxPayload = port(ingress).pointee.bridge.maxPayloadSize
    while let flowClass = rx.next(blocked: scratch.blocked[ingress]) {
      guard let header = try? rx.head(flowClass).pointee.tlp.decoded(maxPayload: maxPayload) else {
        drop(flowClass, from: ingress, as: .malformed)
        continue
      }
      let route = route(header, from: ingress)
      if let egress = egress(of: route, flowClass, from: ingress) {
        if canTake(egress, Self.answers(route) ? .completion : flowClass, &hasMore) {
          scratch.offers[ingress] = Scratch.Offer(flowClass: flowClass, header: header, route: route)
          scratch.wanted[egress] |= 1 << UInt16(ingress)
          return
        }
        scratch.blocked[ingress].insert(FlowClassSet(flowClass))
      } else if case .broadcast = route {
        if !broadcast(&hasMore) { scratch.blocked[ingress].insert(FlowClassSet(flowClass)) }
      } else {
        drop(flowClass, from: ingress, as: route)
      }
    }
  }

  /// The port by which something leaves because of a TLP; nil when nothing does, or by more than one.
  private func egress(of route: SwitchRoute, _ flowClass: FlowClass, from ingress: Int) -> Int? {
    switch route {
    case .forward(let egress), .convert(let egress): egress
    case .reportUpstream: 0
    case .access: ingress
    case .refuse: flowClass == .nonPosted ? ingress : nil
    case .broadcast, .unexpected, .malformed, .terminate, .discard: nil
    }
  }

  /// Whether what leaves is the switch's own completion.
  private static func answers(_ route: SwitchRoute) -> Bool {
    switch route {
    case .access, .refuse: true
    default: false
    }
  }

  private func canTake(_ egress: Int, _ flowClass: FlowClass, _ hasMore: inout Bool) -> Bool {
    guard scratch.sent[egress] < spec.tlpsPerCycle else {
      hasMore = true
      return false
    }
    return doors[egress].tx.canSend(flowClass)
  }

  /// Lets one of the TLPs that are offered to `egress` leave, and has its port offer the next.
  private func grant(_ egress: Int, _ hasMore: inout Bool) {
    let wanted = scratch.wanted[egress]
    let ingress: Int
    if spec.arbitration == .upstreamFirst && wanted & 1 != 0 {
      ingress = 0
    } else {
      let last = UInt16(port(egress).pointee.lastGrant)
      let behind = wanted & ~((2 << last) &- 1)
      ingress = (behind != 0 ? behind : wanted).trailingZeroBitCount
    }
    scratch.wanted[egress] &= ~(1 << UInt16(ingress))
    let offer = scratch.offers[ingress]
    // Another port may have had the last room.
    if canTake(egress, Self.answers(offer.route) ? .completion : offer.flowClass, &hasMore) {
      scratch.sent[egress] += 1
      port(egress).pointee.lastGrant = UInt8(ingress)
      forward(offer, from: ingress)
    } else {
      scratch.blocked[ingress].insert(FlowClassSet(offer.flowClass))
    }
    self.offer(ingress, &hasMore)
  }

  private func forward(_ offer: Scratch.Offer, from ingress: Int) {
    guard var tlp = take(offer.flowClass, from: ingress) else { return }
    switch offer.route {
    case .forward(let egress):
      notePoison(tlp, at: ingress)
      send(tlp, to: egress)
    case .convert(let egress):
      // The ECRC leaves this bit out (Base Specification 2.7.1).
      tlp.header.dwords.x &= ~0x0100_0000
      notePoison(tlp, at: ingress)
      send(tlp, to: egress)
    case .reportUpstream: report(offer.header.messageCode, tlp, from: ingress)
    case .access(let index): access(index, offer.header, tlp)
    default: refuse(offer.header, tlp, from: ingress)
    }
  }

  /// The same message to everybody downstream, when all can take it; false when it has to wait.
  private func broadcast(_ hasMore: inout Bool) -> Bool {
    for egress in 1..<doors.count where port(egress).pointee.linkIsUp {
      guard canTake(egress, .posted, &hasMore) else { return false }
    }
    guard let tlp = take(.posted, from: 0) else { return true }
    for egress in 1..<doors.count where port(egress).pointee.linkIsUp {
      scratch.sent[egress] += 1
      send(tlp, to: egress)
    }
    return true
  }

  private func drop(_ flowClass: FlowClass, from ingress: Int, as route: SwitchRoute) {
    guard let tlp = take(flowClass, from: ingress) else { return }
    switch route {
    case .malformed: record(.malformedTLP, tlp.header, at: ingress)
    case .refuse: record(.unsupportedRequest, tlp.header, at: ingress)
    case .unexpected: record(.unexpectedCompletion, tlp.header, at: ingress, advisory: true)
    case .terminate: return
    default: break
    }
    port(ingress).pointee.discarded &+= 1
  }

  private func take(_ flowClass: FlowClass, from ingress: Int) -> TLP? {
    port(ingress).pointee.received &+= 1
    return doors[ingress].rx.take(flowClass)?.tlp
  }
}
