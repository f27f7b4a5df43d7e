import ArgumentParser
import EBPF

/// `ubpf-sim asm FILE`: assembly to instruction slots.
struct Asm: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Assembles eBPF, in clang's or uBPF's syntax, to raw instruction slots.", helpNames: .shortAndLong)

  @Argument(help: "The source (.s).")
  var file: String

  @Option(name: [.customShort("o"), .long], help: "Where the slots go (default: FILE with the extension .bin).")
  var output: String?

  @Flag(help: "Print the slots to standard output instead, 8 bytes a line in hexadecimal.")
  var hex = false

  func run() throws {
    let source = String(decoding: InputFile.read(file, expected: "an assembly file"), as: UTF8.self)
    do throws(AssemblyError) {
      try write(Assembler.assemble(source).program)
    } catch {
      Output.fail("\(file):\(error)", status: 2)
    }
  }

  private func write(_ program: Program) {
    if hex { return Output.printText(program.hexLines) }
    let path = output ?? defaultOutput
    do {
      try Output.checkDistinct(path, as: "slots", from: [("source", file)])
    } catch {
      Output.fail("\(error)", status: 2)
    }
    Output.write(program.textBytes, to: path, as: "slots")
  }

  private var defaultOutput: String {
    let name = file.suffix(from: file.lastIndex(of: "/").map(file.index(after:)) ?? file.startIndex)
    let stem = name.lastIndex(of: ".").map { file[..<$0] } ?? file[...]
    return stem + ".bin"
  }
}

extension Program {
  /// One line for each slot.
  fileprivate var hexLines: String {
    let bytes = textBytes
    return stride(from: 0, to: bytes.count, by: 8)
      .map { bytes[$0..<$0 + 8].map { HexDump.padded(Int($0), 2) }.joined(separator: " ") }
      .joined(separator: "\n")
  }
}
