import Testing

@Suite("The entry of a program, by name")
struct EntryTests {
  private static let source = """
    __attribute__((noinline)) int shared(int x) { asm volatile("" : "+r"(x)); return x * 10; }
    __attribute__((section("first"))) int one(void) { return shared(1); }
    __attribute__((section("second"))) int two(void) { return shared(2); }
    static __attribute__((section("second"), used)) int three(void) { return shared(3); }
    """

  private static func load(_ program: String, _ entry: String) -> String {
    "{\"load_text\": {\"program\": \"\(program)\", \"entry\": \"\(entry)\"}}"
  }

  private static func run(_ ret: Int) -> String { "{\"run\": {\"expect\": {\"ret\": \(ret)}}}" }

  @Test("functions and sections of one C file, again and again")
  func programs() throws {
    let steps = [("one", 10), ("two", 20), ("three", 30), ("second", 20), ("first", 10)].map { name, ret in
      Self.load("p.c", name) + ", " + Self.run(ret)
    }
    let automatic = #"{"load_text": {"program": "p.c"}}, "# + Self.run(10)
    let all = ([automatic] + steps + [automatic]).joined(separator: ", ")
    let run = try Run("{\"repeat\": {\"count\": 2, \"steps\": [\(all)]}}", files: ["p.c": Self.source])
    #expect(run.outcome.status == 0, "\(run.outcome.output)")
    #expect(run.steps.count == 28)
  }

  @Test("the parts of a p2p load, too")
  func peer() throws {
    let load = #"{"load_text": {"program": "p.c", "entry": "two", "via": "p2p"}}"#
    let run = try Run(load + ", " + Self.run(20), files: ["p.c": Self.source])
    #expect(run.outcome.status == 0, "\(run.outcome.output)")
  }

  @Test("a global label of assembly that becomes an object")
  func assembly() throws {
    let source = " .globl f\n .globl g\nf:\n r0 = 3\n exit\ng:\n r0 = 4\n exit\n .data\n .quad f\n"
    let run = try Run(Self.load("p.s", "g") + ", " + Self.run(4), files: ["p.s": source])
    #expect(run.outcome.status == 0, "\(run.outcome.output)")
  }
}
