import CLZ4
import TestSupport
import Testing

@testable import Waveform

/// What the packer makes of chains of counters is unpacked by LZ4's own library.
struct RowPackerTests {
  private static func chain(width: Int, entries: Int, _ entry: (Int) -> (steps: UInt32, value: UInt64)) -> FSTChain {
    var chain = FSTChain()
    let signal = FSTSignal(.bits(width), frameOffset: 0)
    for index in 0..<entries {
      var place = chain.reserve(16)
      let (steps, value) = entry(index)
      storeVarint(steps << 1, at: &place)
      for byte in (0..<signal.valueBytes).reversed() {
        place.pointee = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
        place += 1
      }
      chain.commit(place)
    }
    return chain
  }

  /// Packs and unpacks `chain`.
  /// - Returns: the packed bytes, nil when the chain is left to LZ4's own search
  private static func pack(_ chain: FSTChain, width: Int) throws -> Int? {
    guard let packer = RowPacker(chain, FSTSignal(.bits(width), frameOffset: 0)) else { return nil }
    var block = ByteBuffer()
    block.reserve(packer.bound)
    let count = packer.pack(to: block.end)
    #expect(count <= packer.bound - 16)
    let unpacked = UnsafeMutablePointer<UInt8>.allocate(capacity: chain.count)
    defer { unpacked.deallocate() }
    let size = UnsafeMutableRawPointer(block.base).withMemoryRebound(to: CChar.self, capacity: count) { packed in
      UnsafeMutableRawPointer(unpacked).withMemoryRebound(to: CChar.self, capacity: chain.count) {
        LZ4_decompress_safe(packed, $0, Int32(count), Int32(chain.count))
      }
    }
    try #require(Int(size) == chain.count)
    #expect((0..<chain.count).allSatisfy { unpacked[$0] == chain.base[$0] })
    return count
  }

  @Test("a counter takes five bytes an entry", arguments: [33, 40, 48, 56, 64])
  func counters(width: Int) throws {
    for entries in 320..<400 {
      let chain = Self.chain(width: width, entries: entries) { (1, UInt64($0) &* 3) }
      defer { chain.deallocate() }
      let count = try #require(try Self.pack(chain, width: width))
      #expect(count < 5 * entries + 64)
    }
  }

  @Test("steps and values of any kind", arguments: 1...40)
  func mixed(seed: UInt64) throws {
    var random = SeededRandom(state: seed)
    let width = Int.random(in: 33...64, using: &random), period = Int.random(in: 1...12, using: &random)
    let rare = Int.random(in: 1...200, using: &random)
    var values = (0..<period).map { _ in UInt64.random(in: 0...UInt64.max >> UInt64(64 - width), using: &random) }
    let strides = (0..<period).map { _ in UInt64.random(in: 0...300, using: &random) }
    let chain = Self.chain(width: width, entries: Int.random(in: 1500...5000, using: &random)) { index in
      values[index % period] &+=
        index > 1000 && Int.random(in: 0..<rare, using: &random) == 0
        ? UInt64.random(in: 0...UInt64.max, using: &random) : strides[index % period]
      let isLong = index > 100 && Int.random(in: 0..<rare, using: &random) == 0
      return (
        isLong ? UInt32.random(in: 0...UInt32.max >> 1, using: &random) : 1 + UInt32(index % 2), values[index % period]
      )
    }
    defer { chain.deallocate() }
    // Strides of 0 leave chains to LZ4, which not all of these are.
    let count = try Self.pack(chain, width: width)
    #expect(count != nil || period == 1 || strides.filter { $0 > 0 }.count * 4 <= 2 * period)
  }

  @Test("an entry of another size in the middle, and an end that never looks like the beginning of one")
  func shifted() throws {
    for tail in 0..<40 {
      var chain = Self.chain(width: 64, entries: 400) { (1, UInt64($0)) }
      defer { chain.deallocate() }
      var place = chain.reserve(1 + 9 * 40 + tail)
      place.pointee = 3
      place += 1
      for entry in 0..<40 {
        storeVarint(2, at: &place)
        place.update(repeating: 0xFF, count: 8)
        place += 8
        if entry == 39 {
          place.update(repeating: 0xFF, count: tail)
          place += tail
        }
      }
      chain.commit(place)
      #expect(try Self.pack(chain, width: 64) != nil)
    }
  }

  @Test("random values, constant ones and small chains are left to LZ4")
  func others() throws {
    var random = SeededRandom(state: 7)
    let noise = Self.chain(width: 64, entries: 2000) { _ in (1, UInt64.random(in: 0...UInt64.max, using: &random)) }
    let periodic = Self.chain(width: 64, entries: 2000) { (1, UInt64($0 % 5)) }
    let small = Self.chain(width: 64, entries: 200) { (1, UInt64($0)) }
    let narrow = Self.chain(width: 32, entries: 2000) { (1, UInt64($0)) }
    for (chain, width) in [(noise, 64), (periodic, 64), (small, 64), (narrow, 32)] {
      #expect(try Self.pack(chain, width: width) == nil)
      chain.deallocate()
    }
  }
}
