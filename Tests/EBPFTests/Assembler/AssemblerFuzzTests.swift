import EBPF
import TestSupport
import Testing

/// Seeded random text: it is assembled or refused at a place that exists, and nothing traps.
@Suite("Assembler: any text is safe") struct AssemblerFuzzTests {
  @Test("random bytes")
  func bytes() {
    var random = SeededRandom(state: 21)
    for _ in 0..<4000 {
      let bytes = (0..<random.below(80)).map { _ in UInt8.random(in: 0...255, using: &random) }
      check(String(decoding: bytes, as: UTF8.self), seed: 21)
    }
  }

  @Test("tokens in any order")
  func tokens() {
    let words = [
      "r0", "w1", "%r2", "r11", "=", "+=", "s>>=", "s>", "==", "*", "(", ")", "[", "]", ",", ":", "+", "-", "&", "u8",
      "s32",
      "u64", "ll", "goto", "gotol", "if", "lock", "fetch", "add", "xchg_64", "cmpxchg32_32", "atomic_fetch_or", "call",
      "pc",
      "local", "runtime", "callx", "exit", "lddw", "ld_pseudo", "mov", "ldxb", "stdw", "ja", "jeq", "be16", "skb", "a",
      "1",
      "1f", "1b", "0x", "0xffffffffffffffff", "99999999999999999999", "-", ".8byte", ".text", ".section", ".type",
      ".p2align", "\"ax\"", "\"", "/*", "*/", "//", "#", ";", "\n", "\n", "\r", "ü", "%", "<",
    ]
    var random = SeededRandom(state: 22)
    for _ in 0..<20_000 {
      let separator = random.flag() ? " " : ""
      check((0..<random.below(14) + 1).map { _ in random.pick(words) }.joined(separator: separator), seed: 22)
    }
  }

  @Test("valid sources with something changed")
  func mutations() {
    let sources = AssemblerTests.arithmetic + AssemblerTests.memory + AssemblerTests.atomics + AssemblerTests.calls
    let lines = (sources + AssemblerTests.moves + AssemblerTests.jumps).flatMap(\.texts)
    var random = SeededRandom(state: 23)
    for _ in 0..<20_000 {
      var bytes = Array((0..<3).map { _ in random.pick(lines) }.joined(separator: "\n").utf8)
      for _ in 0...random.below(3) {
        let place = random.below(bytes.count)
        switch random.below(4) {
        case 0: bytes[place] = UInt8.random(in: 0...127, using: &random)
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(random.pick(Array("0r*([%s-;:\n".utf8)), at: place)
        default: bytes.swapAt(place, random.below(bytes.count))
        }
      }
      check(String(decoding: bytes, as: UTF8.self), seed: 23)
    }
  }

  /// Refused text is refused at a token, or at the end of a line or of the source.
  private func check(_ source: String, seed: Int) {
    do throws(AssemblyError) {
      let found = try Assembler.assemble(source)
      #expect(!found.text.isEmpty && found.labels.values.allSatisfy { (0...found.text.count).contains($0) })
    } catch {
      let lines = source.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      let isPlace =
        lines.indices.contains(error.line - 1) && (1...lines[error.line - 1].count + 1).contains(error.column)
      #expect(isPlace, "seed \(seed): \(error) in\n\(source)")
      #expect(!error.description.contains { $0.isNewline }, "seed \(seed): \(error)")
    }
  }
}
