import EBPF
import Testing

/// Programs compiled by clang for every eBPF CPU version, loaded, verified and run.
@Suite(.enabled(if: Clang.isAvailable, "\(Clang.missing)"))
struct LoaderTests {
  static let cpus = ["v1", "v2", "v3", "v4"]

  private func load(
    _ source: String, cpu: String? = nil, entry: ProgramLoader.EntryPoint = .automatic, dataBase: UInt64 = 0x2000_0000,
    helpers: [String: Int32] = [:]
  ) throws -> Program {
    let object = try Clang.compile(source, cpu: cpu)
    let program = try ProgramLoader.load(object, dataBase: dataBase, entry: entry, helpers: helpers)
    try Verifier.verify(program)
    return program
  }

  private func loadError(_ source: String) throws -> LoadError? {
    #expect(throws: LoadError.self) { _ = try load(source) }
  }

  /// A static subprogram before the entry, in the same section: called without a relocation.
  @Test(arguments: cpus)
  func staticSubprogramInText(_ cpu: String) throws {
    let program = try load(
      """
      static __attribute__((noinline)) int twice(int x) { asm volatile("" : "+r"(x)); return x * 2; }
      int main_program(void *memory, unsigned long size) { return twice(21) + (int)size; }
      """, cpu: cpu)
    #expect(program.functions["main_program"] == program.entry)
    #expect(program.functions["twice"] != nil)
    #expect(run(program, memory: [1, 2, 3]).result.r0 == 45)
  }

  /// Global functions of .text, at non-zero offsets, called from another section.
  @Test(arguments: cpus)
  func functionInAnotherSection(_ cpu: String) throws {
    let program = try load(
      """
      __attribute__((noinline)) int first(int x) { asm volatile("" : "+r"(x)); return x + 1; }
      __attribute__((noinline)) int second(int x) { asm volatile("" : "+r"(x)); return x * 10; }
      static __attribute__((noinline)) int third(int x) { asm volatile("" : "+r"(x)); return x - 3; }
      __attribute__((section("prog"))) int entry(void) { return third(second(first(4))); }
      """, cpu: cpu)
    #expect(program.functions["entry"] == program.entry)
    #expect(program.functions["second"] != 0)
    #expect(run(program).result.r0 == 47)
  }

  /// String constants, initialised and zeroed variables; `data` is a template, the run works on a copy.
  @Test(arguments: cpus)
  func dataSections(_ cpu: String) throws {
    let program = try load(
      """
      static const char text[] = "eBPF";
      const unsigned long table[3] = { 100, 200, 300 };
      volatile int counter = 5;
      volatile long zeroed[4];
      int entry(void *memory, unsigned long size) {
        counter += text[size & 3];
        zeroed[1] = table[size % 3];
        return counter + zeroed[1] + zeroed[2];
      }
      """, cpu: cpu)
    #expect(program.writableDataOffset.isMultiple(of: 16) && program.writableDataOffset < program.data.count)
    #expect(program.dataBase == 0x2000_0000)
    #expect(run(program).result.r0 == 5 + 0x65 + 100)
    #expect(run(program, memory: [0, 0]).result.r0 == 5 + 0x50 + 300)
  }

  /// A pointer in .data is relocated to the guest address of its target.
  @Test func pointerInData() throws {
    let program = try load(
      """
      static int target[2] = { 7, 8 };
      int *volatile pointer = &target[1];
      int entry(void) { return *pointer; }
      """)
    #expect(run(program).result.r0 == 8)
  }

  @Test func entryByRule() throws {
    let source = """
      static __attribute__((noinline)) int hidden(int x) { asm volatile("" : "+r"(x)); return x; }
      int in_text(void) { return hidden(1); }
      __attribute__((section("one"))) int first(void) { return 2; }
      __attribute__((section("one"))) int other(void) { return 3; }
      __attribute__((section("two"))) int last(void) { return 4; }
      """
    let expected: [(ProgramLoader.EntryPoint, UInt64)] = [
      (.automatic, 2), (.section(".text"), 1), (.section("two"), 4), (.symbol("other"), 3), (.symbol("in_text"), 1),
    ]
    for (entry, r0) in expected { #expect(run(try load(source, entry: entry)).result.r0 == r0) }
    let noSection = #expect(throws: LoadError.self) { _ = try load(source, entry: .section("three")) }
    #expect(noSection?.description == "no executable section 'three'; the object has '.text', 'one', 'two'")
    let noSymbol = #expect(throws: LoadError.self) { _ = try load(source, entry: .symbol("nobody")) }
    #expect(noSymbol?.code == .entryNotFound)
  }

  @Test func helperByNumberAndByName() throws {
    let byNumber = try load("static long (*root)(long) = (void *)3; int entry(void) { return root(144); }")
    #expect(run(byNumber, helpers: .test).result.r0 == 12)
    let source = "long sqrti(long); int entry(void) { return sqrti(144); }"
    let byName = try load(source, helpers: HelperTable.test.numbersByName)
    #expect(run(byName, helpers: .test).result.r0 == 12)
  }

  /// The address of a helper is its number, for CALLX.
  @Test func helperThroughPointer() throws {
    let source = """
      long sqrti(long); long gather_bytes(long, long, long, long, long);
      long (*volatile pointer)(long) = sqrti;
      long (*const volatile table[])() = { gather_bytes, sqrti };
      int entry(void) { return pointer(144) + table[1](81); }
      """
    let program = try load(source, helpers: HelperTable.test.numbersByName)
    #expect(run(program, helpers: HelperTable.test).result.r0 == 12 + 9)
  }

  @Test func unresolvedSymbol() throws {
    let call = try loadError("int foo(int); int entry(int x) { return foo(3) + 1; }")
    #expect(call?.code == .unresolvedSymbol)
    #expect(call?.description == "unresolved symbol 'foo' (relocation at .text+0x8)")
    let variable = try loadError("extern int shared; int entry(void) { return shared; }")
    #expect(variable?.description == "unresolved symbol 'shared' (relocation at .text+0x0)")
  }

  @Test func mapsAreRefused() throws {
    let map = try loadError(
      """
      struct { int *type; } counters __attribute__((section(".maps"), used));
      int entry(void) { return ((long (*)(void *))1)(&counters) != 0; }
      """)
    #expect(map?.description == "maps are not supported: section '.maps' has 'counters'")
  }

  @Test func wrongMachine() throws {
    let native = try Clang.compile("int f(void) { return 1; }", target: "x86_64-linux-gnu")
    let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.load(native) }
    #expect(error?.description == "not an eBPF object: ELF machine 62, expected 247 (EM_BPF)")
    let bigEndian = try Clang.compile("int f(void) { return 1; }", target: "bpfeb")
    #expect(throws: LoadError.self) { _ = try ProgramLoader.load(bigEndian) }
  }

  @Test func objectWithoutCode() throws {
    #expect(try loadError("int x = 1;")?.code == .noCode)
  }

  @Test func hugeDataIsRefused() throws {
    #expect(try loadError("char big[1ul << 40]; char *entry(void) { return big; }")?.code == .tooLarge)
  }

  /// A file cut short at any length is refused, or is a program still: never a crash.
  @Test func truncatedAtEveryLength() throws {
    let object = try Clang.compile(
      """
      static const char text[] = "cut"; int counter = 1;
      __attribute__((noinline)) int f(int x) { asm volatile("" : "+r"(x)); return x + counter; }
      __attribute__((section("prog"))) int entry(void *m, unsigned long n) { return f(text[n & 3]); }
      """)
    for length in 0..<object.count {
      #expect(throws: LoadError.self, "\(length) of \(object.count) bytes") {
        _ = try ProgramLoader.load(Array(object[..<length]))
      }
    }
    _ = try ProgramLoader.load(object)
  }
}

/// Raw programs need no compiler.
@Suite struct RawLoaderTests {
  @Test func slotsAreLittleEndian() throws {
    let program = try ProgramLoader.load([0xb7, 0, 0, 0, 1, 2, 3, 4, 0x95, 0, 0, 0, 0, 0, 0, 0])
    #expect(program == Program([.move(0, 0x0403_0201), .exit]))
    #expect(program.data.isEmpty && program.entry == 0 && program.functions.isEmpty)
  }

  @Test func lengthIsAMultipleOf8() {
    let error = #expect(throws: LoadError.self) { _ = try ProgramLoader.load([UInt8](repeating: 0, count: 13)) }
    #expect(error?.description == "raw program length 13 is not a multiple of 8")
    let empty = #expect(throws: LoadError.self) { _ = try ProgramLoader.load([]) }
    #expect(empty?.code == .emptyProgram)
  }

  @Test func rawProgramsHaveNoNames() {
    let error = #expect(throws: LoadError.self) {
      _ = try ProgramLoader.load([0x95, 0, 0, 0, 0, 0, 0, 0], entry: .symbol("main"))
    }
    #expect(error?.code == .entryNotFound)
  }
}
