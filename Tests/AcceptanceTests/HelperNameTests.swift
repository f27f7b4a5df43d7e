import Testing

@Suite("Helper functions of the device, by name")
struct HelperNameTests {
  @Test("an object calls a helper by its name, or by its number")
  func called() throws {
    let source = """
      extern long sqrti(long);
      long by_name(void) { return sqrti(144); }
      static long (*root)(long) = (void *)3;
      long by_number(void) { return root(169); }
      """
    let steps = [("by_name", 12), ("by_number", 13)].map { name, ret in
      "{\"load_text\": {\"program\": \"p.c\", \"entry\": \"\(name)\"}}, {\"run\": {\"expect\": {\"ret\": \(ret)}}}"
    }
    let run = try Run(steps.joined(separator: ", "), files: ["p.c": source])
    #expect(run.outcome.status == 0, "\(run.outcome.output)")
  }
}
