import Foundation
import TestSupport
import Testing
import TraceSupport
import WaveReader

/// Damaged files are read, or refused by a typed error with a place: no crash, no endless loop, no huge memory.
struct FuzzTests {
  let folder = try! TemporaryFolder()

  /// Reads all of a file; what comes out does not matter.
  private func digest(_ bytes: [UInt8]) {
    let path = folder.file("damaged")
    #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
    do throws(WaveReadError) {
      let file = try WaveFile(path: path)
      _ = try file.packing()
      let cursor = file.cursor(from: 40)
      var length = 0
      while try cursor.next() {
        for change in cursor.changes { length += cursor.value(of: change).readable.utf8.count }
      }
      _ = try? WaveDiff.compare(file, file)
    } catch {
      #expect(!error.found.isEmpty && !error.expected.isEmpty && !"\(error)".contains("\n"))
    }
  }

  private func files() throws -> [(name: String, bytes: [UInt8])] {
    let design = Design.random(seed: 1, steps: 40)
    var files = [("vcd", Array(design.vcd().utf8))]
    guard Tools.hasLibFST else { return files }
    for (packing, wrapped) in [("4", false), ("F", false), ("Z", false), ("Z", true)] as [(Character, Bool)] {
      let path = folder.file("good.fst")
      var design = design
      design.recording = [3: false, 5: true]
      design.writeFST(path, packing: packing, wrapped: wrapped, flushInterval: 20)
      files.append(("fst \(packing)\(wrapped)", Array(try readBytes(path))))
    }
    return files
  }

  @Test func truncation() throws {
    for (name, bytes) in try files() {
      // Every length for a part of the file, and a sample of the others.
      for count in 0..<bytes.count where count < 400 || count % 13 == 0 || count + 100 > bytes.count {
        digest(Array(bytes[..<count]))
      }
      #expect(bytes.count > 500, "\(name)")
    }
  }

  @Test func flippedBytes() throws {
    var random = SeededRandom(state: 7)
    for (_, bytes) in try files() {
      for _ in 0..<400 {
        var damaged = bytes
        for _ in 0...random.below(3) {
          let place = random.below(bytes.count)
          damaged[place] = random.flag() ? UInt8(random.below(256)) : damaged[place] ^ 1 << UInt8(random.below(8))
        }
        digest(damaged)
      }
    }
  }

  /// Damage in compressed parts is found by the compressors; here nothing is compressed.
  @Test func flippedBytesOfStoredSections() throws {
    var file = FSTBytes()
    file.addHeader(end: 30)
    let widths: [UInt64] = [1, 4, 0, 1, 0xFFFF_FFFF, 70]
    file.addGeometry(widths)
    file.addHierarchy(widths)
    let wide = [1 << 1] + [UInt8](repeating: 0xA5, count: 9) + [1 << 1 | 1] + [UInt8](repeating: 0x78, count: 70)
    let chains: [[UInt8]] = [
      [2, 0x23], [2, 0x90, 3] + Array("1x0u".utf8), [3, 0, 0, 0, 0, 0, 0, 0, 0], [0, 2, 65, 66, 2, 0], wide,
    ]
    for type in [1, 5, 8] as [UInt8] {
      var all = file
      all.addSection(
        type: type, start: 0, end: 30, frame: Array("x0000".utf8) + [UInt8](repeating: 0x30, count: 79), handles: 6,
        chains: chains, index: [3, 7, 17, 21, 2, 15], times: [10, 5, 15])
      digest(all.bytes)
      var random = SeededRandom(state: UInt64(type))
      for _ in 0..<800 {
        var damaged = all.bytes
        for _ in 0...random.below(2) {
          damaged[330 + random.below(damaged.count - 330)] = UInt8(random.below(256))
        }
        digest(damaged)
      }
    }
  }

  /// Sizes that a file only claims are not believed.
  @Test func claims() throws {
    var file = FSTBytes()
    file.addHeader(end: 30)
    file.add(3, FSTBytes.word(1 << 60) + FSTBytes.word(1 << 60) + [1])
    file.addHierarchy([1])
    digest(file.bytes)
    file = FSTBytes()
    file.addHeader(end: 30)
    file.add(6, FSTBytes.word(1 << 40) + FSTBytes.lz4([254]))
    digest(file.bytes)
    let text = "$var wire 1048576 ! a $end $enddefinitions $end #0\n" + String(repeating: "bx !\n", count: 100_000)
    let path = folder.file("claims.vcd")
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    #expect(try WaveSummary(of: WaveFile(path: path)).changeCount == 100_000)
  }

  @Test func strangeFiles() throws {
    #expect(throws: WaveReadError(path: "/none", found: "No such file or directory", expected: "a waveform file")) {
      try WaveFile(path: "/none")
    }
    #expect(throws: WaveReadError(path: "/", found: "something else", expected: "a regular file")) {
      try WaveFile(path: "/")
    }
    for bytes in [[], [0], [254], [UInt8](repeating: 0, count: 400), [UInt8](repeating: 0xFE, count: 400)] as [[UInt8]]
    {
      #expect(throws: WaveReadError.self) {
        let path = folder.file("strange")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        _ = try WaveFile(path: path)
      }
    }
  }
}
