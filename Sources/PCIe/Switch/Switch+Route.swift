/// Where a TLP goes.
enum SwitchRoute {
  /// Out by a port, as it is.
  case forward(Int)
  /// A configuration request that has reached its bus: out by a port, as type 0 (Base Specification 7.3.3).
  case convert(Int)
  /// An error message, upstream if the bridges on its way let it through.
  case reportUpstream
  /// A message to everybody downstream.
  case broadcast
  /// A configuration request for the bridge of a port.
  case access(Int)
  /// Nobody takes it: Unsupported Request.
  case refuse
  /// A completion that nobody waits for.
  case unexpected
  /// It breaks a rule that only a switch can see.
  case malformed
  /// It ends here.
  case terminate
  /// It is lost.
  case discard
}

extension Switch {
  /// Where a TLP that came in at `ingress` goes, as the bridges are now.
  func route(_ header: TLPHeader, from ingress: Int) -> SwitchRoute {
    let type = header.type
    if type.isCompletion { return routeCompletion(header, from: ingress) }
    if type.isConfig { return ingress == 0 ? routeConfig(header) : .refuse }
    if type.isMessage { return routeMessage(header, from: ingress) }
    if type.isIO { return ingress == 0 ? .refuse : routeUpstream(from: ingress) }
    return routeAddress(header, from: ingress)
  }

  /// Memory and atomic requests, by the windows of the bridges (7.5.1.3).
  private func routeAddress(_ header: TLPHeader, from ingress: Int) -> SwitchRoute {
    let address = header.address
    if ingress == 0 {
      guard port(0).pointee.bridge.claims(address), let egress = downstream(claiming: address) else { return .refuse }
      return routeDownstream(egress, header)
    }
    // What a bridge lets through downstream, it does not let through upstream, unless a switch below redirected it.
    guard !port(ingress).pointee.bridge.claims(address) else {
      return port(ingress).pointee.bridge.forwardsUpstream ? routeUpstream(from: ingress) : .refuse
    }
    if let egress = downstream(claiming: address) {
      guard port(ingress).pointee.bridge.busMasterEnabled else { return .refuse }
      guard !port(ingress).pointee.bridge.redirectsRequests else { return routeUpstream(from: ingress) }
      return routeDownstream(egress, header)
    }
    return port(0).pointee.bridge.claims(address) ? .refuse : routeUpstream(from: ingress)
  }

  private func downstream(claiming address: UInt64) -> Int? {
    for index in 1..<doors.count where port(index).pointee.bridge.claims(address) { return index }
    return nil
  }

  private func downstream(routing bus: UInt8) -> Int? {
    for index in 1..<doors.count where port(index).pointee.bridge.routes(bus) { return index }
    return nil
  }

  /// Requests go upstream only through bridges with Bus Master Enable (7.5.1.1.3).
  private func routeUpstream(from ingress: Int) -> SwitchRoute {
    guard port(ingress).pointee.bridge.busMasterEnabled, port(0).pointee.bridge.busMasterEnabled else {
      return .refuse
    }
    return port(0).pointee.linkIsUp ? .forward(0) : .refuse
  }

  /// Towards a link that is down non-posted requests are unsupported, and posted ones lost (2.9.1).
  private func routeDownstream(_ egress: Int, _ header: TLPHeader) -> SwitchRoute {
    guard !port(egress).pointee.linkIsUp else { return .forward(egress) }
    return header.type.flowClass == .posted ? .discard : .refuse
  }

  /// Completions, by the bus of the requester (2.2.4.2).
  private func routeCompletion(_ header: TLPHeader, from ingress: Int) -> SwitchRoute {
    let bus = header.requesterID.bus
    var egress = downstream(routing: bus)
    if egress == nil {
      // The bridges themselves ask for nothing.
      if ingress == 0 || port(0).pointee.bridge.routes(bus) { return .unexpected }
      egress = 0
    } else if egress == ingress, port(ingress).pointee.bridge.forwardsUpstream {
      egress = 0
    } else if ingress != 0, port(ingress).pointee.bridge.redirectsCompletions, header.type.carriesData,
      !header.attributes.contains(.relaxedOrdering)
    {
      // So that they do not pass writes that took the way over the root (6.12.1.1).
      egress = 0
    }
    guard let egress, egress != ingress else { return .unexpected }
    return port(egress).pointee.linkIsUp ? .forward(egress) : .discard
  }

  /// Configuration requests from upstream (7.3.3).
  private func routeConfig(_ header: TLPHeader) -> SwitchRoute {
    let target = header.target
    if header.type == .configRead0 || header.type == .configWrite0 {
      return target.function == 0 ? .access(0) : .refuse
    }
    let upstream = port(0).pointee.bridge
    guard upstream.routes(target.bus) else { return .refuse }
    if target.bus == upstream.secondaryBus {
      return target.function == 0 && Int(target.device) < doors.count - 1 ? .access(Int(target.device) + 1) : .refuse
    }
    guard let egress = downstream(routing: target.bus), port(egress).pointee.linkIsUp else { return .refuse }
    guard target.bus == port(egress).pointee.bridge.secondaryBus else { return .forward(egress) }
    // At the other end of a link there is device 0 only (7.3.1).
    return target.device == 0 ? .convert(egress) : .refuse
  }

  /// Messages, by their routing (2.2.8).
  private func routeMessage(_ header: TLPHeader, from ingress: Int) -> SwitchRoute {
    switch header.messageRouting {
    case .toRootComplex:
      guard ingress != 0 else { return .malformed }
      switch header.messageCode {
      case .errorCorrectable, .errorNonFatal, .errorFatal: return .reportUpstream
      default: return port(0).pointee.linkIsUp ? .forward(0) : .discard
      }
    case .broadcastFromRoot: return ingress == 0 ? .broadcast : .malformed
    case .byAddress: return routeAddress(header, from: ingress)
    case .byID: return routeByID(header, from: ingress)
    // Those without a meaning end here as unsupported (2.2.8, 2.2.8.6).
    case .local, .gatheredToRoot:
      return header.isDefinedMessage && header.messageCode != .vendorDefined0 ? .terminate : .refuse
    }
  }

  private func routeByID(_ header: TLPHeader, from ingress: Int) -> SwitchRoute {
    let bus = header.target.bus
    if let egress = downstream(routing: bus) { return egress == ingress ? .refuse : routeDownstream(egress, header) }
    if port(0).pointee.bridge.routes(bus) { return .terminate }
    guard ingress != 0 else { return bus == id(0).bus ? .terminate : .refuse }
    return port(0).pointee.linkIsUp ? .forward(0) : .discard
  }
}
