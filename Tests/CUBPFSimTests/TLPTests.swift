import CUBPFSimHeader
import EBPF
import PCIe
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
}
