import CUBPFSimHeader
import EBPF
import TestSupport
import Testing

/// Calls that make no sense: a status and a reason, never a crash.
struct RefusalTests {
  @Test func anotherVersionOfTheHeaderIsRefused() {
    let bench = Bench(program: bytes([.exit]), version: 77)
    #expect(bench.handle == nil)
    #expect(bench.refusal == "found a header of version 77, expected 1: take the header of this library")
    #expect(ubpfsim_abi_version() == 1)
  }

  @Test func whatCannotBeLoadedIsRefused() throws {
    #expect(Bench(program: []).refusal == "the program is empty")
    #expect(Bench(program: [1, 2, 3]).refusal == "raw program length 3 is not a multiple of 8")
    #expect(Bench(program: bytes([Instruction(opcode: 0xff)])).refusal.contains("0"))
    #expect(Bench(scenario: "/nowhere.json").refusal.contains("nowhere.json"))
    #expect(ubpfsim_open_program(1, nil, 8, nil, 0, nil, nil, 0) == UBPFSIM_INVALID)
    #expect(ubpfsim_open_scenario(1, nil, nil, nil, 0) == UBPFSIM_INVALID)
    var handle: OpaquePointer?
    #expect(ubpfsim_open_program(1, [1], -1 as Int, nil, 0, &handle, nil, 0) == UBPFSIM_INVALID && handle == nil)
  }

  @Test func noModelIsNoCrash() {
    ubpfsim_close(nil)
    ubpfsim_default_rules(nil)
    #expect(ubpfsim_step(nil, nil) == UBPFSIM_INVALID)
    #expect(ubpfsim_check_commit(nil, nil, nil) == UBPFSIM_INVALID)
    #expect(ubpfsim_check_tlp(nil, nil, 0, nil, 0, 0, 0) == UBPFSIM_INVALID)
    #expect(ubpfsim_set_tlp_rules(nil, 0, nil) == UBPFSIM_INVALID)
    #expect(ubpfsim_finish(nil) == UBPFSIM_INVALID)
    #expect(ubpfsim_message(nil, nil, 0, nil) == UBPFSIM_INVALID)
    #expect(ubpfsim_difference(nil, 0, nil, 0, nil) == UBPFSIM_INVALID)
    #expect(ubpfsim_read_memory(nil, 0, nil, 8) == UBPFSIM_INVALID)
  }

  @Test func commitsThatCannotBeAreRefused() throws {
    let changes: [(String, (inout ubpfsim_commit) -> Void)] = [
      ("found 6 writes and 0 accesses, expected at most 5 and 2", { $0.write_count = 6 }),
      ("found 1 writes and 3 accesses, expected at most 5 and 2", { $0.access_count = 3 }),
      ("found register 11, expected 0 to 10", { $0.writes.0.index = 11 }),
      (
        "found an access of 3 bytes, expected 1, 2, 4 or 8",
        {
          $0.access_count = 1; $0.accesses.0.size = 3
        }
      ),
      ("found pc 18446744073709551615, expected a slot of 63 bits", { $0.pc = .max }),
    ]
    for (text, change) in changes {
      let model = Bench(program: bytes([.move(1, 1), .exit]))
      var commit = ubpfsim_commit()
      commit.write_count = 1
      change(&commit)
      #expect(model.check(commit) == UBPFSIM_INVALID && model.message == text)
      var count: UInt64 = 9
      _ = ubpfsim_counts(model.handle, &count, nil, nil)
      #expect(count == 0)
    }
  }

  @Test func aProgramHasNeitherTimeNorLinksAndAScenarioNoRegisters() throws {
    let program = Bench(program: bytes([.exit])), folder = try Folder()
    #expect(
      ubpfsim_run_until(program.handle, 1) == UBPFSIM_INVALID && program.message == "a program has no time: step it")
    #expect(ubpfsim_check_tlp(program.handle, "link", 1, [0, 0, 0, 0], 4, 0, .max) == UBPFSIM_INVALID)
    #expect(program.message == "a program has no links")
    let scenario = Bench(scenario: try folder.scenario(bytes([.exit])))
    var value: UInt64 = 0
    #expect(ubpfsim_get_register(scenario.handle, 0, &value) == UBPFSIM_INVALID)
    #expect(scenario.message == "registers of a scenario are its own affair")
    #expect(ubpfsim_check_tlp(scenario.handle, "lnik", 1, [0, 0, 0, 0], 4, 0, .max) == UBPFSIM_INVALID)
    #expect(scenario.message.hasPrefix("found link lnik, expected link"))
    #expect(ubpfsim_get_register(program.handle, 11, &value) == UBPFSIM_INVALID)
  }

  @Test func textsThatAreTooLongAreCut() {
    let model = Bench(program: bytes([.exit]))
    _ = ubpfsim_run_until(model.handle, 1)
    var needed = 0, text = [CChar](repeating: 1, count: 6)
    #expect(ubpfsim_message(model.handle, &text, 5, &needed) == UBPFSIM_OK)
    #expect(
      Bench.text(text) == "a pr" && text[5] == 1 && needed == "a program has no time: step it".utf8.count + 1)
  }
}
