import ArgumentParser
import Device
import Glibc
import UBPFSim

/// `ubpf-sim conformance-plugin`: runs one program for a conformance suite.
///
/// The protocol is that of the public bpf_conformance runner: memory as hexadecimal bytes in the first argument when there
/// is any, the program as hexadecimal bytes on standard input; r0 in base 16 on standard output.
struct ConformancePlugin: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a program from standard input and prints r0, as bpf_conformance asks of a plugin.",
    helpNames: .shortAndLong)

  @Argument(help: "The program's memory as hexadecimal bytes.")
  var memory: String?

  @Option(help: CoreMode.help)
  var mode = CoreMode.standard

  @Flag(help: "Standard input holds an ELF object; it is known by its first bytes as well.")
  var elf = false

  func run() throws {
    do {
      let memory = try HexBytes.parse(memory ?? "", what: "memory")
      let program = try HexBytes.parse(ConformancePlugin.standardInput(), what: "program")
      let r0 = try ProgramRun.r0(of: program, memory: memory, core: mode.microarchitecture)
      Output.printText(String(r0, radix: 16))
    } catch {
      Output.fail("\(error)", status: 2)
    }
  }

  private static func standardInput() -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
  }
}
