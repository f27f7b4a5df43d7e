import Bench
import PCIe
import SimKernel
import Testing

@testable import Device

/// Which read requests a transfer becomes, and how many of them are outstanding.
@Suite struct DMARequestTests {
  private let data = DeviceMap.data

  struct Shape: Sendable {
    let aligned: Bool
    let source: UInt64
    let length: Int
    /// Address and length of each request, MRRS being 512.
    let requests: [[UInt64]]
  }

  private static let shapes = [
    // The first one is short, so that the later ones begin at multiples of 512 (2.2.7).
    Shape(
      aligned: true, source: 0x10_0101, length: 1_500,
      requests: [[0x10_0101, 255], [0x10_0200, 512], [0x10_0400, 512], [0x10_0600, 221]]),
    Shape(
      aligned: true, source: 0x10_0104, length: 1_024,
      requests: [[0x10_0104, 252], [0x10_0200, 512], [0x10_0400, 260]]),
    // All are as long as MRRS in whole dwords allows, wherever they begin.
    Shape(
      aligned: false, source: 0x10_0101, length: 1_500,
      requests: [[0x10_0101, 511], [0x10_0300, 512], [0x10_0500, 477]]),
    Shape(aligned: false, source: 0x10_0104, length: 1_024, requests: [[0x10_0104, 512], [0x10_0304, 512]]),
    // None crosses 4 KiB (2.2.7).
    Shape(
      aligned: false, source: 0x10_0f04, length: 1_024,
      requests: [[0x10_0f04, 252], [0x10_1000, 512], [0x10_1200, 260]]),
    Shape(aligned: false, source: 0x10_0fff, length: 2, requests: [[0x10_0fff, 1], [0x10_1000, 1]]),
    Shape(aligned: false, source: 0x10_0103, length: 510, requests: [[0x10_0103, 509], [0x10_0300, 1]]),
  ]

  @Test(arguments: shapes)
  func requestsHaveTheShapeThatTheSpecSays(shape: Shape) {
    var spec = DMASpec()
    spec.alignRequests = shape.aligned
    let test = DMABench(spec)
    test.transfer(shape.length, from: shape.source, to: data + 1)
    test.bench.run(through: 500)
    #expect(test.requests.map { [$0.address, UInt64($0.length)] } == shape.requests)
    #expect(test.ram.read(shape.length, at: data + 1) == pattern(shape.length, from: Int(shape.source)))
    #expect(test.errors == [.none])
  }

  /// `max_request` shortens requests, and MRRS what is longer still.
  @Test(arguments: [64, 128, 256, 512, 1_024, 2_048, 4_096], [128, 512, 4_096])
  func theLongestRequestIsThatOfTheSpecOrOfTheHost(maxRequest: Int, maxReadRequest: Int) {
    var spec = DMASpec()
    spec.maxRequest = maxRequest
    let test = DMABench(spec, control: .enabled(maxReadRequest: maxReadRequest))
    test.transfer(8_192, from: 0x10_0000, to: data)
    test.bench.run(through: 3_000)
    let length = min(maxRequest, maxReadRequest)
    #expect(test.requests.map(\.length) == Array(repeating: length, count: 8_192 / length))
    #expect(test.ram.read(8_192, at: data) == pattern(8_192, from: 0x10_0000))
  }

  // MARK: what the host allows

  /// A function that was never configured sends nothing; the first request goes in the cycle of the first word.
  @Test func nothingIsSentBeforeTheHostConfiguresTheFunction() {
    let test = DMABench(control: nil)
    test.transfer(512, from: 0x10_0000, to: data)
    test.control.send(.enabled(), at: 100)
    test.bench.run(through: 101)
    #expect(test.requests.isEmpty)
    test.bench.run(through: 200)
    #expect(test.reads.cycles == [102] && test.errors == [.none])
  }

  /// The host may allow fewer tags than the engine has (2.2.6.2).
  @Test(arguments: [1, 3, 8, 9])
  func theHostLimitsTheTags(tagLimit: Int) {
    var spec = DMASpec()
    spec.tags = 8
    let test = DMABench(spec, control: .enabled(tagLimit: tagLimit))
    test.answer = { _, _ in (200, .successful) }
    test.transfer(16 * 512, from: 0x10_0000, to: data)
    test.bench.run(through: 150)
    #expect(test.requests.count == min(tagLimit, 8))
    test.bench.run(through: 8_000)
    #expect(test.errors == [.none] && test.requests.count == 16)
  }

  /// What the host changes holds from the next request on.
  @Test func aChangeOfMRRSShortensTheNextRequests() {
    var spec = DMASpec()
    spec.requestInterval = 100
    let test = DMABench(spec)
    test.control.send(.enabled(maxReadRequest: 128), at: 50)
    test.transfer(768, from: 0x10_0000, to: data)
    test.bench.run(through: 1_000)
    #expect(test.requests.map(\.length) == [512, 128, 128])
  }

  /// The interval is that of the engine, whoever's requests they are.
  @Test func theIntervalHoldsBetweenTransfers() {
    var spec = DMASpec()
    spec.requestInterval = 20
    spec.channels = 2
    let test = DMABench(spec)
    for _ in 0..<2 { test.transfer(1_024, from: 0x10_0000, to: data) }
    test.bench.run(through: 500)
    #expect(test.reads.cycles == [6, 26, 46, 66])
  }
}
