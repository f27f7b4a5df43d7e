import CLibFST
import Foundation
import TestSupport
import Testing
import TraceSupport
import WaveReader
import Waveform

/// Everything a dump can have, said by our two writers and by GTKWave's library, says the same.
@Suite(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
struct RichStreamTests {
  let folder = try! TemporaryFolder()

  private func options(sectionBytes: Int, _ packing: WaveformOptions.Packing = .lz4) -> WaveformOptions {
    var options = WaveformOptions()
    options.sectionBytes = sectionBytes
    options.packing = packing
    return options
  }

  @Test(arguments: [1, 2, 3, 4], [256, 20_000, 4 << 20])
  func bothFormatsSayTheSame(seed: UInt64, sectionBytes: Int) throws {
    let stream = RichStream.random(seed: seed, steps: 400)
    let fst = folder.file("t.fst"), vcd = folder.file("t.vcd")
    try stream.write(to: FSTWriter(path: fst, options: options(sectionBytes: sectionBytes)))
    try stream.write(to: VCDWriter(path: vcd))
    let story = try FST2VCD.read(fst)
    let difference = try story.difference(from: VCDCanonical(parsing: readText(vcd)))
    #expect(difference == nil, "\(difference ?? "")")
    #expect(story.endTime == stream.endTime)
    #expect(story.signals.count == stream.signals.count + stream.aliases.count)
    #expect(story.signals.allSatisfy { !$0.changes.isEmpty || $0.kind == "event" })
  }

  @Test(
    .enabled(if: LibFST.isAvailable, "SKIPPED: libfst, from the Debian package verilator, is not installed"),
    arguments: [5, 6, 7, 8], [WaveformOptions.Packing.lz4, .zlib(level: 6)])
  func libfstSaysTheSame(seed: UInt64, packing: WaveformOptions.Packing) throws {
    let stream = RichStream.random(seed: seed, steps: 600)
    let ours = folder.file("ours.fst"), theirs = folder.file("theirs.fst")
    try stream.write(to: FSTWriter(path: ours, options: options(sectionBytes: 30_000, packing)))
    stream.writeWithLibFST(path: theirs)
    let difference = try FST2VCD.read(ours).difference(from: FST2VCD.read(theirs))
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test func zlibMakesSmallerFiles() throws {
    let stream = RichStream.random(seed: 9, steps: 2000)
    let quick = folder.file("quick.fst"), small = folder.file("small.fst")
    try stream.write(to: FSTWriter(path: quick))
    try stream.write(to: FSTWriter(path: small, options: options(sectionBytes: 2 << 20, .zlib(level: 9))))
    #expect(try readBytes(small).count < readBytes(quick).count)
  }

  @Test func declarationsArriveInTheFile() throws {
    let path = folder.file("t.fst")
    try RichStream.random(seed: 10, steps: 3).write(to: FSTWriter(path: path))
    let text = try FST2VCD.convert(path, extensions: true)
    #expect(text.contains("$comment\n\twhat it is\n$end"))
    #expect(text.contains("$scope struct inner $end"))
    // The path gets the number 1, which the scope's source refers to, with the line.
    #expect(text.contains("$attrbegin misc 03 device.sv 1 $end\n$attrbegin misc 04 1 12 $end\n$scope module top $end"))
    let scopes = try WaveFile(path: path).hierarchy.scopes
    #expect(scopes.map(\.component) == ["Device", ""])
  }

  @Test func aGapIsMarkedAndNothingInItIsKept() throws {
    func write(_ writer: some WaveformWriter) throws {
      let signal = writer.addVariable("s", width: 8, enumeration: nil, initial: 1)
      try writer.start(at: 0)
      for (time, value) in [(10, 2), (20, 3)] as [(UInt64, UInt64)] {
        writer.advance(to: time)
        writer.change(signal, to: value)
      }
      writer.suspend()
      writer.suspend()
      for time in 30..<5000 as Range<UInt64> {
        writer.advance(to: time)
        writer.change(signal, to: time)
      }
      writer.advance(to: 6000)
      writer.resume()
      writer.resume()
      writer.change(signal, to: 77)
      writer.advance(to: 7000)
      writer.change(signal, to: 78)
      try writer.close(at: 8000)
    }
    let fst = folder.file("t.fst"), vcd = folder.file("t.vcd")
    try write(FSTWriter(path: fst))
    try write(VCDWriter(path: vcd))
    let story = try FST2VCD.read(fst)
    #expect(story.signals[0].changes.map(\.time) == [0, 10, 20, 6000, 7000])
    #expect(try story == VCDCanonical(parsing: readText(vcd)))
    for text in [try FST2VCD.convert(fst), try readText(vcd)] {
      let off = try #require(text.range(of: "$dumpoff")), on = try #require(text.range(of: "$dumpon"))
      #expect(text[..<off.lowerBound].contains("#20\n") && !text[..<off.lowerBound].contains("#6000\n"))
      #expect(text[off.upperBound..<on.lowerBound].contains("#6000\n"))
    }
  }

  /// A register that is valid only at times: its bits, or why there are none.
  @Test func aSubstituteStandsForAField() throws {
    func write(_ writer: some WaveformWriter) throws {
      let cause = writer.addVariable("cause", width: 2, enumeration: nil, initial: 0)
      let pc = writer.addVariable("pc", width: 4, enumeration: nil, initial: 0)
      let shown = writer.addVariable("shown", width: 5, enumeration: nil, initial: 0)
      let word = writer.addWord(
        [
          WordField(cause, shift: 0), WordField(pc, shift: 8),
          WordField(shown, shift: 8, substitute: .init(shift: 0, width: 2, offset: 4)),
        ], initial: 0x500)
      try writer.start(at: 0)
      for (time, value) in [(10, 0x600), (20, 0x602), (30, 0x702), (40, 0x701), (50, 0x700)] as [(UInt64, UInt64)] {
        writer.advance(to: time)
        writer.change(word, to: value)
      }
      try writer.close(at: 60)
    }
    let fst = folder.file("t.fst"), vcd = folder.file("t.vcd")
    try write(FSTWriter(path: fst))
    try write(VCDWriter(path: vcd))
    let story = try FST2VCD.read(fst)
    #expect(try story == VCDCanonical(parsing: readText(vcd)))
    #expect(story["shown [4:0]"]?.changes.map(\.value) == ["01001", "01010", "00010", "00001", "01011"])
    #expect(story["shown [4:0]"]?.changes.map(\.time) == [0, 10, 20, 40, 50])
    #expect(story["pc [3:0]"]?.changes.map(\.time) == [0, 10, 30])
  }

  @Test func wordsFoundInMemoryAreTheSameAsOneByOne() throws {
    func write(_ writer: some WaveformWriter, together: Bool) throws {
      let signals = (0..<70).map { writer.addVariable("s\($0)", width: 64, enumeration: nil, initial: 0) }
      let words = signals.map { writer.addWord([WordField($0, shift: 0)], initial: 0) }
      let live = UnsafeMutableRawPointer.allocate(byteCount: 576, alignment: 64)
      live.initializeMemory(as: UInt64.self, repeating: 0, count: 72)
      let memory = WatchedMemory(live, words: words)
      defer {
        memory.deallocate()
        live.deallocate()
      }
      try writer.start(at: 0)
      var random = SeededRandom(state: 3)
      for time in 1...200 as ClosedRange<UInt64> {
        let mask = random.next(), values = (0..<64).map { _ in random.next() }
        if together {
          for word in 0..<64 where mask >> UInt64(word) & 1 != 0 {
            live.storeBytes(of: values[word], toByteOffset: 8 * (6 + word), as: UInt64.self)
          }
          #expect(writer.record(memory, at: time) == (mask != 0))
          #expect(!writer.record(memory, at: time))
        } else {
          writer.advance(to: time)
          for word in 0..<64 where mask >> UInt64(word) & 1 != 0 { writer.change(words[6 + word], to: values[word]) }
        }
      }
      try writer.close(at: 300)
    }
    let a = folder.file("a.fst"), b = folder.file("b.fst"), c = folder.file("c.vcd")
    try write(FSTWriter(path: a), together: true)
    try write(FSTWriter(path: b), together: false)
    try write(VCDWriter(path: c), together: true)
    #expect(try readBytes(a) == readBytes(b))
    #expect(try FST2VCD.read(a) == VCDCanonical(parsing: readText(c)))
  }
}
