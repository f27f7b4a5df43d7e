import EBPF
import SimKernel

/// One helper function of the device: its number and name for programs, what it computes, how long it takes.
public struct HelperSpec: Equatable, Sendable {
  /// What a helper function computes.
  public enum Function: Equatable, Sendable {
    /// A function of ``HelperSpec/library``.
    case library(String)
    /// A program of its own: r1 to r5 in, r0 out, with the memory of its caller and a stack of its own.
    case program(Program)
  }

  /// What CALL names in its immediate; 0 or more.
  public var number: Int32
  /// The name under which an object file may call it.
  public var name: String
  public var function: Function
  /// Core cycles from the edge at which the core sends the call to that at which the answer is sent, 1 or more.
  public var cycles: Cycle

  public init(number: Int32, name: String, function: Function, cycles: Cycle = 1) {
    self.number = number
    self.name = name
    self.function = function
    self.cycles = cycles
  }

  /// The names that `Function.library` knows.
  public static let library: [String: Helper] = HelperTable.test.entries.reduce(into: HelperLibrary.functions) {
    $0[$1.name] = $1.function
  }

  /// The functions that uBPF's test tool provides, at one cycle each.
  public static let standard = HelperTable.test.entries.map {
    HelperSpec(number: $0.number, name: $0.name, function: .library($0.name))
  }

  /// Where the data of a `Function.program` lies; its code is linked for this place.
  public static let programDataBase = HelperProgram.dataBase

  var helper: Helper {
    switch function {
    case .library(let name): HelperSpec.library[name]!
    case .program(let program): HelperProgram(program: program).call
    }
  }
}

extension HelperTable {
  /// The functions of `specs`, whose numbers and names differ.
  public init(_ specs: [HelperSpec]) {
    do {
      self = try specs.reduce(.empty) { table, spec in
        try table.adding(HelperEntry(number: spec.number, name: spec.name, function: spec.helper))
      }
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
