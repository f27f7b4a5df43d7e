import SimKernel

/// The request that the decoder works on.
public enum BARWork: TracedEnum {
  case none
  case write
  case read
}

/// Every flip-flop of the BAR decoder.
public struct BARDecoderState: TracedState {
  public var work = BARWork.none
  public var target = BARTarget.registers
  /// Bytes of the request that have been asked of the target, and that it has answered.
  public var issued: UInt16 = 0
  public var returned: UInt16 = 0

  public static var signals: [SignalDeclaration<BARDecoderState>] {
    [
      .enumeration("work", \.work), .enumeration("target", \.target), .counter("issued", \.issued),
      .counter("returned", \.returned),
    ]
  }
}
