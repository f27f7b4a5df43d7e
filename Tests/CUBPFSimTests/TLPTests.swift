import CUBPFSimHeader
import EBPF
import PCIe
import Replay
import SimKernel
import TestSupport
import Testing
import UBPFSim

/// A design's packets, as they are on the wire.
struct TLPTests {
  /// What the links of a scenario carry.
  private final class Recorder: LinkObserver {
    var packets: [(direction: LinkDirection, link: Int, bytes: [UInt8], start: Picoseconds)] = []

    override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
      packets.append((transmission.direction, transmission.link, transmission.tlp.bytes, transmission.start))
    }
  }

  private func check(
    late: UInt64 = 0, tolerance: UInt64 = .max, dropping: Int? = nil,
    _ change: (Int, inout [UInt8]) -> Void = { _, _ in }
  ) throws -> (bench: Bench, count: Int) {
    let folder = try Folder(), path = try folder.scenario(bytes([.move(0, 1), .exit]), data: Array(0..<200))
    let simulator = try Simulator(scenario: path), recorder = Recorder(), bench = Bench(scenario: path)
    simulator.system.observeLinks(with: recorder)
    try simulator.run()
    var ups = 0
    for packet in recorder.packets {
      var bytes = packet.bytes
      if packet.direction == .up { ups += 1 }
      if packet.direction == .up && ups - 1 == dropping { continue }
      change(packet.direction == .up ? ups - 1 : -1, &bytes)
      _ = ubpfsim_check_tlp(
        bench.handle, simulator.system.links[packet.link].name, packet.direction == .up ? 1 : 0, bytes, bytes.count,
        packet.start + (ups == 5 ? late : 0), tolerance)
    }
    return (bench, recorder.packets.count)
  }

  @Test func theSamePacketsAreTheSame() throws {
    let (bench, count) = try check(tolerance: 0)
    var commits: UInt64 = 9, tlps: UInt64 = 0
    _ = ubpfsim_counts(bench.handle, &commits, &tlps, nil)
    #expect(bench.differences.isEmpty && commits == 0 && tlps == UInt64(count) && count > 20)
    #expect(ubpfsim_finish(bench.handle) == UBPFSIM_OK)
  }

  @Test func aWrongTagIsFound() throws {
    let (bench, _) = try check { up, bytes in if up == 3 { bytes[10] ^= 1 } }
    #expect(bench.differences.count == 1 && bench.differences[0].contains("tag is 0x"), "\(bench.differences)")
  }

  @Test(
    arguments: [(19, 20, true), (20, 20, true), (21, 20, false), (21, UInt64.max, true)] as [(UInt64, UInt64, Bool)])
  func timesMayDifferWithinTheTolerance(late: UInt64, tolerance: UInt64, isSame: Bool) throws {
    let (bench, _) = try check(late: late, tolerance: tolerance)
    #expect(bench.differences.isEmpty == isSame, "\(bench.differences)")
  }

  @Test func aPacketThatIsMissingIsFound() throws {
    let (bench, _) = try check(dropping: 6)
    #expect(!bench.differences.isEmpty)
    #expect(ubpfsim_finish(bench.handle) == UBPFSIM_DIFFERENT)
    #expect(bench.differences.last?.hasPrefix("the design has ended, and the model goes on with link up ") == true)
  }

  // MARK: - Behind a PCI Express block

  private struct Packet {
    let isUp: Bool
    var bytes: [UInt8]

    /// A read or write of memory, or a completion, by byte 0 (2.2.1).
    var isCompletion: Bool { bytes[0] & 0x1f == 0x0a }
  }

  /// A model, and what the user logic of its device gets and sends, each class in its order.
  private func userLogic() throws -> (bench: Bench, packets: [Packet]) {
    let folder = try Folder(), path = try folder.scenario(bytes([.move(0, 1), .exit]), data: Array(0..<200))
    let record = try Simulator(scenario: path).makeStimulus(stallSeed: nil).record
    var packets: [Packet] = []
    for (_, stimulus) in record.stimuli {
      if case .packet(let tlp, forUserLogic: true) = stimulus { packets.append(Packet(isUp: false, bytes: tlp.bytes)) }
    }
    for (_, effect) in record.effects {
      if case .packet(let tlp) = effect { packets.append(Packet(isUp: true, bytes: tlp.bytes)) }
    }
    return (Bench(scenario: path), packets)
  }

  private func check(_ packet: Packet, _ bench: Bench) -> ubpfsim_status {
    ubpfsim_check_tlp(bench.handle, "device", packet.isUp ? 1 : 0, packet.bytes, packet.bytes.count, 0, .max)
  }

  @Test func userLogicSeesNeitherConfigurationNorItsAnswers() throws {
    let (bench, packets) = try userLogic()
    #expect(packets.count { $0.isUp } > 3 && packets.count { !$0.isUp } > 10)
    for packet in packets { #expect(check(packet, bench) == UBPFSIM_OK) }
    #expect(ubpfsim_finish(bench.handle) == UBPFSIM_OK && bench.differences.isEmpty)
  }

  @Test func classesMayPassEachOtherWhereThatIsAllowed() throws {
    for byClass in [0, 1] as [Int32] {
      let (bench, packets) = try userLogic()
      #expect(ubpfsim_set_tlp_rules(bench.handle, byClass, nil) == UBPFSIM_OK)
      // All completions first.
      for packet in packets.filter(\.isCompletion) + packets.filter({ !$0.isCompletion }) { _ = check(packet, bench) }
      #expect((ubpfsim_finish(bench.handle) == UBPFSIM_OK && bench.differences.isEmpty) == (byClass == 1))
    }
    // What is left of a class is left of the whole.
    let (bench, packets) = try userLogic()
    _ = ubpfsim_set_tlp_rules(bench.handle, 1, "")
    for packet in packets where packet.isCompletion { #expect(check(packet, bench) == UBPFSIM_OK) }
    #expect(ubpfsim_finish(bench.handle) == UBPFSIM_DIFFERENT)
    #expect(bench.differences.allSatisfy { $0.hasPrefix("the design has ended, and the model goes on with device ") })
  }

  @Test func fieldsMayBeLeftOut() throws {
    for (ignored, isSame) in [("tag", false), ("attr tc", true), ("", false)] {
      var (bench, packets) = try userLogic()
      #expect(ubpfsim_set_tlp_rules(bench.handle, 0, ignored) == UBPFSIM_OK)
      // Relaxed Ordering, bit 5 of byte 2 (2.2.6.4).
      packets[0].bytes[2] ^= 0x20
      #expect((check(packets[0], bench) == UBPFSIM_OK) == isSame, "\(bench.differences)")
    }
    let (bench, _) = try userLogic()
    #expect(ubpfsim_set_tlp_rules(bench.handle, 0, "tag tga") == UBPFSIM_INVALID)
    #expect(bench.message.hasPrefix("found tga, expected one of type, format, "), "\(bench.message)")
  }
}
