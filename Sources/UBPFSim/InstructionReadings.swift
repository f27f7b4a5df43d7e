import Device
import EBPF
import Scenario
import SimKernel
import Tracing

/// Lets a trace show instructions as text where the core has program counters.
enum InstructionReadings {
  /// Slots of a program that are shown as text; viewers read all of them before they show anything.
  private static let slotLimit = 4096

  /// A reading of every program counter in `simulation` whose device has programs.
  static func all(in simulation: Simulation, _ document: ScenarioDocument) -> [TraceReading] {
    document.spec.devices.enumerated().flatMap { device, node -> [TraceReading] in
      let programs = programs(of: device, document), path = "\(node.name).core"
      guard !programs.isEmpty, let core = simulation.components.first(where: { $0.path == path }) else { return [] }
      let texts = texts(of: programs), names = Set(core.signals.map(\.name))
      return core.signals.filter { $0.name.split(separator: ".").last == "pc" }.map { signal in
        let absence = signal.name.dropLast("pc".count) + "bubble"
        return TraceReading(
          of: "\(path).\(signal.name)", name: "instruction",
          absence: names.contains(String(absence)) ? String(absence) : nil, texts: texts)
      }
    }
  }

  /// The programs that the scenario loads, each once. One that the device refuses has no instructions.
  private static func programs(of device: Int, _ document: ScenarioDocument) -> [[UInt64]] {
    var programs: [[UInt64]] = []
    for step in document.steps where step.device == device {
      guard case .loadText(let load) = step.action,
        let program = try? CoreShell.load(load.transfer.bytes, helpers: HelperTable(document.spec.device.helpers)),
        !programs.contains(program.text)
      else { continue }
      programs.append(program.text)
    }
    return programs
  }

  /// `slot: instruction`; where programs differ, the texts of all of them.
  private static func texts(of programs: [[UInt64]]) -> [String] {
    let count = min(slotLimit, programs.map(\.count).max() ?? 0)
    return (0..<count).map { slot in
      var texts: [String] = []
      for program in programs where slot < program.count {
        let next = slot + 1 < program.count ? Instruction(word: program[slot + 1]) : nil
        let text = Disassembler.text(of: Instruction(word: program[slot]), next: next)
        if !texts.contains(text) { texts.append(text) }
      }
      return "\(slot): " + texts.joined(separator: " | ")
    }
  }
}
