import EBPF
import SimKernel

/// A core's two ports to the helper functions.
public struct HelperDoor {
  public let calls: OutPort<HelperCall>
  public let returns: InPort<HelperReturn>

  public init(calls: OutPort<HelperCall>, returns: InPort<HelperReturn>) {
    self.calls = calls
    self.returns = returns
  }
}

/// From a core to the helper functions: CALL with source 0 (RFC 9669 section 4.3.1).
public struct HelperCall: Sendable {
  let number: Int32
  /// r1 to r5.
  let arguments: InlineArray<5, UInt64>
  /// What the program, and so its helper functions, may touch.
  let window: MemoryWindow

  init(number: Int32, _ run: borrowing RunState) {
    self.number = number
    var arguments = InlineArray<5, UInt64>(repeating: 0)
    for i in 0..<5 { arguments[i] = run.registers[i + 1] }
    self.arguments = arguments
    window = MemoryWindow(run)
  }
}

/// The answer to a ``HelperCall``.
public struct HelperReturn: Sendable {
  let fault: CoreFault
  /// The program ends here, with `value` in r0.
  let endsProgram: Bool
  let value: UInt64
}
