import Check
import Foundation
import PCIe
import Scenario
import Testing
import WaveReader

/// TLPs in dumps: how beats become packets, and what is no packet.
struct DumpTLPsTests {
  private static let device = DeviceID(rawValue: 0x0100)
  private static let write = TLP.memoryWrite(address: 0x1_0000_1000, data: Array(1...20), requester: device)
  private static let short = TLP.memoryWrite(address: 0x1000, data: [1, 2, 3, 4], requester: device)
  private static let read = TLP.memoryRead(address: 0x2000, length: 64, tag: 5, requester: device)

  /// The names of a stream's signals, and how its beats look.
  private struct Form {
    var bytes = 8
    /// Bytes of a bit of `keep`; 0 for none.
    var unit = 1
    var isDwords = false
    var hasHeader = false

    var isWithoutKeep: Bool { unit == 0 }
  }

  /// What an edge has on each signal; x where nothing counts.
  private struct Beats {
    private(set) var valid: [String] = [], ready: [String] = [], last: [String] = []
    private(set) var data: [String] = [], keep: [String] = [], header: [String] = []
    let form: Form

    init(_ form: Form) { self.form = form }

    mutating func idle(valid isValid: Bool = false) {
      valid.append(isValid ? "1" : "0")
      ready.append(isValid ? "0" : "1")
      for signal in [\Beats.last, \.data, \.keep, \.header] { self[keyPath: signal].append("x") }
    }

    mutating func packet(_ tlp: TLP, waits: Int = 0) {
      let bytes = form.hasHeader ? tlp.payload : tlp.bytes
      for start in stride(from: 0, to: max(1, bytes.count), by: form.bytes) {
        for _ in 0..<waits { idle(valid: true) }
        let part = bytes.dropFirst(start).prefix(form.bytes)
        valid.append("1")
        ready.append("1")
        last.append(start + form.bytes >= bytes.count ? "1" : "0")
        var lanes = part.map(Self.byte) + [String](repeating: "xxxxxxxx", count: form.bytes - part.count)
        if form.isDwords { lanes = lanes.indices.map { lanes[$0 ^ 3] } }
        data.append(lanes.reversed().joined())
        keep.append(
          form.isWithoutKeep
            ? "x" : String(repeating: "1", count: part.count / form.unit).leftPadded(form.bytes / form.unit))
        var words = tlp.header.bytes.map(Self.byte)
        words += [String](repeating: "xxxxxxxx", count: 16 - words.count)
        header.append(form.hasHeader && start == 0 ? words.joined() : "x")
      }
    }

    private static func byte(_ byte: UInt8) -> String { String(byte, radix: 2).leftPadded(8) }

    func columns(_ prefix: String = "") -> [Dumps.Column] {
      let width = 8 * form.bytes
      var columns: [Dumps.Column] = [
        (prefix + "valid", 1, valid), (prefix + "ready", 1, ready), (prefix + "last", 1, last),
        (prefix + "data", width, data),
      ]
      if !form.isWithoutKeep { columns.append((prefix + "keep", form.bytes / form.unit, keep)) }
      if form.hasHeader { columns.append((prefix + "header", 128, header)) }
      return columns
    }
  }

  private static let signals = """
    "valid": "valid", "ready": "ready", "last": "last", "data": "data"
    """

  private func map(_ more: String, signals: String = signals) -> String {
    """
    "scope": "tb", "clock": "clk", "tlps": [{"link": "link", "direction": "up", \(signals)\(more)}]
    """
  }

  private func read(_ columns: [Dumps.Column], _ map: String) throws -> [(record: TLPLogRecord, position: Int)] {
    let log = try DesignLog(dumpOfTLPs: try Dumps.file(Dumps.text(columns)), try Dumps.map("{\(map)}"))
    var found: [(record: TLPLogRecord, position: Int)] = []
    while let next = try log.record() { found.append(next) }
    return found
  }

  private func record(_ tlp: TLP, _ direction: LinkDirection = .up, edge: Int) -> TLPLogRecord {
    TLPLogRecord(tlp, link: "link", direction: direction, start: UInt64(10_000 * (edge + 1)))
  }

  // MARK: - Beats

  @Test func beatsBecomePackets() throws {
    var beats = Beats(Form())
    beats.idle()
    beats.packet(Self.write, waits: 1)
    beats.packet(Self.read)
    beats.idle()
    beats.packet(Self.short)
    let found = try read(beats.columns(), map(", \"keep\": \"keep\""))
    // Five beats with a wait before each, then two, and an idle edge.
    #expect(found.map(\.position) == [2, 11, 14])
    #expect(
      found.map(\.record) == [record(Self.write, edge: 2), record(Self.read, edge: 11), record(Self.short, edge: 14)])
  }

  @Test(arguments: [
    (64, 4, false, ", \"keep\": \"keep\""), (32, 32, false, ", \"keep\": \"keep\""), (16, 0, false, ""),
    (4, 0, false, ""), (8, 4, true, ", \"keep\": \"keep\", \"lanes\": \"dwords\""),
    (16, 0, true, ", \"lanes\": \"dwords\""),
    (128, 1, false, ", \"keep\": \"keep\""),
  ]) func allWidthsAreRead(bytes: Int, unit: Int, isDwords: Bool, more: String) throws {
    // A bit of keep for all bytes of a beat can only say that there are some.
    let packets =
      unit == 32
      ? [TLP.memoryWrite(address: 0x1_0000_0000, data: Array(1...16), requester: Self.device)]
      : [Self.write, Self.read, Self.short]
    var beats = Beats(Form(bytes: bytes, unit: unit, isDwords: isDwords))
    for tlp in packets { beats.packet(tlp) }
    #expect(
      try read(beats.columns(), map(more)).map(\.record.packetText) == packets.map { record($0, edge: 0).packetText })
  }

  @Test func headersSayWherePacketsEnd() throws {
    for bytes in [4, 8, 16, 64] {
      var beats = Beats(Form(bytes: bytes, unit: 0))
      for tlp in [Self.short, Self.write, Self.read] { beats.packet(tlp) }
      let found = try read(beats.columns(), map("", signals: "\"valid\": \"valid\", \"data\": \"data\""))
      #expect(found.map(\.record.payload) == [Self.short, Self.write, Self.read].map { record($0, edge: 0).payload })
    }
  }

  @Test func headersMayHaveSignalsOfTheirOwn() throws {
    for (unit, more) in [(0, ""), (1, ", \"keep\": \"keep\"")] {
      for last in ["", ", \"last\": \"last\""] {
        var beats = Beats(Form(bytes: 8, unit: unit, hasHeader: true))
        for tlp in [Self.write, Self.read, Self.short] { beats.packet(tlp) }
        let found = try read(
          beats.columns(),
          map(more + last, signals: "\"valid\": \"valid\", \"data\": \"data\", \"header\": \"header\""))
        #expect(
          found.map(\.record) == [
            record(Self.write, edge: 0), record(Self.read, edge: 3), record(Self.short, edge: 4),
          ])
      }
    }
  }

  @Test func aBeatTooManyIsSeen() throws {
    var beats = Beats(Form(bytes: 16, unit: 0))
    beats.packet(Self.short)
    beats.packet(Self.short)
    // The first packet goes on with the second one.
    let columns = beats.columns().map { $0.name == "last" ? ($0.name, 1, ["0", "1"]) : $0 }
    let found = try read(columns, map(""))
    #expect(found.map(\.record.packetText).allSatisfy { $0.hasPrefix("Malformed 3DW why=payloadMismatch ") })
    #expect(found.map(\.record.payload?.bytes) == [20])
  }

  @Test func streamsComeInTheOrderOfTime() throws {
    var up = Beats(Form()), down = Beats(Form())
    up.idle()
    up.packet(Self.write)
    down.packet(Self.short)
    down.idle()
    down.packet(Self.read)
    // The signals of the shorter one stay as they are.
    down.idle()
    let head = "\"scope\": \"tb\", \"clock\": \"clk\", \"tlps\": ["
    func stream(_ prefix: String, _ direction: String) -> String {
      """
      {"link": "link", "direction": "\(direction)", "valid": "\(prefix)valid && \(prefix)ready", "last": "\(prefix)last",
       "data": "\(prefix)data", "keep": "\(prefix)keep"}
      """
    }
    let map = "\(head)\(stream("u_", "up")), \(stream("d_", "down"))]", columns = up.columns("u_") + down.columns("d_")
    let found = try read(columns, map).map(\.record)
    #expect(
      found == [record(Self.short, .down, edge: 0), record(Self.write, edge: 1), record(Self.read, .down, edge: 3)])
    // What is wrong with one of them is told when the others have ended.
    let broken = columns.map { $0.name == "d_last" ? ($0.name, 1, ["x", "x"]) : $0 }
    let log = try DesignLog(dumpOfTLPs: try Dumps.file(Dumps.text(broken)), try Dumps.map("{\(map)}"))
    #expect(try log.record()?.record == record(Self.write, edge: 1))
    #expect(throws: DesignLog<TLPLogRecord>.Failure.self) { _ = try log.record() }
  }

  @Test func partsOfADesignHaveTheirClocks() throws {
    var beats = Beats(Form())
    beats.idle()
    beats.packet(Self.short)
    // A clock of half the speed, whose first fall, at 20 ns, is within the reset.
    let columns = beats.columns().map { ($0.name, $0.width, $0.values.flatMap { [$0, $0] }) }
    let own: [Dumps.Column] = [
      ("slow", 1, ["0", "1", "0", "1", "0", "1", "0"]), ("hold", 1, ["1", "1", "0"]), ("reset", 1, ["1"]),
    ]
    let map = """
      "scope": "tb", "clock": "clk", "reset": {"signal": "reset", "active": "high"},
      "tlps": [{"link": "link", "direction": "up", "clock": "slow", "edge": "falling",
        "reset": {"signal": "hold", "active": "high"}, \(Self.signals), "keep": "keep"}]
      """
    let found = try read(own + columns, map)
    #expect(found.map(\.position) == [1])
    #expect(found.map(\.record) == [record(Self.short, edge: 3)])
  }

  // MARK: - What is refused

  private func message(_ columns: [Dumps.Column], _ map: String) throws -> String {
    "\(try #require(throws: (any Error).self) { _ = try read(columns, map) })"
  }

  @Test func whatIsNoStreamIsTold() throws {
    var beats = Beats(Form())
    beats.packet(Self.short)
    beats.packet(Self.read)
    let columns = beats.columns(), keep = ", \"keep\": \"keep\"", map = map(keep)
    func changed(_ name: String, _ values: [String]) -> [Dumps.Column] {
      columns.map { $0.name == name ? (name, $0.width, values) : $0 }
    }
    func check(_ message: String, _ expected: String, _ line: Int = #line) {
      #expect(
        message.contains(expected) && !message.contains("\n"), "\(message)",
        sourceLocation: SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1))
    }
    check(
      try message(changed("data", [String(repeating: "1", count: 63) + "x"]), map),
      "at 10 ns (cycle 0), expected only 0 and 1 in a packet")
    check(
      try message(changed("keep", ["x"]), map),
      "found tb.keep is 0xxx at 10 ns (cycle 0), expected only 0 and 1 where a beat is valid")
    check(
      try message(changed("last", ["x"]), map), "found tb.last is x at 10 ns (cycle 0), expected only 0 and 1 in last")
    check(
      try message(changed("last", ["0", "1", "0", "0"]), map),
      "found its end within the packet that begins at 30 ns (cycle 2), expected a last beat")
    check(
      try message(changed("valid", ["0"]), map),
      "found valid and ready at none of 4 rising edges of tb.clk, expected it at one of them: nothing was compared")
    check(
      try message(columns, map.replacingOccurrences(of: "\"data\": \"data\"", with: "\"data\": \"data[62:0]\"")),
      "found \"tb.data[62:0]\" with 63 bits, expected a multiple of 8 bits")
    check(
      try message(columns, self.map(", \"keep\": \"data[2:0]\"")),
      "found \"tb.data[2:0]\" with 3 bits, expected a bit for each of 8 bytes of data, or for as many as divide them")
    check(
      try message(columns, self.map(", \"header\": \"data\"")), "found \"tb.data\" with 64 bits, expected 128 bits")
    check(
      try message(
        columns,
        self.map(", \"lanes\": \"dwords\"").replacingOccurrences(
          of: "\"data\": \"data\"", with: "\"data\": \"data[47:0]\"")),
      "found \"tb.data[47:0]\" with 48 bits, expected a multiple of 32 bits")
    check(
      try message(columns, map.replacingOccurrences(of: "\"data\": \"data\"", with: "\"data\": \"dato\"")),
      "found \"tb.dato\", expected a signal of ")
  }

  @Test func signalsThatAreWiderThanAnyPacketAreTold() throws {
    let file = try Dumps.file(
      Dumps.text([("valid", 1, ["1"]), ("ready", 1, ["1"]), ("last", 1, ["1"]), ("data", 65_537, ["1"])]))
    for more in ["", ", \"keep\": \"data\"", ", \"header\": \"data\""] {
      let map = try Dumps.map("{\(map(more))}")
      let error = try #require(throws: ScenarioError.self) { _ = try DesignLog(dumpOfTLPs: file, map) }
      #expect(error.description.contains("found \"tb.data\" with 65537 bits, expected 1 to 65536 bits"), "\(error)")
    }
  }

  @Test func aPacketWithoutEndIsTold() throws {
    let count = 70_000 / 8, ones = String(repeating: "1", count: 64)
    let columns: [Dumps.Column] = [
      ("valid", 1, ["1"]), ("ready", 1, ["1"]), ("last", 1, ["0"]),
      ("data", 64, [String](repeating: ones, count: count)),
    ]
    let message = try message(columns, map(""))
    #expect(message.contains("bytes of a packet without its last beat at "), "\(message)")
  }
}

extension String {
  fileprivate func leftPadded(_ count: Int) -> String { String(repeating: "0", count: count - self.count) + self }
}
