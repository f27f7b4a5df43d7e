/// The scheduler's loop: always the lowest next edge, of equal times the lowest clock.
struct EdgeLoop {
  let kernel: UnsafeMutablePointer<KernelState>
  let domains: [UnsafeMutablePointer<DomainState>]
  let ticking: [UnsafeMutablePointer<Unmanaged<ComponentSlot>>]
  let counts: [Int]
  let skipsIdle: Bool
  let observer: EdgeObserver?

  /// Runs edges up to and including `limit`; also returns the time of the last one, nil when none ran.
  func run(until limit: Picoseconds) -> (Simulation.Outcome, Picoseconds?) {
    var last: Picoseconds?
    while !kernel.pointee.stopRequested {
      guard let next = nextEdge() else { return (.quiescent, last) }
      guard next.time <= limit else { return (.limitReached, last) }
      if limit != .max { kernel.pointee.horizon = min(kernel.pointee.horizon, limit &+ 1) }
      last = runEdge(next.cycle, of: next.domain)
    }
    return (.stopped, last)
  }

  /// The domain with the lowest next edge, and the edge; sets the horizon to the lowest edge of the others.
  @inline(__always) private func nextEdge() -> (domain: Int, cycle: Cycle, time: Picoseconds)? {
    var best = -1, bestCycle: Cycle = 0, bestTime = Picoseconds.max, horizon = Picoseconds.max
    for i in 0..<domains.count {
      let d = domains[i]
      let cycle: Cycle
      if d.pointee.awake != 0 || !skipsIdle {
        cycle = d.pointee.now &+ 1
      } else if d.pointee.soonest != .max {
        cycle = d.pointee.soonest
      } else {
        continue
      }
      let time = cycle &* d.pointee.period
      if best < 0 || time < bestTime {
        horizon = best < 0 ? .max : bestTime
        best = i
        bestCycle = cycle
        bestTime = time
      } else if time < horizon {
        horizon = time
      }
    }
    kernel.pointee.horizon = horizon
    return best < 0 ? nil : (best, bestCycle, bestTime)
  }

  /// Ticks what is due in one domain, or lets one component run on alone; returns the time of the last edge.
  @inline(__always) private func runEdge(_ cycle: Cycle, of index: Int) -> Picoseconds {
    let domain = domains[index], components = ticking[index]
    domain.pointee.now = cycle
    var due = domain.pointee.awake
    if !skipsIdle { due |= counts[index] == 64 ? ~0 : (UInt64(1) &<< UInt64(counts[index])) &- 1 }
    domain.pointee.awake = 0
    if domain.pointee.soonest <= domain.pointee.now { domain.pointee.collectTimers(into: &due) }
    if due & (due &- 1) == 0 && skipsIdle {
      let i = due.trailingZeroBitCount
      let burst = Burst(domain: domain, observer: observer, clock: index, mask: due)
      settle(i, components[i]._withUnsafeGuaranteedRef { $0.burst(burst) }.cycle, domain)
    } else {
      var rest = due
      while rest != 0 {
        let i = rest.trailingZeroBitCount
        rest &= rest &- 1
        settle(i, components[i]._withUnsafeGuaranteedRef { $0.tick(domain.pointee.now) }.cycle, domain)
      }
    }
    let time = domain.pointee.time
    if let observer { observer.edge(clock: index, ticked: due, time: time) }
    return time
  }

  @inline(__always)
  private func settle(_ component: Int, _ wake: Cycle, _ domain: UnsafeMutablePointer<DomainState>) {
    if wake == 0 || wake == domain.pointee.now &+ 1 {
      domain.pointee.awake |= 1 &<< UInt64(component)
      domain.pointee.setOwnWake(of: component, to: .max)
    } else {
      precondition(wake > domain.pointee.now, "a component asked to wake at an edge that is over")
      domain.pointee.setOwnWake(of: component, to: wake)
    }
  }
}
