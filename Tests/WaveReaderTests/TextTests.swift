import Diagnostics
import Testing
import WaveReader

/// Times, patterns and values as people write and read them.
struct TextTests {
  @Test(arguments: [
    (0, -12, "0 ps"), (1, -12, "1 ps"), (12_345, -12, "12.345 ns"), (1000, -12, "1 ns"), (5, -10, "500 ps"),
    (7, 0, "7 s"), (70, 2, "7000 s"), (999_999, -15, "999.999 ps"), (12, -17, "0.12 fs"), (1, -8, "10 ns"),
    (UInt64.max, -12, "18446744.073709551615 s"),
  ])
  func readableTimes(count: UInt64, exponent: Int, text: String) {
    #expect(WaveTime(count, exponent: exponent).readable == text)
  }

  @Test(arguments: [
    ("12us", 12, -6), ("500 ns", 500, -9), ("1.25ns", 125, -11), ("42", 42, -12), ("0fs", 0, -15), ("3s", 3, 0),
  ])
  func timesAsOptions(text: String, count: UInt64, exponent: Int) {
    #expect(WaveTime(text: text) == WaveTime(count, exponent: exponent))
  }

  @Test(arguments: ["", "us", "1.ns", ".5ns", "-1ns", "1 hour", "1..2", "99999999999999999999"])
  func badTimes(text: String) {
    #expect(WaveTime(text: text) == nil)
  }

  @Test func timesCompareInAnyUnit() {
    #expect(WaveTime(999, exponent: -12).isBefore(WaveTime(1, exponent: -9)))
    #expect(!WaveTime(1000, exponent: -12).isBefore(WaveTime(1, exponent: -9)))
    #expect(WaveTime(1, exponent: -15).isBefore(WaveTime(.max, exponent: 0)))
    #expect(!WaveTime(.max, exponent: 0).isBefore(WaveTime(1, exponent: -15)))
  }

  @Test func patterns() {
    func matches(_ pattern: String, _ path: String) -> Bool { PathPattern(pattern).matches(path) }
    #expect(matches("top.*.pc", "top.core.pc") && matches("*", "a") && matches("a?c", "abc"))
    #expect(matches("*a*b*", "xxaxaxbx") && !matches("*a*b*", "xxbxa") && !matches("a", "ab"))
    #expect(matches("top.core", "top.core.alu.x") && matches("core", "top.core.x") && !matches("top.co", "top.core.x"))
  }

  @Test(arguments: [
    (WaveValue.bits(1, width: 1), "1", "1"), (.bits(0x1F, width: 9), "000011111", "0x1f"),
    (.states("z"), "z", "z"), (.states("xxxx1010"), "xxxx1010", "0xxa"), (.states("1zzzz"), "1zzzz", "0x1z"),
    (.states("10xx"), "10xx", "0b10xx"), (.real(0.1), "0.1", "0.1"), (.text([104, 105]), "hi", "\"hi\""),
    (
      .wide([0x80] + [UInt8](repeating: 0, count: 7) + [0x80], width: 65),
      "1" + String(repeating: "0", count: 63) + "1",
      "0x10000000000000001"
    ),
  ])
  func values(value: WaveValue, characters: String, readable: String) {
    #expect(value.characters == characters && value.readable == readable)
  }
}
