import Device
import Scenario
import Testing

@testable import SimKernel

/// No flip-flop is invisible: every stored field of every State in a system is a signal, or is listed with its reason in
/// `untraced`.
struct CompletenessTests {
  private static func audit<C: Component>(_ component: C) -> StateAudit { StateAudit(component.state.pointer.pointee) }
  private static func audit<T: AnyStateTable>(_ table: T) -> StateAudit { StateAudit(table.pointer.pointee) }

  @Test(arguments: Microarchitecture.presets.indices) func everyFieldOfEveryComponentIsASignal(_ preset: Int) {
    var spec = SystemSpec()
    spec.device.core.microarchitecture = Microarchitecture.presets[preset].microarchitecture
    let simulation = System(spec, steps: []).simulation
    for slot in simulation.components {
      let audit = Self.audit(slot.component)
      #expect(audit.problems.isEmpty, "\(slot.path)")
      #expect(slot.signals.count == audit.leaves.count { !$0.isUntraced }, "\(slot.path)")
      for table in slot.tables {
        let audit = Self.audit(table)
        #expect(audit.problems.isEmpty, "\(slot.path).\(table.name)")
        #expect(
          table.signals.count == table.count * audit.leaves.count { !$0.isUntraced }, "\(slot.path).\(table.name)")
      }
    }
  }

  @Test func theSystemIsTheWholeSystem() {
    let paths = System(SystemSpec(), steps: []).simulation.components.map(\.path)
    #expect(
      paths == [
        "link", "device.endpoint", "device.barDecoder", "device.commandUnit", "device.dmaEngine", "device.ram",
        "device.p2pWindow", "device.core", "device.helpers", "peerLink", "peer.endpoint", "peer.engine", "host.driver",
        "host.rootComplex",
      ])
  }

  @Test func portsShowTheirLevelAndListTheirWiring() throws {
    let port = try #require(System(SystemSpec(), steps: []).simulation.ports.first)
    let audit = StateAudit(port.core.pointee)
    #expect(audit.problems.isEmpty)
    #expect(audit.leaves.filter { !$0.isUntraced }.map(\.path) == ["level", "blocked"])
  }

  /// The audit sees through structs, arrays of structs and arrays of numbers.
  @Test func reflectionReachesTheDeepestField() throws {
    let simulation = System(SystemSpec(), steps: []).simulation
    let core = try #require(simulation.components.first { $0.path == "device.core" })
    let paths = Self.audit(core.component).leaves.map(\.path)
    #expect(paths.contains("run.caller.saved[3]"))
    #expect(paths.contains("run.registers[15]"))
    #expect(paths.contains("execute.predictedTaken"))
  }
}

/// The audit is able to fail.
struct StateAuditTests {
  enum Color: TracedEnum { case red, green, blue }

  struct Inner: TracedState {
    var valid = false
    var value: UInt32 = 0
    static var signals: [SignalDeclaration<Inner>] { [.flag("valid", \.valid)] }
  }

  struct Missing: TracedState {
    var first: UInt8 = 0
    var forgotten: UInt16 = 0
    var last: UInt64 = 0
    static var signals: [SignalDeclaration<Missing>] { [.bits("first", \.first), .bits("last", \.last)] }
  }

  @Test func missingFieldIsReported() {
    #expect(StateAudit(Missing()).problems == ["forgotten: no signal"])
  }

  struct Nested: TracedState {
    var head: UInt8 = 0
    var entries = InlineArray<2, Inner>(repeating: Inner())
    static var signals: [SignalDeclaration<Nested>] { [.bits("head", \.head), .table("entry", \.entries)] }
  }

  @Test func missingFieldOfATableIsReportedForEachEntry() {
    #expect(StateAudit(Nested()).problems == ["entries[0].value: no signal", "entries[1].value: no signal"])
  }

  struct Undeclared: TracedState {
    var table = InlineArray<3, UInt16>(repeating: 0)
    static var signals: [SignalDeclaration<Undeclared>] { [] }
  }

  @Test func missingArrayIsReported() {
    #expect(
      StateAudit(Undeclared()).problems == [
        "table[0]: no signal", "table[1]: no signal", "table[2]: no signal",
      ])
  }

  struct Twice: TracedState {
    var value: UInt8 = 0
    var color = Color.red
    static var signals: [SignalDeclaration<Twice>] {
      [.bits("value", \.value), .bits("again", \.value), .enumeration("color", \.color)]
    }
  }

  @Test func fieldWithTwoSignalsIsReported() {
    #expect(StateAudit(Twice()).problems == ["value: signals value, again"])
  }

  struct SameName: TracedState {
    var a: UInt8 = 0
    var b: UInt8 = 0
    static var signals: [SignalDeclaration<SameName>] { [.bits("a", \.a), .bits("a", \.b)] }
  }

  @Test func twoFieldsOfOneNameAreReported() {
    #expect(StateAudit(SameName()).problems == ["a: two signals"])
  }

  struct Listed: TracedState {
    var value: UInt8 = 0
    var wiring: UInt64 = 0
    static var signals: [SignalDeclaration<Listed>] { [.bits("value", \.value)] }
    static let untraced: Set<String> = ["wiring", "gone"]
  }

  @Test func untracedFieldsAreLeftOutButMustExist() {
    #expect(StateAudit(Listed()).problems == [": untraced gone is no field"])
  }

  struct Reference: TracedState {
    var text = "not plain data"
    static var signals: [SignalDeclaration<Reference>] { [] }
  }

  @Test func whatIsNoPlainDataIsReported() {
    #expect(!StateAudit(Reference()).problems.isEmpty)
  }
}
