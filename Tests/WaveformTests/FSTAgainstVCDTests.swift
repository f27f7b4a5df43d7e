import TestSupport
import Testing
import TraceSupport
import Waveform

/// Both writers tell the same story: what fst2vcd makes of the FST file equals what our VCD file says.
@Suite(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
struct FSTAgainstVCDTests {
  let folder = try! TemporaryFolder()

  private func write(_ stream: EventStream, sectionBytes: Int) throws -> (fst: VCDCanonical, vcd: VCDCanonical) {
    let fst = folder.file("trace.fst")
    let vcd = folder.file("trace.vcd")
    try stream.write(to: FSTWriter(path: fst, sectionBytes: sectionBytes))
    try stream.write(to: VCDWriter(path: vcd))
    return (try FST2VCD.read(fst), VCDCanonical(parsing: try readText(vcd)))
  }

  @Test(arguments: [1, 2, 3])
  func randomStreamInOneSection(seed: UInt64) throws {
    let (fst, vcd) = try write(.random(seed: seed, steps: 3000), sectionBytes: 8 << 20)
    #expect(fst == vcd)
  }

  @Test(arguments: [4, 5])
  func randomStreamInManySections(seed: UInt64) throws {
    let (fst, vcd) = try write(.random(seed: seed, steps: 40_000), sectionBytes: 4096)
    #expect(fst == vcd)
  }

  @Test func aSectionPerGrowth() throws {
    let (fst, vcd) = try write(.random(seed: 6, steps: 2000), sectionBytes: 1)
    #expect(fst == vcd)
  }

  @Test func traceThatStartsLate() throws {
    let (fst, vcd) = try write(.random(seed: 7, steps: 9000, startTime: 123_456_789), sectionBytes: 4096)
    #expect(fst == vcd)
    #expect(fst.signals[0].changes[0].time == 123_456_789)
  }

  @Test func valuesAreTheOnesGiven() throws {
    let (fst, vcd) = try write(.counter(steps: 3), sectionBytes: 4096)
    #expect(fst == vcd)
    #expect(fst.timescale == "1ps")
    #expect(fst.signals.map(\.path) == ["top.counter.clk", "top.counter.count [7:0]"])
    #expect(fst.signals[0].changes.map(\.time) == [0, 1000, 2000, 3000])
    #expect(fst.signals[0].changes.map(\.value) == ["0", "1", "0", "1"])
    #expect(fst.signals[1].changes.map(\.value) == ["00000000", "00000001", "00000010", "00000011"])
    #expect(fst.endTime == 4000)
  }

  /// Three lines of words, of which some go nowhere, and some change several times in one time step.
  @Test func watchedMemory() throws {
    let live = UnsafeMutableRawPointer.allocate(byteCount: 192, alignment: 64)
    defer { live.deallocate() }
    let values = live.bindMemory(to: UInt64.self, capacity: 24)
    func write(_ writer: some WaveformWriter) throws {
      var random = SeededRandom(state: 17)
      for word in 0..<24 { values[word] = random.next() }
      let handles = (0..<20).map { word -> WordHandle? in
        if word % 3 == 2 { return nil }
        let fields = [(0, 1), (3, 20), (30, 34)].map { shift, width in
          WordField(
            writer.addVariable(
              "w\(word)_\(shift)", width: width, enumeration: nil, initial: values[word] >> UInt64(shift)),
            shift: shift)
        }
        return writer.addWord(fields, initial: values[word])
      }
      let nowhere = writer.addWord([], initial: 0)
      let memory = WatchedMemory(live, words: handles)
      defer { memory.deallocate() }
      try writer.start(at: 0)
      var time: UInt64 = 0
      for step in 0..<UInt64(20_000) {
        if random.flag() { time += 1 + UInt64(random.below(3)) }
        for _ in 0..<random.below(4) { values[random.below(24)] = random.flag() ? step : random.next() }
        _ = writer.record(memory, at: time)
        writer.change(nowhere, to: step)
      }
      try writer.close(at: time)
    }
    let fst = folder.file("trace.fst"), vcd = folder.file("trace.vcd")
    try write(FSTWriter(path: fst, sectionBytes: 100_000))
    try write(VCDWriter(path: vcd))
    #expect(try FST2VCD.read(fst) == VCDCanonical(parsing: readText(vcd)))
  }

  @Test func traceWithoutChanges() throws {
    var stream = EventStream.counter(steps: 0)
    stream.modules[0].signals[1].initial = 0xA5
    let (fst, vcd) = try write(stream, sectionBytes: 4096)
    #expect(fst == vcd)
    #expect(fst.signals[1].changes == [.init(time: 0, value: "10100101")])
  }

  @Test func traceThatEndsWhenItBegins() throws {
    var stream = EventStream.counter(steps: 0)
    stream.endTime = 0
    let (fst, vcd) = try write(stream, sectionBytes: 4096)
    #expect(fst == vcd)
    #expect(fst.endTime == 0)
    #expect(fst.signals.allSatisfy { $0.changes.count == 1 })
  }

  @Test func changesAtTheStartTimeReplaceInitialValues() throws {
    var stream = EventStream.counter(steps: 0)
    stream.events = [.advance(0), .change(signal: 1, value: 7), .advance(0), .change(signal: 1, value: 9)]
    let (fst, vcd) = try write(stream, sectionBytes: 4096)
    #expect(fst == vcd)
    #expect(fst.signals[1].changes == [.init(time: 0, value: "00001001")])
  }

  @Test func hugeTimeSteps() throws {
    var stream = EventStream.counter(steps: 0)
    for (number, time) in ([1, 1 << 20, 1 << 40, 1 << 63, .max - 1] as [UInt64]).enumerated() {
      stream.events += [.advance(time), .change(signal: 1, value: UInt64(number + 1))]
    }
    stream.endTime = .max
    let (fst, vcd) = try write(stream, sectionBytes: 4096)
    #expect(fst == vcd)
    #expect(fst.signals[1].changes.count == 6)
  }

  /// A signal that changes once per many thousand steps needs a step difference of several bytes.
  @Test func rareChangesInOneSection() throws {
    var stream = EventStream.counter(steps: 100_000)
    stream.modules[0].signals += [.init(name: "rare", width: 1), .init(name: "rareWord", width: 33)]
    for place in [90_000, 30_000, 200, 70] {
      stream.events.insert(
        contentsOf: [.change(signal: 2, value: 1), .change(signal: 3, value: 1 << 32)], at: place * 3)
      stream.events.insert(
        contentsOf: [.change(signal: 2, value: 0), .change(signal: 3, value: 3)], at: (place - 50) * 3)
    }
    let (fst, vcd) = try write(stream, sectionBytes: 8 << 20)
    #expect(fst == vcd)
    #expect(fst.signals[2].changes.count == 8)
  }

  /// Many signals change at every step: growing chains, not the number of steps, ends sections.
  @Test func burstsOfChanges() throws {
    let count = 1000
    var stream = EventStream(
      testDescription: "burst",
      modules: [("wide", (0..<count).map { .init(name: "word\($0)", width: 64) })], endTime: 1_000_000)
    for step in 1...100 {
      stream.events.append(.advance(UInt64(step) * 500))
      stream.events += (0..<count).map { .change(signal: $0, value: UInt64($0 * step)) }
    }
    let (fst, vcd) = try write(stream, sectionBytes: 1 << 16)
    #expect(fst == vcd)
  }

  /// Signals that change alike, as along a pipeline's clock tree, share one chain. Pairs take turns here, so that
  /// aliases refer to different signals, follow each other, and have silent signals in between.
  /// Batches so large that the writer's thread and the caller take turns.
  @Test(.timeLimit(.minutes(2))) func moreAtOnceThanTheCachesHold() throws {
    func write(_ writer: some WaveformWriter) throws {
      let signals = (0..<1000).map { writer.addVariable("s\($0)", width: 8, enumeration: nil, initial: 0) }
      try writer.start(at: 0)
      for time in 1...2500 as ClosedRange<UInt64> {
        writer.advance(to: time)
        for signal in signals where (UInt64(signal.index) &+ time) % 3 != 0 { writer.change(signal, to: time / 64) }
      }
      try writer.close(at: 2500)
    }
    let fst = folder.file("trace.fst"), vcd = folder.file("trace.vcd")
    try write(FSTWriter(path: fst))
    try write(VCDWriter(path: vcd))
    #expect(try FST2VCD.read(fst) == VCDCanonical(parsing: readText(vcd)))
  }

  @Test func signalsThatChangeAlikeAreStoredOnce() throws {
    func stream(copies: Int) -> EventStream {
      var random = SeededRandom(state: 8)
      let count = copies * 4
      var stream = EventStream(
        testDescription: "copies", modules: [("copies", (0..<count).map { .init(name: "s\($0)", width: 32) })])
      for step in 1...2000 as ClosedRange<UInt64> {
        stream.events.append(.advance(step * 10))
        let kinds = (0..<4).map { _ in UInt64.random(in: 0..<1 << 32, using: &random) }
        // Kind 3 never changes; copies 3 to 5 of a kind stand side by side.
        for signal in 0..<count where signal % 4 != 3 {
          let kind = (12..<24).contains(signal) ? 1 : signal % 4
          stream.events.append(.change(signal: signal, value: kinds[kind]))
        }
      }
      stream.endTime = 20_010
      return stream
    }
    _ = try write(stream(copies: 1), sectionBytes: 1 << 20)
    let single = try readBytes(folder.file("trace.fst")).count
    let (fst, vcd) = try write(stream(copies: 20), sectionBytes: 1 << 20)
    let many = try readBytes(folder.file("trace.fst")).count
    #expect(fst == vcd)
    #expect(many < single * 2)
  }
}
