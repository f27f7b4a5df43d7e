import Bench
import SimKernel
import Testing

@testable import PCIe

@Suite struct PeerTests {
  private func run(
    _ commands: [PeerCommand], maxPayload: Int = 256, room: Int = 64, opensAt: Cycle = 0
  ) -> Sink<TLP> {
    let bench = Bench()
    let source = bench.source("commands", PeerCommand.self)
    let rx = bench.source("rx", TLP.self)
    let tx = bench.sink("tx", TLP.self, capacity: room)
    tx.opensAt = opensAt
    bench.add(
      Peer(PeerSpec(), maxPayload: maxPayload, clock: bench.clock, commands: source.end, rx: rx.end, tx: tx.end))
    for command in commands { source.send(command) }
    bench.run(through: opensAt + 500)
    return tx
  }

  private func writes(_ tx: Sink<TLP>) -> [TLPHeader] { tx.messages.compactMap { try? $0.decoded() } }

  /// At most MPS each, none across 4 KiB, and the interrupt behind the data (2.2.7, 2.4.1).
  @Test(arguments: [128, 256])
  func writesInPacketsOfMPS(maxPayload: Int) {
    let tx = run([PeerCommand(address: 0xe080_0f40, data: pattern(700))], maxPayload: maxPayload)
    let headers = writes(tx)
    #expect(headers.allSatisfy { $0.type == .memoryWrite && 4 * $0.lengthDW <= maxPayload })
    #expect(headers.allSatisfy { Int($0.address & 0xfff) + 4 * $0.lengthDW <= 4_096 })
    #expect(tx.messages.dropLast().flatMap(\.payload) == pattern(700))
    #expect(headers.last?.address == 0xfee0_0000)
    #expect(tx.messages.last?.payload == [0x50, 0, 0, 0])
  }

  @Test func unalignedDataKeepsItsBytes() {
    let tx = run([PeerCommand(address: 0xe080_0003, data: [1, 2, 3])])
    let header = writes(tx)[0]
    #expect(header.firstBE == 0b1000 && header.lastBE == 0b0011)
    #expect(tx.messages[0].payload == [0, 0, 0, 1, 2, 3, 0, 0])
  }

  @Test func commandsRunOneAfterTheOther() {
    let tx = run([
      PeerCommand(address: 0xe080_0000, data: [1, 2, 3, 4]), PeerCommand(address: 0xe090_0000, data: [5, 6, 7, 8]),
    ])
    #expect(writes(tx).map(\.address) == [0xe080_0000, 0xfee0_0000, 0xe090_0000, 0xfee0_0000])
  }

  @Test func waitsForTheLink() {
    let tx = run([PeerCommand(address: 0xe080_0000, data: pattern(2_048))], room: 2, opensAt: 100)
    #expect(tx.messages.dropLast().flatMap(\.payload) == pattern(2_048))
  }
}
