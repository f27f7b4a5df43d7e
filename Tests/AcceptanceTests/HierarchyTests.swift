import Device
import Foundation
import PCIe
import SimKernel
import Testing

@testable import Scenario

/// Follows the sequence numbers of every link: what was sent for the first time, and what a receiver has to accept (PCI
/// Express Base Specification 3.6.3.1). A link that went down begins anew.
private final class SequenceObserver: LinkObserver {
  struct Way: Hashable {
    let link: Int
    let direction: LinkDirection
  }
  private(set) var sent: [Way: UInt16] = [:]
  private(set) var accepted: [Way: UInt16] = [:]
  private(set) var replays = 0

  override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    let way = Way(link: transmission.link, direction: transmission.direction)
    if transmission.isReplay {
      replays += 1
    } else {
      if transmission.sequence != sent[way, default: 0] {
        #expect(transmission.sequence == 0, "a sequence number is missing")
        accepted[way] = 0
      }
      sent[way] = (transmission.sequence + 1) & 0xfff
    }
    guard transmission.fate == .delivered, transmission.sequence == accepted[way, default: 0] else { return }
    accepted[way] = (transmission.sequence + 1) & 0xfff
  }
}

@Suite("The scenarios of hierarchies and faults under traces/")
struct HierarchyTests {
  /// Runs a scenario; a packet that the protocol promised to deliver must have been.
  private static func run(_ name: String) throws -> (document: ScenarioDocument, system: System, replays: Int) {
    let document = try ScenarioDocument.load(path: Traces.scenario(name), checkProgram: System.checkProgram)
    let system = System(document.spec, steps: document.steps), observer = SequenceObserver()
    system.observeLinks(with: observer)
    #expect(system.simulation.run() == .stopped)
    #expect(system.driver.failures == [])
    #expect(observer.sent.count == 2 * system.links.count && observer.sent == observer.accepted)
    for (way, count) in observer.sent {
      // NEXT_RCV_SEQ is with the receiver, at the end that sends the other way.
      let receiver = system.links[way.link].link.end(way.direction == .down ? .up : .down)
      #expect(receiver.expected == count, "\(system.links[way.link].name) \(way.direction)")
    }
    return (document, system, observer.replays)
  }

  /// What successful transfers leave in DATA, and how far it is known.
  private static func image(_ document: ScenarioDocument) -> [UInt8] {
    var image: [UInt8] = []
    for case .loadData(let load) in document.steps.map(\.action) where load.transfer.expectedError == nil {
      let start = Int(load.transfer.offset), end = start + load.transfer.bytes.count
      if image.count < end { image += [UInt8](repeating: 0, count: end - image.count) }
      image.replaceSubrange(start..<end, with: load.transfer.bytes)
    }
    return image
  }

  @Test("faults: names every kind of fault, and what the protocol promises to keep is kept")
  func faults() throws {
    let text = try String(contentsOfFile: Traces.scenario("faults"), encoding: .utf8)
    let missing = InjectKind.allCases.filter { !text.contains("\"kind\": \"\($0.rawValue)\"") }
    #expect(missing == [])
    let (document, system, replays) = try HierarchyTests.run("faults")
    #expect(replays > 50)
    let image = HierarchyTests.image(document)
    #expect(image.count > 1 << 19)
    #expect(system.device.ramArray.read(image.count, at: DeviceMap.data) == image)
    // Faults on the wire are corrected, and noted as such; nothing was lost, so nothing overflowed or timed out there.
    let port = system.host.portStates.pointer[0].bridge.errors
    #expect(port.correctableStatus & 0x10c0 == 0x10c0 && port.uncorrectableStatus & 0x2_2010 == 0)
  }

  @Test("faults: passes as a command, and its report names replays, duplicates and errors")
  func faultsReport() throws {
    let folder = try Folder()
    let outcome = try Command.run([Traces.scenario("faults"), "--report", "r.json"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let pcie = try #require(try folder.json("r.json")["pcie"] as? [String: Any])
    let links = try #require(pcie["links"] as? [[String: Any]]).filter { $0["name"] as? String == "link" }
    #expect(links.map { $0["direction"] as? String } == ["down", "up"])
    let counts = try links.map { (try #require($0["replays"] as? Int), try #require($0["duplicates"] as? Int)) }
    #expect(counts.allSatisfy { replays, duplicates in replays > 0 && (0...replays).contains(duplicates) })
    let port = try #require((pcie["functions"] as? [[String: Any]])?.first)
    #expect(port["name"] as? String == "rootPort0")
    #expect(Set(port["correctable"] as? [String] ?? []).isSuperset(of: ["BadTLP", "BadDLLP", "Timeout"]))
  }

  @Test("p2p: the stream of the drive turns round in the switch, and slows down the DMA beside it")
  func p2p() throws {
    let (document, system, replays) = try HierarchyTests.run("p2p")
    #expect(replays == 0)
    let image = HierarchyTests.image(document)
    #expect(system.device.ramArray.read(image.count, at: DeviceMap.data) == image)
    var windows = 0
    for case .peer(let work) in document.steps.map(\.action) where !work.isRead {
      #expect(system.device.windowArray.read(work.length, at: Int(work.offset)) == work.bytes)
      windows += work.length
    }
    #expect(windows == 320 << 10)
    // 1280 packets of 256 bytes came from the drive; above the switch went none of them.
    func bytes(_ name: String, _ direction: LinkDirection) -> UInt64 {
      system.links.first { $0.name == name }!.link.end(direction).wireBytes
    }
    #expect(bytes("nvmeLink", .up) > UInt64(windows) && bytes("swLink", .up) < UInt64(windows) / 4)
    let loads = system.driver.records.filter { $0.kind == "load_data" && $0.bytes == 256 << 10 }.map(\.latency)
    #expect(loads.count == 4 && loads[0] * 10 > loads[3] * 13)
    #expect(system.peers[0].engine.records.count == (64 + 256 + 256) / 4)
  }
}
