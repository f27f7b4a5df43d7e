import EBPF
import Foundation
import Logs
import TestSupport
import Testing

@testable import Device

/// Logs as files.
@Suite struct CommitLogWriterTests {
  private let path = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)").path

  private func text() throws -> String {
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try String(contentsOfFile: path, encoding: .utf8)
  }

  private let commit = {
    var commit = Commit(order: 2, pc: 3, instruction: 0x95)
    (commit.run, commit.cycle, commit.time) = (1, 8, 40_000)
    commit.write(0, 7)
    return commit
  }()

  @Test func aLogNamesItsFormatAndItsScenario() throws {
    try "what was there before, and is longer than all that follows".write(
      toFile: path, atomically: true, encoding: .utf8)
    let writer = try CommitLogWriter(path: path, scenario: "count\n2")
    writer.commits(commit, fault: .none)
    try writer.close()
    #expect(
      try text() == """
        # ubpf-sim commit log 1
        # count 2
        core0 run1 #2 pc=0x0003 insn=0x0000000000000095 r0=0x7 ; c=8 t=40000ps

        """)
  }

  /// The log of a run of a core, read back: one record for each instruction that retired, in order.
  @Test func theLogOfARunHasItsInstructions() throws {
    let program = PipelineLogContractTests.loop, bench = CoreBench()
    bench.load(program, data: [7, 0, 0, 0, 0, 0, 0, 0])
    let writer = try CommitLogWriter(path: path, scenario: "loop")
    let outcome = bench.run(watching: Relay(to: writer))
    try writer.close()
    var reader = CommitLogReader(Array(try text().utf8)), records: [CommitRecord] = []
    while let record = try reader.record() { records.append(record) }
    #expect(records.map(\.pc) == outcome.retired)
    #expect(records.map(\.order) == Array(0..<UInt64(records.count)))
    #expect(records.allSatisfy { $0.time == $0.cycle * 5_000 && $0.instruction == program[$0.pc].word })
    for record in records where program[record.pc].traits.isLoad {
      #expect(record.accesses.count == 1 && record.accesses[0].kind == .load)
      #expect(record.writes.map(\.value) == record.accesses.map(\.value))
    }
    #expect(records.last { $0.writes.first?.register == 0 }?.writes[0].value == outcome.r0)
  }

  /// The example of specs/commit-log.md, whose last instruction faults.
  @Test func theExampleOfThePageIsARun() throws {
    let program =
      wide(6, 0x1_0000_0001) + [
        .load(8, 2, at: 1, 0), .store(1, at: 10, -8, 0x41), .atomic(8, 1, at: 1, 0, register: 2),
        .add(2, register: 6), .load(8, 0, at: 2, 0), .exit,
      ]
    let bench = CoreBench()
    bench.load(program, data: [7, 0, 0, 0, 0, 0, 0, 0])
    let writer = try CommitLogWriter(path: path, scenario: "example")
    let outcome = bench.run(watching: Relay(to: writer))
    try writer.close()
    #expect(outcome.fault == .loadOutOfBounds)
    let log = try text()
    #expect(try SpecPage.text("commit-log.md").contains("```text\n\(log)```\n"), "\(log)")
  }

  /// Many blocks, so that the file grows while the simulation goes on.
  @Test func aLongLogIsWhole() throws {
    let writer = try CommitLogWriter(path: path, scenario: "long")
    for _ in 0..<5_000 { writer.commits(commit, fault: .none) }
    try writer.close()
    #expect(try text().split(separator: "\n").dropFirst(2).allSatisfy { $0 == commit.record().line })
  }

  @Test func aFileThatCannotBeOpenedIsNamed() throws {
    let missing = "/nonexistent/log", reason = "No such file or directory"
    #expect(throws: LogError(what: "commit log", path: missing, reason: reason)) {
      try CommitLogWriter(path: missing, scenario: "")
    }
    let error = try #require(throws: LogError.self) { try PipelineLogWriter(path: missing) }
    #expect(error.description == "cannot write pipeline log '/nonexistent/log': No such file or directory")
  }

  /// The simulation goes on; the end says what was lost, as often as it is asked.
  @Test func aFullDiskIsReportedAtTheEnd() throws {
    let full = LogError(what: "commit log", path: "/dev/full", reason: "No space left on device")
    let writer = try CommitLogWriter(path: "/dev/full", scenario: "long")
    for _ in 0..<5_000 { writer.commits(commit, fault: .none) }
    #expect(throws: full) { try writer.close() }
    #expect(throws: full) { try writer.close() }
  }

  @Test func aForgottenLogIsWritten() throws {
    do { try CommitLogWriter(path: path, scenario: "forgotten").commits(commit, fault: .none) }
    #expect(try text().contains(commit.record().line))
  }

  @Test func aGroupPassesEverythingOn() throws {
    let first = Listener(), second = Listener()
    let bench = CoreBench()
    bench.load([.move(0, 1), .exit])
    bench.run(watching: Relay(to: CoreObserverGroup([first, second])))
    #expect(first.heard == ["begins 0", "commits 0", "commits 1", "ends 6 of 6"])
    #expect(second.heard == first.heard)
  }

  /// A core tells of no more than its listener asks for.
  @Test(arguments: [Microarchitecture.classic5(.init()), .functional(.init())])
  func aListenerThatFollowsNothingHearsOfRuns(core: Microarchitecture) {
    let spec = CoreSpec { $0.microarchitecture = core }
    let listener = Listener(follows: false), bench = CoreBench(spec)
    bench.load([.move(0, 1), .exit])
    bench.core.attach(CoreObserverGroup([listener]))
    bench.runUnwatched()
    #expect(listener.heard.first == "begins 0" && listener.heard.count == 2)
    #expect(listener.heard.last?.hasPrefix("ends 0 of ") == true)
  }

  private final class Listener: CoreObserver {
    let followsCommits: Bool
    let followsCycles: Bool
    private(set) var heard: [String] = []
    private var firstCycle: UInt64 = 0
    private var cycles = 0

    init(follows: Bool = true) { (followsCommits, followsCycles) = (follows, follows) }

    func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: UInt64, time: UInt64) {
      heard.append("begins \(run)")
      firstCycle = cycle
    }
    func commits(_ commit: Commit, fault: CoreFault) { heard.append("commits \(commit.pc)") }
    func cycleEnds(_ cycle: UInt64, _ view: PipelineView) { cycles += 1 }
    func runEnds(_ run: Int, fault: CoreFault, cycle: UInt64) {
      heard.append("ends \(cycles) of \(cycle - firstCycle + 1)")
    }
  }
}
