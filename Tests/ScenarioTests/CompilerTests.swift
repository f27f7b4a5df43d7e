import Foundation
import Testing

@testable import Scenario

@Suite("Compiled programs")
struct CompilerTests {
  private static let files = [
    "a.c": "#include \"h.h\"\nconst char *f(void) { return __FILE__; }\nlong g(void) { return K; }\n",
    "h.h": "#define K 3\n", "b.s": "f:\n r0 = 3\n exit\n .data\n .long 1\n", "bad.c": "int f( {\n",
  ]

  @Test("C, and assembly with data, become the same ELF object in every folder", arguments: ["a.c", "b.s"])
  func compiles(_ name: String) throws {
    let images = try (0..<2).map { _ in
      try withFolder(CompilerTests.files) { folder in
        let found = try actions("{\"load_text\": {\"program\": \"\(name)\"}}", in: folder)
        guard case .loadText(let load) = found[0] else { return [UInt8]() }
        return load.transfer.bytes
      }
    }
    #expect(images[0] == images[1])
    // 64-bit little-endian ELF, machine 247 (BPF).
    #expect(images[0].starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) && images[0][18...19].elementsEqual([247, 0]))
  }

  @Test("the first error of the compiler is shown")
  func errors() throws {
    try withFolder(CompilerTests.files) { folder in
      let message = try refusal(#"{"steps": [{"load_text": {"program": "bad.c"}}]}"#, in: folder)
      #expect(message.hasPrefix("s.json:1:38: $.steps[0].load_text.program: found \"bad.c\": "))
      #expect(message.contains("bad.c:1:8: error: "))
      #expect(message.hasSuffix(", expected source that clang compiles for BPF"))
    }
  }

  @Test("nothing is left behind, whether it compiles or not")
  func tidy() throws {
    try withFolder(CompilerTests.files) { folder in
      var environment = ToolEnvironment()
      environment.temporaryFolder = folder
      var compiler = Compiler(environment: environment)
      _ = try compiler.compile(folder + "a.c")
      #expect(throws: Compiler.Failure.self) { try compiler.compile(folder + "bad.c") }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.sorted() == CompilerTests.files.keys.sorted())
    }
  }

  static let choices = [
    (
      "/bin/false", "no clang with the BPF target (tried /bin/false)",
      "one in the variable CLANG, on PATH, or beside swift"
    ),
    ("no-such-clang", "no program called \"no-such-clang\" on PATH", "a clang in the variable CLANG"),
  ]

  @Test("the variable CLANG chooses, and a choice that cannot work is named", arguments: choices)
  func chosen(_ clang: String, _ found: String, _ expected: String) throws {
    var environment = ToolEnvironment()
    environment.clang = clang
    var compiler = Compiler(environment: environment)
    try withFolder(CompilerTests.files) { folder in
      let failure = #expect(throws: Compiler.Failure.self) { try compiler.compile(folder + "a.c") }
      #expect(failure?.found == found && failure?.expected == expected)
    }
  }

  @Test("no clang at all, and no temporary folder")
  func missing() throws {
    var environment = ToolEnvironment()
    environment.clang = nil
    environment.path = []
    var compiler = Compiler(environment: environment)
    let none = #expect(throws: Compiler.Failure.self) { try compiler.compile("a.c") }
    #expect(none?.found == "no clang with the BPF target")
    environment.temporaryFolder = "/nonexistent"
    compiler = Compiler(environment: environment)
    let nowhere = #expect(throws: Compiler.Failure.self) { try compiler.compile("a.c") }
    #expect(nowhere?.found == "no temporary folder: No such file or directory")
  }

  @Test("a clang without BPF is passed over for the one beside swift")
  func besideSwift() throws {
    let swift = try #require(ToolEnvironment().search("swift"))
    try withFolder(CompilerTests.files) { folder in
      try FileManager.default.createSymbolicLink(atPath: folder + "swift", withDestinationPath: swift)
      try FileManager.default.createSymbolicLink(atPath: folder + "clang", withDestinationPath: "/bin/false")
      var environment = ToolEnvironment()
      environment.clang = nil
      environment.path = [folder]
      var compiler = Compiler(environment: environment)
      #expect(try !compiler.compile(folder + "a.c").isEmpty)
    }
  }
}
