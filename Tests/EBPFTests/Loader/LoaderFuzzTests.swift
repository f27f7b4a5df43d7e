import EBPF
import Foundation
import TestSupport
import Testing

/// Corrupted objects are refused with a reason, or are programs still: never a crash, a hang, or memory without bound.
@Suite struct LoaderFuzzTests {
  /// `UBPFSIM_FUZZ_CASES` asks for more than a quick run makes.
  private static let cases = ProcessInfo.processInfo.environment["UBPFSIM_FUZZ_CASES"].flatMap { Int($0) } ?? 4000

  private func check(_ image: [UInt8], _ what: @autoclosure () -> String) {
    do throws(LoadError) {
      let program = try ProgramLoader.load(image, dataBase: 0x2000_0000, helpers: HelperTable.test.numbersByName)
      if program.text.count * 8 > image.count { Issue.record("\(what()): \(program.text.count) slots of text") }
      if program.data.count > ProgramLoader.maximumDataBytes { Issue.record("\(what()): too much data") }
      if !program.text.indices.contains(program.entry) { Issue.record("\(what()): the entry is slot \(program.entry)") }
      _ = try ProgramLoader.image(image, withEntry: "entry")
      try Verifier.verify(program)
      if program.data.count < 1 << 16 { _ = run(program, memory: [1, 2, 3], limits: .init(instructionLimit: 100)) }
    } catch {
      let isLine = !error.description.isEmpty && !error.description.contains("\n") && error.description.count < 4096
      if !isLine { Issue.record("\(what()): \(error.description.debugDescription)") }
    }
  }

  private func fuzz(_ objects: [[UInt8]]) {
    let mutators = objects.map { ObjectMutator($0) }
    for index in 0..<Self.cases / 2 {
      // A case depends on its number alone.
      var random = SeededRandom(state: UInt64(index))
      check(mutators[index % mutators.count].mutated(&random), "case \(index)")
    }
  }

  /// Small objects with a little of everything, so that few numbers make up most of them.
  @Test func madeByHand() {
    var objects: [[UInt8]] = []
    for separatesNames in [false, true] {
      var object = ObjectBuilder()
      object.separatesNames = separatesNames
      let text = object.text([.callLocal(-1), .exit] + Instruction.wide(1, 0) + Instruction.wide(2, 0) + [.exit])
      let other = object.text([.callHelper(-1), .move(0, 1), .exit], name: "other")
      let data = object.data([UInt8](repeating: 0, count: 24))
      _ = object.add(.init(name: ".bss", type: 8, flags: 3, size: 40))
      let section = object.symbol("", in: data, kind: ObjectBuilder.section, binding: ObjectBuilder.local)
      let entry = object.symbol("entry", in: other, at: 8)
      let common = object.symbol("common", in: ObjectBuilder.common, at: 8, size: 16, kind: ObjectBuilder.object)
      let helper = object.symbol("unwind", in: ObjectBuilder.undefined, kind: ObjectBuilder.noType)
      object.relocate(text, at: 0, type: 10, symbol: entry)
      object.relocate(text, at: 16, type: 1, symbol: common)
      object.relocate(text, at: 32, type: 1, symbol: entry)
      object.relocate(other, at: 0, type: 10, symbol: helper)
      object.relocate(data, at: 0, type: 2, symbol: section)
      object.relocate(data, at: 8, type: 12, symbol: entry)
      object.relocate(data, at: 16, type: 3, symbol: common)
      objects.append(object.bytes())
    }
    for object in objects {
      #expect(throws: Never.self) { _ = try ProgramLoader.load(object, helpers: HelperTable.test.numbersByName) }
    }
    fuzz(objects)
  }

  @Test(.enabled(if: Clang.isAvailable, "\(Clang.missing)"))
  func madeByClang() throws {
    let variants = [["-O0"], ["-g"], ["-ffunction-sections", "-fcommon"]]
    fuzz(
      try variants.map { try Clang.compile(CompiledPrograms.source, options: $0) }
        + variants.map { try Clang.compile(CompiledPrograms.addresses, options: $0) })
  }

  @Test(.enabled(if: GCC.isAvailable, "\(GCC.missing)"))
  func madeByGCC() throws {
    let variants = [["-O0"], ["-g"], ["-fcommon"]]
    fuzz(try variants.map { try GCC.compile(CompiledPrograms.source, options: $0) })
  }
}
