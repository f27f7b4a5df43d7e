import Check
import PCIe
import Replay
import SimKernel

extension Simulator {
  /// The devices, by whose names ``observeUserLogic(_:)`` tells of packets.
  var userLogicNames: [String] { document.spec.devices.map(\.name) }

  /// Lets `tell` hear of each packet that passes between the endpoint of a device and the user logic behind it, as of one on
  /// a link that has the name of the device. Call before the simulation runs.
  func observeUserLogic(_ tell: @escaping (TLPLogRecord) -> Void) {
    let taps = zip(userLogicNames, system.devices).map { ($0, UserLogicTap($1)) }
    observeEdges(with: UserLogicEars(taps, tell))
  }
}

private final class UserLogicEars: EdgeObserver {
  private var taps: [(name: String, tap: UserLogicTap)]
  private let tell: (TLPLogRecord) -> Void

  init(_ taps: [(name: String, tap: UserLogicTap)], _ tell: @escaping (TLPLogRecord) -> Void) {
    self.taps = taps
    self.tell = tell
    super.init()
  }

  override func edge(clock: Int, ticked: UInt64, time: Picoseconds) {
    // The first clock is that of the endpoints.
    guard clock == 0 else { return }
    for index in taps.indices {
      let name = taps[index].name, edge = taps[index].tap.edge()
      for (tlp, isForUserLogic) in edge.received where isForUserLogic {
        tell(TLPLogRecord(tlp, link: name, direction: .down, start: time))
      }
      for (tlp, isFromUserLogic) in edge.sent where isFromUserLogic {
        tell(TLPLogRecord(tlp, link: name, direction: .up, start: time))
      }
    }
  }
}
