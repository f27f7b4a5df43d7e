import SimKernel
import Testing

/// Signals are fields of a State: name, place in memory, width and meaning.
struct SignalTests {
  enum Two: TracedEnum { case off, on }
  enum Three: TracedEnum { case red, green, blue }
  enum Five: UInt8, TracedEnum { case a = 10, b = 20, c = 30, d = 40, e = 50 }

  struct Inner: TracedState {
    var valid = false
    var address: UInt32 = 0

    static var signals: [SignalDeclaration<Inner>] {
      [.flag("valid", \.valid), .address("address", \.address, width: 24)]
    }
  }

  struct Middle: TracedState {
    var tag: UInt16 = 0
    var inner = Inner()

    static var signals: [SignalDeclaration<Middle>] { [.bits("tag", \.tag, width: 10), .group("inner", \.inner)] }
  }

  struct Sample: TracedState {
    var flag = false
    var byte: UInt8 = 0
    var two = Two.off
    var three = Three.red
    var count: UInt64 = 0
    var signed: Int32 = 0
    var five = Five.a
    var middle = Middle()
    var registers = InlineArray<3, UInt64>(repeating: 0)
    var narrow = InlineArray<2, UInt8>(repeating: 0)
    var table = InlineArray<2, Inner>(repeating: Inner())

    // Not in memory order: the list is sorted.
    static var signals: [SignalDeclaration<Sample>] {
      [
        .table("entry", \.table), .array("narrow", \.narrow, width: 5, names: ["low", "high"]),
        .array("r", \.registers), .group("middle", \.middle), .enumeration("five", \.five),
        .bits("signed", \.signed), .counter("count", \.count, width: 40), .enumeration("three", \.three),
        .enumeration("two", \.two), .bits("byte", \.byte), .flag("flag", \.flag),
      ]
    }
  }

  private static func signal(_ name: String) throws -> Signal {
    try #require(Sample.resolvedSignals.first { $0.name == name })
  }

  @Test func namesFollowTheNestingInMemoryOrder() {
    #expect(
      Sample.resolvedSignals.map(\.name) == [
        "flag", "byte", "two", "three", "count", "signed", "five", "middle.tag", "middle.inner.valid",
        "middle.inner.address", "r0", "r1", "r2", "low", "high", "entry0.valid", "entry0.address", "entry1.valid",
        "entry1.address",
      ])
  }

  /// What is stored in a field is found at the signal's place.
  @Test func offsetsPointAtTheFields() throws {
    var sample = Sample()
    sample.byte = 0xab
    sample.three = .blue
    sample.count = 0x12_3456_789a
    sample.signed = -2
    sample.five = .d
    sample.middle.tag = 0x3ff
    sample.middle.inner.address = 0xab_cdef
    sample.registers[2] = 0xfeed_face_cafe_beef
    sample.narrow[1] = 17
    sample.table[1].valid = true
    sample.table[1].address = 0x123
    let expected: [(String, UInt64)] = [
      ("flag", 0), ("byte", 0xab), ("two", 0), ("three", 2), ("count", 0x12_3456_789a), ("signed", 0xffff_fffe),
      ("five", 3), ("middle.tag", 0x3ff), ("middle.inner.valid", 0), ("middle.inner.address", 0xab_cdef), ("r0", 0),
      ("r2", 0xfeed_face_cafe_beef), ("low", 0), ("high", 17), ("entry0.valid", 0), ("entry0.address", 0),
      ("entry1.valid", 1), ("entry1.address", 0x123),
    ]
    for (name, value) in expected {
      let signal = try Self.signal(name)
      let found = withUnsafeBytes(of: sample) { bytes in
        (0..<signal.bytes).reduce(UInt64(0)) { $0 | UInt64(bytes[signal.offset + $1]) << UInt64(8 * $1) }
      }
      #expect(found == value, "\(name)")
    }
  }

  @Test(arguments: [
    ("flag", 1, 1), ("byte", 1, 8), ("count", 8, 40), ("signed", 4, 32), ("middle.tag", 2, 10),
    ("middle.inner.address", 4, 24), ("r1", 8, 64), ("high", 1, 5),
  ])
  func widthsAreThoseDeclaredOrThoseOfTheField(name: String, bytes: Int, width: Int) throws {
    let signal = try Self.signal(name)
    #expect(signal.bytes == bytes)
    #expect(signal.width == width)
  }

  @Test func enumerationsAreAsWideAsTheirLastPosition() throws {
    #expect(try Self.signal("two").width == 1)
    #expect(try Self.signal("three").width == 2)
    #expect(try Self.signal("five").width == 3)
    #expect(try Self.signal("three").kind == .enumeration(name: "Three", cases: ["red", "green", "blue"]))
    // Positions, not raw values, are what memory holds.
    #expect(try Self.signal("five").kind == .enumeration(name: "Five", cases: ["a", "b", "c", "d", "e"]))
  }

  @Test func kindsAreThoseDeclared() throws {
    #expect(try Self.signal("flag").kind == .flag)
    #expect(try Self.signal("byte").kind == .bits)
    #expect(try Self.signal("count").kind == .counter)
    #expect(try Self.signal("entry1.address").kind == .address)
  }

  @Test func noSignalStraddlesAWord() {
    for signal in Sample.resolvedSignals { #expect(signal.offset % 8 + signal.bytes <= 8, "\(signal.name)") }
  }

  @Test func aStateWithoutFlipFlopsHasNoSignals() {
    #expect(NoState.resolvedSignals.isEmpty)
  }

  @Test func statesLieInZeroedCacheLines() {
    let flipFlops = FlipFlops(Sample())
    #expect(UInt(bitPattern: flipFlops.pointer) % 64 == 0)
    let size = MemoryLayout<Sample>.size, padded = (size + 63) & ~63
    let bytes = UnsafeRawBufferPointer(start: flipFlops.pointer, count: padded)
    #expect(bytes[size...].allSatisfy { $0 == 0 })
  }

  @Test func tablesNameTheirEntriesAndLieInZeroedCacheLines() {
    let table = StateTable("entry", count: 3, repeating: Inner(valid: true, address: 7))
    #expect(
      table.signals.map(\.name) == [
        "entry0.valid", "entry0.address", "entry1.valid", "entry1.address", "entry2.valid", "entry2.address",
      ])
    let stride = MemoryLayout<Inner>.stride
    #expect(table.signals.map(\.offset) == [0, 4, stride, stride + 4, 2 * stride, 2 * stride + 4])
    #expect(table.bytes == 3 * stride && UInt(bitPattern: table.base) % 64 == 0)
    #expect((0..<3).allSatisfy { table.pointer[$0].valid && table.pointer[$0].address == 7 })
    #expect(UnsafeRawBufferPointer(start: table.base, count: 64)[table.bytes...].allSatisfy { $0 == 0 })
  }

  /// A Spec may leave a table empty.
  @Test func anEmptyTableHasNoSignals() {
    let table = StateTable("entry", count: 0, repeating: Inner())
    #expect(table.signals.isEmpty && table.bytes == 0)
  }

  @Test func widthBeyondTheFieldTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = SignalDeclaration<Sample>.bits("byte", \Sample.byte, width: 9)
    }
  }

  @Test func computedFieldTraps() async {
    await #expect(processExitsWith: .failure) {
      _ = SignalDeclaration<RandomStream>.bits("computed", \RandomStream.computed)
    }
  }
}

extension RandomStream {
  fileprivate var computed: UInt8 { 0 }
}
