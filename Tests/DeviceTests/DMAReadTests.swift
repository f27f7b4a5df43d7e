import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// Transfers from host memory that succeed.
@Suite struct DMAReadTests {
  private let text = DeviceMap.text, data = DeviceMap.data

  /// At most MRRS, none across 4 KiB, the first short so that the later ones are aligned (2.2.7).
  @Test(arguments: [128, 256, 512, 4_096])
  func splitsAtMRRS(maxReadRequest: Int) {
    let test = DMABench(control: .enabled(maxReadRequest: maxReadRequest))
    test.transfer(8_192, from: 0x10_0000, to: data)
    test.bench.run(through: 2_000)
    #expect(test.requests.map(\.length) == Array(repeating: maxReadRequest, count: 8_192 / maxReadRequest))
    #expect(test.ram.read(8_192, at: data) == pattern(8_192, from: 0x10_0000))
    #expect(test.errors == [.none])
  }

  @Test func theFirstRequestOfAnUnalignedTransferIsShort() {
    let test = DMABench()
    test.transfer(1_300, from: 0x10_0f81, to: data)
    test.bench.run(through: 500)
    #expect(test.requests.map(\.address) == [0x10_0f81, 0x10_1000, 0x10_1200, 0x10_1400])
    #expect(test.requests.map(\.length) == [127, 512, 512, 149])
  }

  /// Whatever the alignment on either side, each byte lands at its place and nowhere else.
  @Test(arguments: [0, 1, 2, 3, 63], [1, 2, 31, 32, 33, 515, 4_097])
  func everyByteLands(misalignment: Int, length: Int) {
    for dataPath in [8, 64] {
      let test = DMABench(dataPath: dataPath)
      let source = 0x10_0000 + misalignment, destination = data + 64 + 5 * misalignment
      test.transfer(length, from: UInt64(source), to: destination)
      test.bench.run(through: 3_000)
      #expect(test.ram.read(length, at: destination) == pattern(length, from: source))
      #expect(test.isUntouchedAround(destination, length))
      #expect(test.errors == [.none] && test.state.bytesMoved == UInt64(length))
    }
  }

  @Test func anEmptyTransferIsDoneWithoutARequest() {
    let test = DMABench()
    test.transfer(0, from: 0x10_0000, to: data)
    test.bench.run(through: 50)
    #expect(test.errors == [.none] && test.requests.isEmpty)
  }

  /// No more requests are outstanding than there are tags, and none shares a tag.
  @Test(arguments: [1, 2, 7, 32, 64, 100])
  func tagsLimitWhatIsOutstanding(tags: Int) {
    var spec = DMASpec()
    spec.tags = tags
    let test = DMABench(spec)
    test.answer = { _, _ in (400, .successful) }
    test.transfer(128 * 512, from: 0x10_0000, to: data)
    test.bench.run(through: 300)
    #expect(test.requests.map(\.tag) == (0..<UInt16(tags)).map { $0 })
    test.bench.run(through: 80_000)
    #expect(test.ram.read(128 * 512, at: data) == pattern(128 * 512, from: 0x10_0000))
  }

  /// Completions of different tags come in any order, in parts of any legal size.
  @Test(arguments: [64, 128, 256])
  func dataThatComesOutOfOrderLandsRight(partSize: Int) {
    let test = DMABench()
    test.partSize = partSize
    test.answer = { index, _ in (Cycle(10 + (index * 37) % 61 * 5), .successful) }
    test.transfer(16_000, from: 0x10_0123, to: data + 3)
    test.bench.run(through: 8_000)
    #expect(test.errors == [.none])
    #expect(test.ram.read(16_000, at: data + 3) == pattern(16_000, from: 0x10_0123))
    #expect(test.isUntouchedAround(data + 3, 16_000))
  }

  /// The result means that RAM holds every byte, even while others keep RAM busy.
  @Test func theResultFollowsTheLastByte() {
    var spec = DMASpec()
    spec.finishCycles = 1
    let test = DMABench(spec)
    for cycle in 0..<600 { test.rival.send(.write(0x20_0000, UInt32(cycle))) }
    test.transfer(2_048, from: 0x10_0000, to: data)
    var atResult: [UInt8] = []
    test.results.respond = { _, _ in atResult = test.ram.read(2_048, at: DeviceMap.data) }
    test.bench.run(through: 1_000)
    #expect(atResult == pattern(2_048, from: 0x10_0000))
  }

  /// The record of a transfer: its command, its first data, its last byte.
  @Test func recordsEachTransfer() throws {
    let test = DMABench()
    test.transfer(512, from: 0x10_0000, to: data)
    test.transfer(64, from: 0x10_0000, to: text, at: 300)
    test.bench.run(through: 600)
    let records = test.engine.records
    #expect(records.map(\.bytes) == [512, 64] && records.map(\.error) == [.none, .none])
    #expect(records[0].start == 4_000 && records[0].start < records[0].firstData)
    #expect(records[0].firstData < records[0].end && records[0].end < records[1].start)
  }

  // MARK: the window

  @Test(arguments: [(0 as UInt64, 0, 4_096), (5, 3, 1_000), (31, 32, 33), (0, 7, 1)])
  func movesWindowBytes(source: UInt64, shift: Int, length: Int) {
    for dataPath in [8, 32, 64] {
      let test = DMABench(dataPath: dataPath)
      test.move(length, from: source, to: data + 64 + shift)
      test.bench.run(through: 2_000)
      #expect(test.errors == [.none] && test.requests.isEmpty)
      #expect(test.ram.read(length, at: data + 64 + shift) == pattern(length, from: Int(source)))
      #expect(test.isUntouchedAround(data + 64 + shift, length))
    }
  }

  @Test func movesWhileRAMIsContended() {
    let test = DMABench()
    for cycle in 0..<500 { test.rival.send(.write(0x20_0000, UInt32(cycle))) }
    test.move(8_000, from: 0, to: data)
    test.bench.run(through: 2_000)
    #expect(test.ram.read(8_000, at: data) == pattern(8_000))
  }
}
