import ArgumentParser
import Device
import Diagnostics
import EBPF

/// `ubpf-sim disasm FILE`: a program as text that `ubpf-sim asm` reads.
struct Disasm: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the instructions of an ELF object or of raw slots.", helpNames: .shortAndLong)

  @Argument(help: "The program: an ELF object, or raw slots.")
  var file: String

  func run() throws {
    do throws(LoadError) {
      let bytes = InputFile.read(file, expected: "an ELF object or raw slots")
      let helpers = try Disasm.helpers(of: bytes)
      // The addresses of data are those that the device's core gives it.
      let program = try ProgramLoader.load(bytes, dataBase: CoreMemory.programBase, helpers: helpers.numbers)
      Output.printText((helpers.notes + [DisassemblyListing(program).text]).joined(separator: "\n"))
    } catch {
      Output.fail("\(file): found \(error), expected an eBPF program", status: 2)
    }
  }

  /// The helper functions that every device has, and numbers that none has for names that only a scenario knows.
  private static func helpers(of bytes: [UInt8]) throws(LoadError) -> (numbers: [String: Int32], notes: [String]) {
    var numbers = HelperTable.test.numbersByName, notes: [String] = []
    for name in try ProgramLoader.undefinedNames(bytes) where numbers[name] == nil {
      let number = Int32.max - Int32(notes.count)
      numbers[name] = number
      notes.append("; helper \(number): \(name.oneLine), which has its number in the scenario")
    }
    return (numbers, notes)
  }
}
