import Testing

@testable import Scenario

@Suite("Expressions inside ${…}")
struct ExpressionTests {
  static let values: [(String, Int128)] = [
    ("0", 0), ("7", 7), ("0x10", 16), ("0XfF", 255), ("1+2*3", 7), ("(1 + 2) * 3", 9), ("i", 5), ("i * 4096", 20_480),
    ("7 / 2", 3), ("-7 / 2", -3), ("7 % 4", 3), ("-7 % 4", -3), ("10 - 4 - 3", 3), ("100 / 5 / 2", 10), ("--3", 3),
    ("2 * -3", -6), ("chunk - i", 95), ("18446744073709551615", 18_446_744_073_709_551_615),
    ("18446744073709551615 + 1 - 1", 18_446_744_073_709_551_615), (" ( ( i ) ) ", 5),
  ]

  @Test("follow the usual precedence, and truncate towards zero", arguments: values)
  func evaluates(_ text: String, _ value: Int128) throws {
    let scope = Scope().adding("i", 5).adding("chunk", 100)
    #expect(try Expression.evaluate(text, in: scope) == value)
  }

  @Test("the innermost of two indices of one name counts")
  func shadowing() throws {
    #expect(try Expression.evaluate("i", in: Scope().adding("i", 1).adding("i", 2)) == 2)
  }

  @Test(
    "nest to a limit, and never trap",
    arguments: [
      String(repeating: "(", count: 65) + "1", String(repeating: "-", count: 100_000), "1 +", ")", "i i", "0x",
      "1_0", "1.5", "0xffffffffffffffff * 0xffffffffffffffff * 2", "1 % 0", "ı", "\u{0}",
    ])
  func refuses(_ text: String) {
    #expect(throws: Expression.Failure.self) { try Expression.evaluate(text, in: Scope().adding("i", 5)) }
  }

  @Test("stand in every number position, and inside quantities")
  func positions() throws {
    let found = try actions(
      """
      {"repeat": {"count": 3, "steps": [
        {"mmio_write": {"address": "${0x400000 + i * 8}", "size": "${2 * 4}", "value": "${i}"}},
        {"run": {"offset": "${i}KiB", "timeout": "${i + 1}us", "expect": {"ret": "${i * i}"}}},
        {"wait": "${i}ns"}]}}
      """)
    #expect(found.count == 9)
    #expect(found[6] == .mmioWrite(.init(address: 0x40_0010, size: 8, value: 2)))
    let run = Step.Run(
      offset: 2_048, expectedRet: 4, expectedR0: nil, expectedError: nil, expectedFault: nil, timeout: 3_000_000)
    #expect(found[7] == .run(run))
    #expect(found[8] == .wait(.init(time: 2_000)))
  }
}
