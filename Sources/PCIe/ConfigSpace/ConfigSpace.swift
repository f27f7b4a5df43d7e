/// Configuration space of an endpoint with one memory BAR, MSI, PCI Express and Advanced Error Reporting capabilities
/// (PCI Express Base Specification 5.0, chapter 7).
///
/// Holds only what can change, one plain integer per field; `Identity` supplies the rest. A dword is put together by
/// `read` and taken apart by `write`. Bits of a field that software cannot write stay zero unless noted.
public struct ConfigSpace: Hashable, Sendable {
  /// Command (offset 0x04).
  public var command: UInt16 = 0
  /// Status (0x06) without Capabilities List, which is always set: bit 3 Interrupt Status and the error bits.
  public var status: UInt16 = 0
  /// Cache Line Size (0x0c): no effect, kept for software.
  public var cacheLineSize: UInt8 = 0
  /// Interrupt Line (0x3c): no effect, kept for software.
  public var interruptLine: UInt8 = 0
  /// Address bits 31:24 of BAR4 in their place (0x20).
  public var bar4: UInt32 = 0
  /// Upper half of a 64-bit BAR4 (0x24); zero when BAR4 has 32 bits.
  public var bar5: UInt32 = 0
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
  /// AER Correctable Error Status, bits as `CorrectableError`.
  public var correctableStatus: UInt16 = 0
  /// AER Correctable Error Mask; advisory errors are masked out of reset.
  public var correctableMask: UInt16 = 0x2000
  /// AER Uncorrectable Error Status, bits as `UncorrectableError`.
  public var uncorrectableStatus: UInt32 = 0
  /// AER Uncorrectable Error Mask.
  public var uncorrectableMask: UInt32 = 0
  /// AER Uncorrectable Error Severity: one is fatal.
  public var uncorrectableSeverity: UInt32 = 0x0006_2010
  /// AER Capabilities and Control: bits 4:0 First Error Pointer, bits 6 and 8 ECRC Generation and Check Enable.
  public var errorControl: UInt16 = 0
  /// AER Header Log, the header of the first error.
  public var headerLog0: UInt32 = 0
  public var headerLog1: UInt32 = 0
  public var headerLog2: UInt32 = 0
  public var headerLog3: UInt32 = 0

  /// The state out of a fundamental reset, with the link trained to the maximum of `identity`.
  public init(identity: Identity) {
    linkStatus = UInt16(identity.linkSpeed & 0xf) | UInt16(identity.linkWidth & 0x3f) << 4
    linkControl2 = UInt16(identity.linkSpeed & 0xf)
  }
}

extension ConfigSpace {
  /// Whether memory requests to the BAR are claimed (Command bit 1).
  @inlinable
  public var memorySpaceEnabled: Bool { command & 0x2 != 0 }

  /// Whether the function may send memory requests, MSI included (Command bit 2).
  @inlinable
  public var busMasterEnabled: Bool { command & 0x4 != 0 }

  /// Whether INTx messages are forbidden (Command bit 10).
  @inlinable
  public var interruptDisabled: Bool { command & 0x400 != 0 }

  /// Whether MSI takes the place of INTx.
  @inlinable
  public var msiEnabled: Bool { msiControl & 1 != 0 }

  /// Max_Payload_Size in bytes, 128...4096 (Device Control 7:5); the reserved codes read as 4096.
  @inlinable
  public var maxPayloadSize: Int { min(4096, 128 << Int(deviceControl >> 5 & 0x7)) }

  /// Max_Read_Request_Size in bytes, 128...4096 (Device Control 14:12); the reserved codes read as 4096.
  @inlinable
  public var maxReadRequestSize: Int { min(4096, 128 << Int(deviceControl >> 12 & 0x7)) }

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

  /// First address of BAR4, nil while memory space is disabled.
  @inlinable
  public var bar4Base: UInt64? { memorySpaceEnabled ? UInt64(bar5) << 32 | UInt64(bar4) : nil }

  /// Whether `address` is claimed by BAR4: memory space is enabled and the address lies in its 16 MiB.
  @inlinable
  public func bar4Contains(_ address: UInt64) -> Bool {
    memorySpaceEnabled && address >> 24 == (UInt64(bar5) << 32 | UInt64(bar4)) >> 24
  }
}
