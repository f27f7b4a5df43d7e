import SimKernel
import Testing
import TraceSupport
import Tracing

/// Two counters in two domains with a port between them: the waveform says what happened, at the time it happened.
@Suite(.enabled(if: FST2VCD.isAvailable, "SKIPPED: fst2vcd, from the Debian package gtkwave, is not installed"))
struct TinyTraceTests {
  enum Mood: TracedEnum { case calm, busy, done }

  struct Counters: TracedState {
    var mood = Mood.calm
    var odd = false
    var count: UInt16 = 0
    var sums = InlineArray<2, UInt32>(repeating: 0)

    static var signals: [SignalDeclaration<Counters>] {
      [
        .enumeration("mood", \.mood), .flag("odd", \.odd), .counter("count", \.count, width: 12),
        .array("sum", \.sums, names: ["first", "second"]),
      ]
    }
  }

  /// Counts to 3, sending each number; sleeps until edge 8, then is done.
  final class Producer: Component {
    let clock: Clock
    let state = FlipFlops(Counters())
    let ports: [any PortEnd]
    private let output: OutPort<UInt16>

    init(_ clock: Clock, _ output: OutPort<UInt16>) {
      self.clock = clock
      self.output = output
      ports = [output]
    }

    func tick(_ now: Cycle) -> Wake {
      let s = state.pointer
      if now >= 8 {
        s.pointee.mood = .done
        return .onInput
      }
      guard s.pointee.count < 3, output.canSend else { return .at(8) }
      s.pointee.mood = .busy
      s.pointee.count += 1
      s.pointee.odd.toggle()
      output.send(s.pointee.count)
      return .next
    }
  }

  struct Place: TracedState {
    var isFull = false
    var number: UInt16 = 0
    static var signals: [SignalDeclaration<Place>] { [.flag("isFull", \.isFull), .bits("number", \.number)] }
  }

  /// Adds up what comes, and keeps it in a table.
  final class Consumer: Component {
    let clock: Clock
    let state = FlipFlops(Counters())
    let places = StateTable("place", count: 3, repeating: Place())
    var tables: [any AnyStateTable] { [places] }
    let ports: [any PortEnd]
    private let input: InPort<UInt16>

    init(_ clock: Clock, _ input: InPort<UInt16>) {
      self.clock = clock
      self.input = input
      ports = [input]
    }

    func tick(_ now: Cycle) -> Wake {
      guard let number = input.receive() else { return .onInput }
      state.pointer.pointee.sums[1] += UInt32(number)
      places.pointer[Int(number) - 1] = Place(isFull: true, number: number)
      return .next
    }
  }

  private let folder = try! TemporaryFolder()

  /// The same run as FST and as VCD; both must say the same.
  private func trace() throws -> VCDCanonical {
    func write(_ name: String) throws -> String {
      let simulation = Simulation()
      let fast = simulation.addClock("fast", period: 1_000), slow = simulation.addClock("slow", period: 1_500)
      let port = simulation.port("consumer.numbers", of: UInt16.self, from: fast, to: slow, capacity: 4)
      simulation.add(Producer(fast, port.output), as: "top.producer")
      simulation.add(Consumer(slow, port.input), as: "top.sink.consumer")
      let trace = try Trace(simulation, path: folder.file(name))
      simulation.observer = trace.observer
      simulation.run()
      try trace.close(at: 10_000, because: "the test ends")
      return folder.file(name)
    }
    let fst = try FST2VCD.read(write("tiny.fst"))
    #expect(try fst == VCDCanonical(parsing: readText(write("tiny.vcd"))))
    return fst
  }

  @Test func scopesFollowComponentPathsAndPortsLieInTheirReceivers() throws {
    let state = ["mood [1:0]", "odd", "count [11:0]", "first [31:0]", "second [31:0]"]
    let places = (0..<3).flatMap { ["place\($0).isFull", "place\($0).number [15:0]"] }
    #expect(
      try trace().signals.map(\.path) == ["trace.end", "clock.fast", "clock.slow"] + state.map { "top.producer.\($0)" }
        + (state + places).map { "top.sink.consumer.\($0)" }
        + ["top.sink.consumer.numbers.level [15:0]", "top.sink.consumer.numbers.blocked"])
  }

  @Test func timesArePicoseconds() throws {
    let trace = try trace()
    #expect(trace.timescale == "1ps")
    #expect(trace.endTime == 10_000)
  }

  @Test func valuesChangeAtTheEdgesThatChangedThem() throws {
    let trace = try trace()
    func changes(_ path: String) throws -> [[UInt64]] {
      try #require(trace[path]).changes.map { [$0.time, UInt64($0.value, radix: 2)!] }
    }
    // Edge 0 already counts, at the time of the initial values.
    #expect(try changes("top.producer.count [11:0]") == [[0, 1], [1_000, 2], [2_000, 3]])
    #expect(try changes("top.producer.odd") == [[0, 1], [1_000, 0], [2_000, 1]])
    #expect(try changes("top.producer.mood [1:0]") == [[0, 1], [8_000, 2]])
    // Sent at 0, 1,000 and 2,000 ps; two slow edges after the last one before: at 3,000, 3,000 and 4,500 ps. One is
    // taken an edge, so the second and the third wait for the one before them.
    #expect(try changes("top.sink.consumer.second [31:0]") == [[0, 0], [3_000, 1], [4_500, 3], [6_000, 6]])
    #expect(
      try changes("top.sink.consumer.numbers.level [15:0]") == [
        [0, 1], [1_000, 2], [2_000, 3], [3_000, 2], [4_500, 1], [6_000, 0],
      ])
    #expect(try changes("top.sink.consumer.first [31:0]") == [[0, 0]])
    // Tables are watched as the State is.
    #expect(try changes("top.sink.consumer.place1.number [15:0]") == [[0, 0], [4_500, 2]])
    #expect(try changes("top.sink.consumer.place2.isFull") == [[0, 0], [6_000, 1]])
  }

  @Test func enumerationsCarryTheNamesOfTheirCases() throws {
    _ = try trace()
    let attributes = try FST2VCD.convert(folder.file("tiny.fst"), extensions: true)
      .split(separator: "\n").filter { $0.hasPrefix("$attr") }
    #expect(attributes.contains { $0.contains("Mood 3 calm busy done") })
  }

  @Test(arguments: ["trace.txt", "trace", "fst", "trace.fst.gz"])
  func otherEndingsAreRefused(name: String) throws {
    #expect(throws: TraceError.self) { try Trace(Simulation(), path: folder.file(name)) }
  }
}
