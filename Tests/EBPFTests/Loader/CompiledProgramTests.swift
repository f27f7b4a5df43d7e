import EBPF
import Testing

/// The same programs from every compiler, for every CPU version and at every level of optimisation: each is the entry
/// of one shared object, is verified, and returns what C says.
@Suite struct CompiledProgramTests {
  private static let levels = ["-O0", "-O1", "-O2", "-O3"]
  private static let clangOptions = ["v1", "v2", "v3", "v4"].flatMap { cpu in
    levels.map { ["-mcpu=\(cpu)", $0] }
  }
  /// With -mcpu=v1 gcc 12 makes `b >= a` of `a < b`.
  private static let gccOptions = ["v2", "v3"].flatMap { cpu in levels.map { ["-mcpu=\(cpu)", $0] } }
  /// What changes the sections and symbols around the same code.
  private static let layouts = [
    ["-g"], ["-fcommon"], ["-ffunction-sections", "-fdata-sections"], ["-fPIC"], ["-fno-common", "-g", "-O0"],
  ]

  private func check(_ object: [UInt8]) throws {
    for test in CompiledPrograms.cases {
      for entry in [ProgramLoader.EntryPoint.symbol(test.program), .section("prog/\(test.program)")] {
        let program = try ProgramLoader.load(object, dataBase: 0x2000_0000, entry: entry)
        try Verifier.verify(program)
        #expect(run(program, memory: test.memory).result.r0 == test.result, "\(test.program)")
      }
    }
  }

  @Test(.enabled(if: Clang.isAvailable, "\(Clang.missing)"), arguments: clangOptions + layouts)
  func clang(_ options: [String]) throws {
    try check(Clang.compile(CompiledPrograms.source, options: options))
  }

  @Test(.enabled(if: GCC.isAvailable, "\(GCC.missing)"), arguments: gccOptions + layouts + [["-gbtf"]])
  func gcc(_ options: [String]) throws {
    try check(GCC.compile(CompiledPrograms.source, options: options))
  }

  /// A pointer to a function is the address of its slot, wherever it stands.
  private func checkAddresses(_ object: [UInt8]) throws {
    let names = ["zero", "one", "two", "three"]
    for (which, name) in names.enumerated() {
      for user in ["in_code", "in_table"] {
        let program = try ProgramLoader.load(object, dataBase: 0x2000_0000, entry: .symbol(user))
        try Verifier.verify(program)
        let address = CodeAddress.address(ofSlot: try #require(program.functions[name]))
        #expect(run(program, memory: [UInt8(which)]).result.r0 == address, "\(user) \(name)")
      }
    }
    let program = try ProgramLoader.load(object, dataBase: 0x2000_0000, entry: .symbol("in_variable"))
    #expect(run(program).result.r0 == CodeAddress.address(ofSlot: try #require(program.functions["three"])))
  }

  @Test(.enabled(if: Clang.isAvailable, "\(Clang.missing)"), arguments: clangOptions + layouts)
  func addressesByClang(_ options: [String]) throws {
    try checkAddresses(Clang.compile(CompiledPrograms.addresses, options: options))
  }

  @Test(.enabled(if: GCC.isAvailable, "\(GCC.missing)"), arguments: gccOptions + layouts)
  func addressesByGCC(_ options: [String]) throws {
    try checkAddresses(GCC.compile(CompiledPrograms.addresses, options: options))
  }

  /// gcc calls through registers only for xBPF, which is eBPF and a little more.
  private func checkIndirect(_ object: [UInt8]) throws {
    let program = try ProgramLoader.load(object, dataBase: 0x2000_0000, entry: .symbol("program"))
    try Verifier.verify(program)
    #expect(run(program, memory: [0, 1, 2, 3]).result.r0 == (5 + 1) * 2 * 3 * 3)
  }

  @Test(.enabled(if: Clang.isAvailable, "\(Clang.missing)"), arguments: clangOptions + layouts)
  func indirectCallsByClang(_ options: [String]) throws {
    try checkIndirect(Clang.compile(CompiledPrograms.indirect, options: options))
  }

  @Test(.enabled(if: GCC.isAvailable, "\(GCC.missing)"), arguments: gccOptions)
  func indirectCallsByGCC(_ options: [String]) throws {
    try checkIndirect(GCC.compile(CompiledPrograms.indirect, options: options + ["-mxbpf"]))
  }
}
