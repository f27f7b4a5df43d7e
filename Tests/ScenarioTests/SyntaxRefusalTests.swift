import Testing

@testable import Scenario

@Suite("Refusals: JSON that is none")
struct SyntaxRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{"steps": [}"#,
      #"1:12: found "}", expected a JSON value"#),
    Refusal(
      #"{"steps": [],}"#,
      #"1:14: found "}", expected a key in double quotes"#),
    Refusal(
      #"{"steps": [] "x": 1}"#,
      #"1:14: found "\"", expected "," or "}""#),
    Refusal(
      #"{"steps": []} x"#,
      #"1:15: found "x", expected the end of the text"#),
    Refusal(
      #"{"steps": [NaN]}"#,
      #"1:12: found "NaN", expected a JSON value"#),
    Refusal(
      #"{"steps": [-Infinity]}"#,
      #"1:13: found "Infinity", expected a digit"#),
    Refusal(
      #"{"steps": [012]}"#,
      #"1:13: found "12", expected the end of the number"#),
    Refusal(
      #"{"steps": [1.]}"#,
      #"1:14: found "]", expected a digit"#),
    Refusal(
      #"{"steps": [1e]}"#,
      #"1:14: found "]", expected a digit"#),
    Refusal(
      #"{"steps": ["a"#,
      #"1:12: found a string without its end, expected a closing double quote"#),
    Refusal(
      #"{"steps": ["\x"]}"#,
      #"1:14: found "x", expected one of " \ / b f n r t u after a backslash"#),
    Refusal(
      #"{"steps": ["\ud800"]}"#,
      #"1:13: found half of a surrogate pair, expected both halves"#),
    Refusal(
      #"{"steps": ["\u12g4"]}"#,
      #"1:15: found "12g4", expected four hexadecimal digits"#),
    Refusal(
      #"{'steps': []}"#,
      #"1:2: found "'", expected a key in double quotes"#),
    Refusal(
      #"{"steps": [], "steps": []}"#,
      #"1:15: $.steps: found the key "steps" a second time, expected each key once"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"lanes": 1, "lanes": 2}}}"#,
      #"1:47: $.device.link.lanes: found the key "lanes" a second time, expected each key once"#),
  ]
}
