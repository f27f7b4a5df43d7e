import ArgumentParser
import Device
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
      // The addresses of data are those that the device's core gives it.
      let program = try ProgramLoader.load(
        bytes, dataBase: CoreMemory.programBase,
        helpers: HelperTable.test.numbersByName)
      Output.printText(DisassemblyListing(program).text)
    } catch {
      Output.fail("\(file): found \(error), expected an eBPF program", status: 2)
    }
  }
}
