import PCIe
import SimKernel

/// What a report says of one step.
public struct StepRecord: Sendable {
  public let kind: String
  public let start: Picoseconds
  /// Position of the device that the step is about.
  public var device = 0
  /// Of a run: CTRL write to the poll that saw READY. Of everything else: first operation to last.
  public var latency: Picoseconds = 0
  /// Latency of each command of the step, CTRL write to the poll that saw it done.
  public var commands: [Picoseconds] = []
  public var bytes: Int = 0
  public var ret: UInt32?
  public var r0: UInt64?
  /// The value that `mmio_read` or `poll` returned last.
  public var value: UInt64?
  /// Name of the error that ended the step, expected or not.
  public var error: String?
}

/// An expectation that was not met.
public struct Failure: Equatable, Sendable {
  public let step: Int
  /// The JSON path of the expectation.
  public let path: String
  public let expected: String
  public let found: String
}

extension CompletionStatus {
  /// The name that scenarios and reports use.
  var name: String {
    switch self {
    case .successful: "SC"
    case .unsupportedRequest: "UR"
    case .configurationRetry: "CRS"
    case .completerAbort: "CA"
    }
  }
}
