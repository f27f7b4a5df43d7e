import SimKernel

/// Configuration space of an endpoint with at most one memory BAR, MSI, PCI Express and Advanced Error Reporting
/// capabilities (PCI Express Base Specification 5.0, chapter 7).
///
/// Holds only what can change, one plain integer per field; `Identity` supplies the rest. A dword is put together by
/// `read` and taken apart by `write`. Bits of a field that software cannot write stay zero unless noted.
public struct ConfigSpace: ExpressFunction, Hashable, Sendable {
  /// Command (offset 0x04).
  public var command: UInt16 = 0
  /// Status (0x06) without Capabilities List, which is always set: bit 3 Interrupt Status and the error bits.
  public var status: UInt16 = 0
  /// Cache Line Size (0x0c): no effect, kept for software.
  public var cacheLineSize: UInt8 = 0
  /// Interrupt Line (0x3c): no effect, kept for software.
  public var interruptLine: UInt8 = 0
  /// Address bits of the BAR in their place, without its type bits (0x10 + 4 x index).
  public var bar: UInt32 = 0
  /// The next BAR register, the upper half of a 64-bit address; zero when the BAR has 32 bits.
  public var barUpper: UInt32 = 0
  /// MSI Message Control: bit 0 Enable, bits 6:4 Multiple Message Enable.
  public var msiControl: UInt16 = 0
  /// MSI Message Data.
  public var msiData: UInt16 = 0
  /// MSI Message Address and Upper Address.
  public var msiAddress: UInt64 = 0
  /// Device Control; out of reset MRRS is 512, Relaxed Ordering and No Snoop are enabled (7.5.3.4).
  public var deviceControl: UInt16 = 0x2810
  /// Device Status; bit 5 Transactions Pending is kept by the device.
  public var deviceStatus: UInt16 = 0
  /// Link Control.
  public var linkControl: UInt16 = 0
  /// Link Status: bits 3:0 current speed, 9:4 negotiated width; kept by the link.
  public var linkStatus: UInt16
  /// Device Control 2.
  public var deviceControl2: UInt16 = 0
  /// Link Control 2.
  public var linkControl2: UInt16
  /// Advanced Error Reporting.
  public var errors = AdvancedErrors()

  /// The state out of a fundamental reset, with the link trained to the maximum of `identity`.
  public init(identity: Identity) {
    linkStatus = UInt16(identity.linkSpeed & 0xf) | UInt16(identity.linkWidth & 0x3f) << 4
    linkControl2 = UInt16(identity.linkSpeed & 0xf)
  }
}

extension ConfigSpace {
  /// Whether MSI takes the place of INTx.
  @inlinable
  public var msiEnabled: Bool { msiControl & 1 != 0 }

  /// RCB of the root port above, in bytes, 64 or 128 (Link Control bit 3). As a completer an endpoint uses 128.
  @inlinable
  public var readCompletionBoundary: Int { linkControl & 0x8 == 0 ? 64 : 128 }

  /// Whether 8-bit tags may be used (Device Control bit 8).
  @inlinable
  public var extendedTags: Bool { deviceControl & 0x100 != 0 }

  /// Whether 10-bit tags may be used (Device Control 2 bit 12).
  @inlinable
  public var tenBitTags: Bool { deviceControl2 & 0x1000 != 0 }

  /// Bits of the tag that a requester may use: 5, 8 or 10 (2.2.6.2).
  @inlinable
  public var tagBits: Int { tenBitTags ? 10 : extendedTags ? 8 : 5 }

  /// Whether requests may carry Relaxed Ordering (Device Control bit 4).
  @inlinable
  public var relaxedOrderingEnabled: Bool { deviceControl & 0x10 != 0 }

  /// Whether requests may carry No Snoop (Device Control bit 11).
  @inlinable
  public var noSnoopEnabled: Bool { deviceControl & 0x800 != 0 }

  /// Whether requests may carry ID-based Ordering (Device Control 2 bit 8).
  @inlinable
  public var idOrderingEnabled: Bool { deviceControl2 & 0x100 != 0 }

  /// Whether packets are sent with ECRC, and whether one that came is checked (AER Capabilities and Control bits 6, 8).
  @inlinable
  public var generatesECRC: Bool { errors.errorControl & 0x40 != 0 }
  @inlinable
  public var checksECRC: Bool { errors.errorControl & 0x100 != 0 }

  /// First address of the BAR; nil while memory space is disabled, and for a function without one.
  @inlinable
  public func barBase(_ identity: Identity) -> UInt64? {
    memorySpaceEnabled && identity.bar != nil ? UInt64(barUpper) << 32 | UInt64(bar) : nil
  }

  /// Whether `address` is claimed: memory space is enabled and the address lies in the BAR.
  @inlinable
  public func claims(_ address: UInt64, _ identity: Identity) -> Bool {
    guard let shape = identity.bar, let base = barBase(identity) else { return false }
    return address & shape.addressMask == base
  }
}

extension ConfigSpace: TracedState {
  public static var signals: [SignalDeclaration<ConfigSpace>] {
    [
      .bits("command", \.command), .bits("status", \.status), .bits("cacheLineSize", \.cacheLineSize),
      .bits("interruptLine", \.interruptLine), .address("bar", \.bar), .address("barUpper", \.barUpper),
      .bits("msiControl", \.msiControl), .bits("msiData", \.msiData), .address("msiAddress", \.msiAddress),
      .bits("deviceControl", \.deviceControl), .bits("deviceStatus", \.deviceStatus),
      .bits("linkControl", \.linkControl), .bits("linkStatus", \.linkStatus),
      .bits("deviceControl2", \.deviceControl2), .bits("linkControl2", \.linkControl2),
      .embedded(\.errors),
    ]
  }
}
