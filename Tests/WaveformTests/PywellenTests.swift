import Foundation
import TestSupport
import Testing
import TraceSupport
import Waveform

/// pywellen, the reader behind Surfer, sees the values at random times that our VCD file has as text.
@Suite(.enabled(if: Pywellen.isAvailable, "SKIPPED: no pywellen under .build/oracle; run scripts/setup.sh test"))
struct PywellenTests {
  @Test(arguments: [1, 2, 3, 4, 5, 6], [300, 20_000, 4 << 20])
  func valuesAtRandomTimes(seed: UInt64, sectionBytes: Int) throws {
    let folder = try TemporaryFolder(), stream = RichStream.random(seed: seed, steps: 500)
    let fst = folder.file("t.fst"), vcd = folder.file("t.vcd")
    try stream.write(to: FSTWriter(path: fst, sectionBytes: sectionBytes))
    try stream.write(to: VCDWriter(path: vcd))
    let story = try VCDCanonical(parsing: readText(vcd))
    // pywellen refuses the value "?" of a bit.
    let signals = story.signals.filter { signal in
      signal.kind != "event" && !signal.changes.isEmpty && !signal.changes.contains { $0.value.contains("?") }
    }
    try #require(signals.count > 10)
    var random = SeededRandom(state: seed)
    let questions = (0..<2000).map { _ in
      let signal = random.pick(signals), first = signal.changes[0].time
      // The end has no values of its own, and times at which something happens are the interesting ones.
      let change = random.pick(signal.changes).time, any = UInt64.random(in: first...story.endTime, using: &random)
      return (signal: signal, time: random.flag() ? any : max(first + 1, change) - UInt64(random.below(2)))
    }
    let answers = try Pywellen.values(in: fst, questions.map { (Pywellen.path($0.signal), $0.time) })
    try #require(answers.count == questions.count)
    for (question, answer) in zip(questions, answers) {
      let expected = question.signal.value(at: question.time)
      #expect(answer == expected, "\(question.signal.path) \(question.signal.kind) at \(question.time)")
    }
  }
}

/// pywellen behind Tests/Support/wave_oracle.py.
enum Pywellen {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let python = repository.appending(path: ".build/oracle/bin/python3")

  static let isAvailable = (try? run(["-c", "import pywellen"], input: Data())) != nil

  private struct Failure: Error {
    let status: Int32
  }

  /// The signal's path as pywellen has it, which is without the range of bits.
  static func path(_ signal: VCDCanonical.Signal) -> String { String(signal.path.split(separator: " ")[0]) }

  static func values(in file: String, _ questions: [(path: String, time: UInt64)]) throws -> [String?] {
    let request: [String: Any] = ["file": file, "questions": questions.map { [$0.path, $0.time] as [Any] }]
    let script = repository.appending(path: "Tests/Support/wave_oracle.py").path(percentEncoded: false)
    let answers = try run([script], input: JSONSerialization.data(withJSONObject: request))
    return try JSONDecoder().decode([String?].self, from: answers)
  }

  private static func run(_ arguments: [String], input: Data) throws -> Data {
    let process = Process(), stdin = Pipe(), stdout = Pipe()
    process.executableURL = python
    process.arguments = arguments
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    return output
  }
}
