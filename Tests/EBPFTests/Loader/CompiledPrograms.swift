/// Sources that use all that a compiler may put into an object, and what their programs return.
enum CompiledPrograms {
  /// One program, and its result for one memory.
  struct Case {
    let program: String
    let memory: [UInt8]
    let result: UInt64

    init(_ program: String, _ memory: [UInt8] = [], returns result: UInt64) {
      (self.program, self.memory, self.result) = (program, memory, result)
    }
  }

  static let cases = [
    Case("switches", [0, 1, 2, 3, 4, 5, 6, 7, 8], returns: fold([10, 21, 35, 47, 53, 66, 71, 80, 1])),
    Case("calls", [0, 0, 0, 0], returns: 10_479),
    Case("variables", [0, 0], returns: 5 + 300 + 30 + 0x50),
    Case("zeroed", [9, 9, 9], returns: 3 + 7 * 3),
    Case("strings", [1], returns: 0x62_0004_0001),
    Case("strings", [2], returns: 0x67_0005_0002),
    Case("lists", returns: 1_000 + 200 + 30),
    Case("pointers", returns: 8 + 30 + 2),
    Case("aligned", returns: 0),
    Case("sections", [7], returns: 7 * 11 + 13),
    Case("structures", [3, 4], returns: 3 * 100 + 4 * 10 + 2),
    Case("missing", returns: 1),
  ]

  private static func fold(_ values: [UInt64]) -> UInt64 { values.reduce(0) { $0 * 3 + $1 } }

  /// Every program in a section of its own, subprograms in .text.
  static let source = """
    typedef unsigned long u64; typedef unsigned int u32; typedef unsigned char u8;
    #define PROGRAM(name) __attribute__((section("prog/" #name))) u64 name(const u8 *memory, u64 size)
    #define NOINLINE __attribute__((noinline))
    #define INLINE static inline __attribute__((always_inline))
    #define HIDE(x) asm volatile("" : "+r"(x))

    INLINE u64 choose(u64 x) {
      switch (x) {
        case 0: return 10; case 1: return 21; case 2: return 35; case 3: return 47;
        case 4: return 53; case 5: return 66; case 6: return 71; case 7: return 80;
      }
      return 1;
    }
    PROGRAM(switches) {
      u64 sum = 0;
      for (u64 i = 0; i < size; i++) sum = sum * 3 + choose(memory[i]);
      return sum;
    }

    NOINLINE u64 add_one(u64 x) { HIDE(x); return x + 1; }
    static NOINLINE u64 minus_three(u64 x) { HIDE(x); return x - 3; }
    NOINLINE u64 times_ten(u64 x) { HIDE(x); return x * 10; }
    __attribute__((weak)) NOINLINE u64 thousands(u64 x) { HIDE(x); return x + 1000; }
    static NOINLINE u64 inner(u64 x) { HIDE(x); return minus_three(times_ten(add_one(x))); }
    NOINLINE __attribute__((section("prog/other"))) u64 elsewhere(u64 x) { HIDE(x); return thousands(inner(x)) - 0; }
    static NOINLINE __attribute__((section("prog/other"))) u64 hidden(u64 x) { HIDE(x); return x + 9; }
    PROGRAM(calls) { return hidden(times_ten(elsewhere(size))); }

    volatile u32 counter = 5;
    static volatile u64 hidden_counter = 30;
    const u64 table[3] = { 100, 200, 300 };
    static const char letters[] = "eBPF";
    PROGRAM(variables) {
      counter += letters[size & 3];
      return counter + table[size % 3] + hidden_counter;
    }

    volatile u32 zeroes[4];
    static volatile u64 hidden_zeroes[2];
    PROGRAM(zeroed) {
      zeroes[2] += size;
      for (u64 i = 0; i < size; i++) hidden_zeroes[1] += 7;
      return zeroes[2] + hidden_zeroes[1] + zeroes[1] + hidden_zeroes[0];
    }

    static const char *const names[] = { "alpha", "beta", "gamma" };
    NOINLINE u64 length(const char *text) { u64 n = 0; while (text[n]) { n++; HIDE(n); } return n; }
    PROGRAM(strings) {
      const char *name = names[memory[0] % 3];
      return (u64)name[0] << 32 | length(name) << 16 | memory[0];
    }

    struct node { struct node *next; u64 value; };
    static struct node third_node = { 0, 30 };
    static struct node second_node = { &third_node, 200 };
    struct node first_node = { &second_node, 1000 };
    PROGRAM(lists) {
      u64 sum = 0;
      for (struct node *volatile node = &first_node; node; node = node->next) sum += node->value;
      return sum;
    }

    static u32 array[4] = { 6, 7, 8, 9 };
    u32 *volatile into_array = &array[2];
    u64 *volatile into_zeroes = (u64 *)&hidden_zeroes[1];
    u32 *volatile *volatile twice = &into_array;
    PROGRAM(pointers) {
      *into_zeroes = 30;
      return **twice + hidden_zeroes[1] + (into_array - array);
    }

    u8 odd = 1;
    __attribute__((aligned(64))) volatile u8 line[64] = { 1 };
    volatile u64 wide_common;
    PROGRAM(aligned) { odd++; return ((u64)line & 63) | ((u64)&wide_common & 7); }

    __attribute__((section(".data.config"))) volatile u64 factor = 11;
    __attribute__((section(".rodata.config"))) const volatile u64 term = 13;
    PROGRAM(sections) { return memory[0] * factor + term; }

    struct pair { u8 x, y; u64 count; };
    static NOINLINE void fill(struct pair *pair, const u8 *memory) { pair->x = memory[0]; pair->y = memory[1]; }
    PROGRAM(structures) {
      struct pair pair = { 0, 0, size };
      fill(&pair, memory);
      return pair.x * 100 + pair.y * 10 + pair.count;
    }

    extern u64 nowhere __attribute__((weak));
    PROGRAM(missing) { return &nowhere == 0; }
    """

  /// Addresses of functions: in code, and in tables of constants.
  static let addresses = """
    typedef unsigned long u64;
    __attribute__((noinline)) u64 zero(u64 x) { asm volatile("" : "+r"(x)); return x; }
    static __attribute__((noinline)) u64 one(u64 x) { asm volatile("" : "+r"(x)); return x + 1; }
    __attribute__((noinline, section("other"))) u64 two(u64 x) { asm volatile("" : "+r"(x)); return x * 2; }
    static __attribute__((noinline, section("other"))) u64 three(u64 x) { asm volatile("" : "+r"(x)); return x * 3; }
    u64 (*const table[4])(u64) = { zero, one, two, three };
    u64 (*volatile variable)(u64) = three;
    u64 in_code(const unsigned char *which) {
      return which[0] == 0 ? (u64)zero : which[0] == 1 ? (u64)one : which[0] == 2 ? (u64)two : (u64)three;
    }
    u64 in_table(const unsigned char *which) { return (u64)table[which[0] & 3]; }
    u64 in_variable(void) { return (u64)variable; }
    """

  /// Calls through a table and a variable, for compilers that make CALLX of them.
  static let indirect =
    addresses + """

      u64 program(const unsigned char *which, u64 size) {
        u64 x = 5;
        for (u64 i = 0; i < size; i++) x = table[which[i] & 3](x);
        return variable(x);
      }
      """
}
