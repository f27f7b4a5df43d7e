import CLibFST
import Testing
import TraceSupport
import Waveform

/// Enumerations travel in the FST hierarchy: a table is defined before its first variable and referred to before each.
struct EnumTableTests {
  static let state = EnumTable(
    name: "dma_state", cases: [(2, "DATA"), (0, "IDLE"), (1, "WAIT \"credit\"")])

  let folder = try! TemporaryFolder()

  @Test func casesAreSortedByValue() {
    #expect(Self.state.cases.map(\.name) == ["IDLE", "WAIT \"credit\"", "DATA"])
  }

  @Test func equalityIsByValue() {
    let same = EnumTable(name: "dma_state", cases: [(0, "IDLE"), (1, "WAIT \"credit\""), (2, "DATA")])
    #expect(same == Self.state)
    #expect(same.hashValue == Self.state.hashValue)
    #expect(same != EnumTable(name: "other", cases: same.cases))
    #expect(same != EnumTable(name: same.name, cases: same.cases.dropLast()))
  }

  @Test(.enabled(if: LibFST.isAvailable, "libfst, from the Debian package verilator, is not installed"))
  func libfstReadsTheTablesBack() throws {
    let path = folder.file("enums.fst")
    let writer = try FSTWriter(path: path)
    writer.beginScope("top")
    _ = writer.addVariable("first", width: 2, enumeration: Self.state, initial: 0)
    _ = writer.addVariable("plain", width: 2, enumeration: nil, initial: 0)
    let same = EnumTable(name: "dma_state", cases: Self.state.cases)
    _ = writer.addVariable("second", width: 2, enumeration: same, initial: 0)
    _ = writer.addVariable("wider", width: 8, enumeration: Self.state, initial: 0)
    _ = writer.addVariable("bit", width: 1, enumeration: Self.state, initial: 0)
    writer.endScope()
    try writer.start(at: 0)
    try writer.close(at: 10)

    let reader = try #require(libfst_open(path))
    defer { libfst_close_reader(reader) }
    var lines: [String] = []
    var item = libfst_hierarchy_item()
    while libfst_next_item(reader, &item) {
      let name = item.name.map { String(cString: $0) } ?? ""
      switch item.kind {
      case libfst_variable: lines.append("variable \(name), \(item.width) bits")
      case libfst_enum_table: lines.append(name.isEmpty ? "use table \(item.handle)" : describe(name, item.handle))
      default: break
      }
    }
    #expect(
      lines == [
        "table 1 dma_state: 00 IDLE, 01 WAIT \"credit\", 10 DATA",
        "use table 1", "variable first [1:0], 2 bits",
        "variable plain [1:0], 2 bits",
        "use table 1", "variable second [1:0], 2 bits",
        "table 2 dma_state: 00000000 IDLE, 00000001 WAIT \"credit\", 00000010 DATA",
        "use table 2", "variable wider [7:0], 8 bits",
        "table 3 dma_state: 0 IDLE, 1 WAIT \"credit\"",
        "use table 3", "variable bit, 1 bits",
      ])
  }

  private func describe(_ text: String, _ handle: UInt32) -> String {
    guard let table = libfst_decode_enum(text) else { return "unreadable table \(text)" }
    defer { libfst_free_enum(table) }
    let cases = (0..<libfst_enum_count(table)).map {
      "\(String(cString: libfst_enum_value(table, $0))) \(String(cString: libfst_enum_literal(table, $0)))"
    }
    return "table \(handle) \(String(cString: libfst_enum_name(table))): \(cases.joined(separator: ", "))"
  }

  @Test(.enabled(if: FST2VCD.isAvailable, "fst2vcd, from the Debian package gtkwave, is not installed"))
  func valuesOfEnumeratedSignalsAreBits() throws {
    var stream = EventStream.counter(steps: 3)
    stream.modules[0].signals[1].enumeration = Self.state
    let fst = folder.file("trace.fst")
    let vcd = folder.file("trace.vcd")
    try stream.write(to: FSTWriter(path: fst))
    try stream.write(to: VCDWriter(path: vcd))
    #expect(try FST2VCD.read(fst) == VCDCanonical(parsing: readText(vcd)))
    let attributes = try FST2VCD.convert(fst, extensions: true).split(separator: "\n").filter { $0.hasPrefix("$attr") }
    #expect(attributes.count == 2)
    #expect(attributes.first?.contains("dma_state 3 IDLE WAIT\\040\\042credit\\042 DATA") == true)
  }
}
