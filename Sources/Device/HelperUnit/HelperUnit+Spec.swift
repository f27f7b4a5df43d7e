import EBPF
import SimKernel

/// One helper function of the device: its number and name for programs, what it computes, how long it takes.
public struct HelperSpec: Equatable, Sendable {
  public var number: Int32
  /// The name under which an object file may call it.
  public var name: String
  /// A key of ``HelperLibrary``.
  public var function: String
  /// Core cycles from a call to its answer, not counting the two ports.
  public var cycles: Cycle

  public init(number: Int32, name: String, function: String? = nil, cycles: Cycle = 1) {
    self.number = number
    self.name = name
    self.function = function ?? name
    self.cycles = cycles
  }
}

extension HelperSpec {
  /// What uBPF's test tool provides, at one cycle each.
  public static let standard = TestHelpers.numbers.sorted { $0.value < $1.value }.map {
    HelperSpec(number: $0.value, name: $0.key)
  }

  var helper: Helper { TestHelpers.numbers[function].flatMap { TestHelpers.all[$0] }! }
}

/// The helper functions of a device as its program loader knows them.
struct HelperNumbers {
  let byName: [String: Int32]
  let all: Set<Int32>

  init(_ helpers: [HelperSpec]) {
    byName = Dictionary(helpers.map { ($0.name, $0.number) }) { first, _ in first }
    all = Set(helpers.map(\.number))
  }
}
