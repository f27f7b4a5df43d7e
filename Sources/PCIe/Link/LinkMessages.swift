import SimKernel

/// What a link tells the component at one of its ends.
public enum LinkEvent: Hashable, Sendable {
  /// Data link active: TLPs flow (PCI Express Base Specification 3.2.1, DL_Up).
  case up
  /// The other end is gone (DL_Down).
  case down
  /// Noted by the data link layer of this end (6.2.3, 7.8.4.5).
  case correctable(CorrectableError)
  case uncorrectable(UncorrectableError)
}

/// The way of packets over a link.
public enum LinkDirection: UInt8, TracedEnum {
  /// Away from the root.
  case down
  /// Towards the root.
  case up
}

/// What happens to packets on the wire.
public enum WireFault: UInt8, TracedEnum {
  case none
  /// The packet does not arrive.
  case dropTLP
  /// It arrives with a wrong LCRC.
  case corruptTLP
  case dropDLLP
  /// It arrives with a wrong CRC.
  case corruptDLLP
}

/// An order to a link, from a port that resets what is behind it or from a test.
public enum LinkCommand: Equatable, Sendable {
  /// Strikes the next `count` TLPs or DLLPs in one direction, after `skip` that pass.
  case fault(WireFault, LinkDirection, skip: UInt32, count: UInt32)
  /// Holds the next TLP in one direction back, and with it all that follow.
  case delay(LinkDirection, Picoseconds)
  /// The receiver of one direction frees no credits of one class for a while.
  case starve(LinkDirection, FlowClass, Picoseconds)
  /// LTSSM Recovery for a while; for the Spec's time when 0.
  case retrain(Picoseconds)
  /// The device is pulled out.
  case remove
  /// Hot reset begins: the link goes down and stays so (4.2.6.11).
  case assertReset
  /// Hot reset ends: the link trains; a device that was pulled out is back.
  case releaseReset
}
