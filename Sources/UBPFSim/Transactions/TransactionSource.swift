import Device
import PCIe
import Scenario
import Transactions

/// Turns what the components of a system tell into transactions.
///
/// It listens to nobody before ``connect(_:)``: a system that nobody asks pays nothing.
final class TransactionSource {
  let map: TransactionMap
  let feed = TransactionFeed()
  private let driver: DriverTransactions
  private let peers: [PeerTransactions]
  /// By device.
  let commands: [CommandTransactions]
  /// By device.
  let transfers: [DMATransactions]
  /// By device.
  let cores: [CoreTransactions]
  let links: LinkTransactions

  init(_ system: System) {
    var map = TransactionMap()
    let feed = feed
    driver = DriverTransactions(feed, &map, devices: system.spec.devices.map(\.name))
    var commands: [CommandTransactions] = [], transfers: [DMATransactions] = [], cores: [CoreTransactions] = []
    for (node, device) in zip(system.spec.devices, system.devices) {
      commands.append(CommandTransactions(feed, &map, node.name, places: device.commands.commands.count))
      transfers.append(DMATransactions(feed, &map, node.name, channels: device.dma.channels.count))
      cores.append(CoreTransactions(feed, &map, node.name, core: device.core))
    }
    peers = zip(system.spec.peers, system.peers).map { node, peer in
      PeerTransactions(feed, &map, node.name, slots: peer.engine.chunks.count)
    }
    links = LinkTransactions(feed, &map, system.links)
    (self.commands, self.transfers, self.cores, self.map) = (commands, transfers, cores, map)
  }

  /// Lets the driver and the peers of `system` tell what they do. Devices and links, which may have several listeners, are
  /// left to the caller.
  func connect(_ system: System) {
    system.driver.observe(with: driver)
    for (peer, observer) in zip(system.peers, peers) { peer.engine.observe(with: observer) }
  }

  /// Tells what is under way at time 0. Call when all listeners are there, before the run.
  func begin() {
    driver.begin()
    links.begin()
  }
}
