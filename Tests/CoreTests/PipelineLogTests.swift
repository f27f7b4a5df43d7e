import EBPF
import TestSupport
import Testing

@testable import Device

/// The pipeline log, from what the places of a pipeline hold after each cycle (specs/pipeline-log.md).
@Suite struct PipelineLogTests {
  static let four: [Instruction] = [.move(0, 1), .add(0, 2), .add(0, 3), .exit]

  @Test func eachInstructionHasARow() throws {
    let feed = try PipelineFeed()
    feed.begin(Self.four)
    for view in [
      "0 f f f f", "1 0 f f f", "2 1 0 f f", "3 2 1 0 f", "b 3 2 1 +", "b b 3 2 +", "b b b 3 +", "b b b b +",
    ] {
      feed.cycle(view)
    }
    feed.end()
    let log = try feed.log()
    #expect(log.chart == ["0 FDXMW", "1 .FDXMW", "2 ..FDXMW", "3 ...FDXMW"])
    #expect(log.instructions.map(\.label) == ["0: r0 = 1", "1: r0 += 2", "2: r0 += 3", "3: exit"])
    #expect(log.instructions.allSatisfy { $0.ending == .retired })
    #expect(log.cycles == 100..<108)
  }

  /// A multiplication holds everything behind it, in places that hold bubbles of other causes.
  @Test func aHeldInstructionSaysWhy() throws {
    let feed = try PipelineFeed()
    feed.begin([.multiply(0, 3), .load(8, 1, at: 10, -8), .add(1, 1), .exit])
    for view in [
      "0 f f f f", "1 0 f f f", "1 0 m f f", "1 0 m m f", "2 1 0 m f", "3 2 1 0 m", "3 2 l 1 +", "b 3 2 l +",
      "b b 3 2 l", "b b b 3 +", "b b b b +",
    ] { feed.cycle(view) }
    feed.end()
    let log = try feed.log()
    #expect(log.chart == ["0 FDXXXMW", "1 .FDDDXMW", "2 ....FDXXMW", "3 .....FDDXMW"])
    let held = log.instructions.map { $0.detail.components(separatedBy: "\\nheld: ").dropFirst().joined() }
    #expect(held == ["multiply 2", "multiply 2", "load_use 1", "load_use 1"])
  }

  @Test func theWrongPathIsFlushed() throws {
    let feed = try PipelineFeed()
    feed.begin([.jumpIfEqual(3, 0, 1), .move(0, 1), .exit])
    for view in ["0 f f f f", "1 0 f f f", "b b 0 f f", "2 b b 0 f", "b 2 b b +", "b b 2 b b"] { feed.cycle(view) }
    for view in ["b b b 2 b", "b b b b +"] { feed.cycle(view) }
    feed.end()
    #expect(try feed.log().chart == ["0 FDXMW", "1 .FD!", "2 ...FDXMW"])
  }

  /// A fetch that redirects itself in the cycle of the flush fills the place at once.
  @Test func aFlushedPlaceMayBeFilledAtOnce() throws {
    let feed = try PipelineFeed()
    feed.begin([.jumpIfEqual(3, 0, 1), .move(0, 1), .exit], stages: "FDXW")
    for view in ["0 f f f", "1 0 f f", "2 b 0 f", "b 2 b +", "b b 2 b", "b b b +"] { feed.cycle(view) }
    feed.end()
    #expect(try feed.log().chart == ["0 FDXW", "1 .FD!", "2 ..FDXW"])
  }

  /// The same slot in all places: rows are told apart by how they move.
  @Test func aLoopOfOneInstructionFillsThePipeline() throws {
    let feed = try PipelineFeed()
    feed.begin([.jump(-1), .exit])
    for view in [
      "0 f f f f", "0 0 f f f", "0 0 0 f f", "0 0 0 0 f", "0 0 0 0 +", "0 0 m 0 +", "0 0 0 m +", "0 0 0 0 m",
    ] {
      feed.cycle(view)
    }
    #expect(
      try feed.log().chart == [
        "0 FDXMW", "0 .FDXMW", "0 ..FDXMW", "0 ...FDXXM", "0 ....FDDX", "0 ......FD", "0 .......F",
      ])
  }

  /// LDDW waits in decode for its second slot and is one instruction.
  @Test func twoSlotsAreOneInstruction() throws {
    let feed = try PipelineFeed()
    feed.begin(wide(0, 1 << 40) + [.add(0, 1), .exit])
    for view in [
      "0 f f f f", "1 w f f f", "2 0 w f f", "3 2 0 w f", "b 3 2 0 w", "b b 3 2 +", "b b b 3 +", "b b b b +",
    ] { feed.cycle(view) }
    feed.end()
    let log = try feed.log()
    #expect(log.chart == ["0 FDDXMW", "2 ..FDXMW", "3 ...FDXMW"])
    #expect(log.instructions[0].label == "0: r0 = 0x10000000000 ll")
    #expect(log.instructions[0].detail == "insn=0x0000000000000018\\nheld: wide 1")
  }

  /// A place between fetch and decode lets the second slot trail behind; a multiplication holds both.
  @Test func theSecondSlotMayTrailBehind() throws {
    let feed = try PipelineFeed()
    feed.begin([.multiply(1, 3)] + wide(0, 1) + [.exit], stages: "FPDXW")
    for view in [
      "0 f f f f", "1 0 f f f", "2 1 0 f f", "2 1 0 m f", "3 2 w 0 m", "b 3 1 w +", "b b 3 1 w", "b b b 3 +",
      "b b b b +",
    ] { feed.cycle(view) }
    feed.end()
    let log = try feed.log()
    #expect(log.chart == ["0 FPDXXW", "1 .FPDDDXW", "3 ....FPDXW"])
    #expect(log.instructions[1].detail.hasSuffix("held: multiply 1, wide 1"))
  }

  /// Decode has taken the first slot when a fault ends the run.
  @Test func halfAnLDDWIsFlushed() throws {
    let feed = try PipelineFeed()
    feed.begin([.load(8, 0, at: 1, 0), .move(0, 1)] + wide(0, 1) + [.exit])
    for view in ["0 f f f f", "1 0 f f f", "2 1 0 f f", "3 w 1 0 f"] { feed.cycle(view) }
    feed.commit(0, fault: .loadOutOfBounds)
    feed.cycle("3 w 1 0 ?")
    feed.end(.loadOutOfBounds)
    let log = try feed.log()
    #expect(log.chart == ["0 FDXMW!", "1 .FDXM!", "2 ..FDD!"])
    #expect(log.instructions[0].detail == "insn=0x0000000000001079 fault=loadOutOfBounds")
    #expect(log.instructions[1].detail == "insn=0x00000001000000b7")
  }

  /// An abort in the cycle in which an instruction retires leaves the registers of the pipeline as they are.
  @Test func whatIsInFlightAtTheEndIsFlushed() throws {
    let feed = try PipelineFeed()
    feed.begin(Self.four)
    for view in ["0 f f f f", "1 0 f f f", "2 1 0 f f", "3 2 1 0 f", "3 2 1 0 +"] { feed.cycle(view) }
    feed.end(.aborted)
    #expect(try feed.log().chart == ["0 FDXMW", "1 .FDXM!", "2 ..FDX!", "3 ...FD!"])
  }

  /// The scenario may end before the program does.
  @Test func whatIsInFlightAtTheEndOfTheLogIsOpen() throws {
    let feed = try PipelineFeed()
    feed.begin(Self.four)
    for view in ["0 f f f f", "1 0 f f f"] { feed.cycle(view) }
    let log = try feed.log()
    #expect(log.chart == ["0 FD", "1 .F"])
    #expect(log.instructions.allSatisfy { $0.ending == nil })
  }

  /// One place, one stage: an instruction works from the cycle after the one that brought it to that in which it retires.
  @Test func aCoreWithoutAPipelineHasNoFetch() throws {
    let feed = try PipelineFeed()
    feed.begin([.jump(-1), .multiply(0, 3), .exit], stages: "X")
    for view in ["0 f", "0 +", "1 +", "1 m", "1 m", "2 +", "2 +"] { feed.cycle(view) }
    feed.end()
    let log = try feed.log()
    #expect(log.chart == ["0 X", "0 .X", "1 ..XXX", "2 .....X"])
    #expect(log.instructions[2].detail.hasSuffix("held: multiply 2"))
    #expect(log.cycles == 101..<107)
  }

  @Test func aLongPipelineIsNoOther() throws {
    let feed = try PipelineFeed()
    feed.begin([.move(0, 1), .exit], stages: "FPDRXMCW")
    for i in 0..<9 {
      let places = (0..<7).map { $0 == i ? "0" : $0 == i - 1 ? "1" : $0 < i ? "b" : "f" }
      feed.cycle(places.joined(separator: " ") + (i < 7 ? " f" : " +"))
    }
    feed.end()
    #expect(try feed.log().chart == ["0 FPDRXMCW", "1 .FPDRXMCW"])
  }

  @Test func runsFollowEachOtherInTheirOwnThreads() throws {
    let feed = try PipelineFeed()
    for start in [10, 40] as [UInt64] {
      feed.begin([.exit], stages: "FX", at: start)
      feed.cycle("0 f")
      feed.commit(0)
      feed.cycle("b +")
      feed.end()
    }
    let log = try feed.log()
    #expect(log.instructions.map(\.thread) == [0, 1])
    #expect(log.instructions.map { $0.stages.map(\.start) } == [[10, 11], [40, 41]])
    #expect(log.cycles == 10..<42)
  }

  /// What the instruction did is there when it retires, and not in those of the same slot that were flushed.
  @Test func effectsAreThoseOfTheCommitRecord() throws {
    let feed = try PipelineFeed()
    feed.begin([.add(0, 1), .jump(-2), .exit], stages: "FXW")
    for view in ["0 f f", "1 0 f"] { feed.cycle(view) }
    feed.commit(0, writes: [(0, 0x2a)])
    feed.cycle("0 1 +")
    feed.commit(1)
    feed.cycle("1 0 +")
    feed.end(.instructionLimit)
    let details = try feed.log().instructions.map(\.detail)
    #expect(
      details == [
        "insn=0x0000000100000007 r0=0x2a", "insn=0x00000000fffe0005", "insn=0x0000000100000007",
        "insn=0x00000000fffe0005",
      ])
  }

  @Test func aLogWithoutRunsIsALog() throws {
    #expect(try PipelineFeed().log().instructions.isEmpty)
  }
}
