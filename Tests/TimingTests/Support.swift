import Bench
import Device
import PCIe
import Scenario
import SimKernel
import Testing

/// A whole system, watched cycle by cycle of the PCIe clock.
final class Watch {
  let system: System
  private(set) var cycle: Cycle = 0

  /// - Parameters:
  ///   - parts: the scenario's keys beside "steps", without braces
  ///   - steps: the steps, without brackets
  init(_ parts: String = "", steps: String) throws {
    let text = "{\(parts)\(parts.isEmpty ? "" : ", ")\"steps\": [\(steps)]}"
    let document = try ScenarioDocument.parse(
      Array(text.utf8), file: "timing.json", directory: ".", checkProgram: { _, _ in })
    system = System(document.spec, steps: document.steps)
    system.simulation.run(until: 0)
  }

  /// The first cycle, from now on, after whose edge `condition` holds; nil when there is none in time.
  func cycle(limit: Cycle = 400_000, when condition: (System) -> Bool) -> Cycle? {
    let last = cycle + limit
    while !condition(system) {
      guard cycle < last else { return nil }
      cycle += 1
      system.simulation.run(until: cycle * system.pcie.period)
    }
    return cycle
  }

  /// Runs to the end of the scenario.
  func finish() { system.simulation.run() }
}

extension System {
  var endpoint: EndpointState { device.endpoint.state.pointer.pointee }
  var commands: CommandUnitState { device.commands.state.pointer.pointee }
  var dma: DMAEngineState { device.dma.state.pointer.pointee }
  /// The transfer of the engine's first channel.
  var transfer: DMAChannel { device.dma.channels.pointer[0] }
  var ram: DeviceMemoryState { device.ram.state.pointer.pointee }
  var root: RootComplexState { host.state.pointer.pointee }
  var cpu: DriverState { driver.state.pointer.pointee }
  /// The ends of the first device's link: the one that sends up, and the one that sends down.
  var up: LinkEndState { deviceLink.end(.up) }
  var down: LinkEndState { deviceLink.end(.down) }
  private var deviceLink: Link { links.first { $0.name == "link" }!.link }
}

/// A parameter that takes time, with how to see it.
struct TimedParameter: Sendable {
  /// As scenarios name it, for example `dma.start_cycles`.
  let name: String
  let values: [UInt64]
  /// What must be measured for a value: cycles, unless the name says otherwise.
  let expected: @Sendable (UInt64) -> UInt64
  let measure: @Sendable (UInt64) throws -> UInt64?

  init(
    _ name: String, _ values: [UInt64], expected: @escaping @Sendable (UInt64) -> UInt64 = { $0 },
    measure: @escaping @Sendable (UInt64) throws -> UInt64?
  ) {
    self.name = name
    self.values = values
    self.expected = expected
    self.measure = measure
  }

  /// Cycles of 4 ns that cover `duration`.
  static func cycles(_ duration: UInt64) -> UInt64 { (duration + 3_999) / 4_000 }
}

/// One value of a parameter, as an argument of a test.
struct TimedCase: Sendable, CustomTestStringConvertible {
  let parameter: TimedParameter
  let value: UInt64

  var testDescription: String { "\(parameter.name) = \(value)" }

  static func all(_ parameters: [TimedParameter]) -> [TimedCase] {
    parameters.flatMap { parameter in parameter.values.map { TimedCase(parameter: parameter, value: $0) } }
  }
}
