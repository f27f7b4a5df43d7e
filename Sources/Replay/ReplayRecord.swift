import PCIe
import SimKernel

/// What happened in a replay, in the order of edges.
public struct ReplayRecord: Sendable {
  /// What a test bench does to the user logic of a device, which is all behind the endpoint.
  public enum Stimulus: Equatable, Sendable {
    /// The host takes each class, or does not, from this edge on.
    case stall(posted: Bool, nonPosted: Bool, completion: Bool)
    /// The endpoint sees a packet: one for the user logic, or one that the hard block deals with itself.
    case packet(TLP, forUserLogic: Bool)
    /// The configuration of the function, as it is after the edge.
    case configuration(FunctionConfiguration)
    /// The hard block sends a packet of its own.
    case use(FlowClass)
  }

  /// What the user logic does.
  public enum Effect: Equatable, Sendable {
    /// The endpoint sends a packet of the user logic.
    case packet(TLP)
    /// A write through port A of device RAM, or of the window: address in BAR4, byte enables, lowest 8 bytes.
    case write(Memory, address: UInt32, enable: UInt64, data: UInt64)
  }

  public enum Memory: Sendable { case ram, window }

  public internal(set) var stimuli: [(edge: Cycle, what: Stimulus)] = []
  public internal(set) var effects: [(edge: Cycle, what: Effect)] = []
  /// All packets that the device sent, those of the hard block too.
  public internal(set) var sent: [(edge: Cycle, tlp: TLP)] = []
  /// The last edge.
  public internal(set) var end: Cycle = 0
  /// Words of 8 bytes that are not zero at the end, by their offsets in BAR4.
  public internal(set) var memory: [(address: UInt32, value: UInt64)] = []
  /// Packets whose edge was taken, so that the endpoint saw them later.
  public internal(set) var moved = 0
  /// Edges by which the end of the schedule was late, because the device was.
  public internal(set) var delay: Cycle = 0
  /// The device did not send all that it had sent before.
  public internal(set) var isIncomplete = false
}

/// What the user logic is told of the configuration of its function.
public struct FunctionConfiguration: Equatable, Sendable {
  public var functionID: DeviceID
  public var maxPayload: Int
  public var maxReadRequest: Int
  public var tagLimit: Int
  public var busMaster: Bool
  public var msiEnabled: Bool
  public var msiAddress: UInt64
  public var msiData: UInt16
  /// The endpoint tells its clients at this edge.
  public var notifies = false
  /// It tells them to reset.
  public var resets = false

  init(_ endpoint: Endpoint) {
    let control = endpoint.control, config = endpoint.state.pointer.pointee.config
    functionID = endpoint.functionID
    (maxPayload, maxReadRequest, tagLimit) = (control.maxPayload, control.maxReadRequest, control.tagLimit)
    (busMaster, msiEnabled) = (control.busMaster, control.msiEnabled)
    (msiAddress, msiData) = (config.msiAddress, config.msiData)
  }
}
