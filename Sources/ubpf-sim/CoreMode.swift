import ArgumentParser
import Device

/// A core preset as the command line names it.
struct CoreMode: ExpressibleByArgument {
  let microarchitecture: Microarchitecture

  static let standard = CoreMode(microarchitecture: Microarchitecture.presets[0].microarchitecture)
  static let names = Microarchitecture.presets.map(\.name)
  static let help = ArgumentHelp("The core: \(names.joined(separator: ", ")).", valueName: "preset")

  init(microarchitecture: Microarchitecture) { self.microarchitecture = microarchitecture }

  init?(argument: String) {
    guard let preset = Microarchitecture.presets.first(where: { $0.name == argument }) else { return nil }
    microarchitecture = preset.microarchitecture
  }

  var defaultValueDescription: String { microarchitecture.name }
  static var allValueStrings: [String] { names }
}

/// How far a program goes without timing: a number of instructions, or a slot.
struct FastForward: ExpressibleByArgument {
  static let help = ArgumentHelp(
    "Execute the first instructions of each run without timing: so many, or until a slot is reached.",
    valueName: "count|pc=slot")

  private let isSlot: Bool
  private let number: UInt64

  init?(argument: String) {
    isSlot = argument.hasPrefix("pc=")
    let digits = isSlot ? argument.dropFirst(3) : argument[...]
    let parsed = digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)
    guard let parsed, parsed < (isSlot ? MachineSpec.nowhere : 1 << 63) else { return nil }
    number = parsed
  }

  func apply(to machine: inout MachineSpec) {
    machine.fastForwardInstructions = isSlot ? 0 : number
    machine.fastForwardPC = isSlot ? number : MachineSpec.nowhere
  }
}
