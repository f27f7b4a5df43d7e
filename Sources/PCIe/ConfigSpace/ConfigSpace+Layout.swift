extension ConfigSpace {
  /// Where things are, as byte offsets; capabilities are chained in this order.
  enum Layout {
    static let msi = 0x50
    static let express = 0x70
    static let advancedErrors = 0x100
    static let deviceControl = express + 8
    /// End of the implemented space; dwords from here on read zero.
    static let end = advancedErrors + AdvancedErrors.size
  }

  /// Bits that software may change, or clear by writing one.
  enum Mask {
    /// Memory Space, Bus Master, Parity Error Response, SERR# and Interrupt Disable (7.5.1.1.3).
    static let command: UInt32 = 0x0546
    /// Write-one-to-clear error bits of Status (7.5.1.1.4).
    static let statusClear: UInt32 = 0xf900
    /// MSI Enable and Multiple Message Enable (7.7.1.2).
    static let msiControl: UInt32 = 0x0071
    /// All but Phantom Functions, Aux Power and Initiate FLR, which reads zero (7.5.3.4).
    static let deviceControl: UInt32 = 0x79ff
    static let extendedTagEnable: UInt32 = 0x0100
    static let initiateReset: UInt32 = 0x8000
    /// Correctable, Non-Fatal, Fatal Error and Unsupported Request Detected (7.5.3.5).
    static let deviceStatusClear: UInt32 = 0x000f
    /// ASPM, RCB, Common Clock, Extended Synch, Autonomous Width Disable (7.5.3.7).
    static let linkControl: UInt32 = 0x02cb
    /// Completion Timeout Value and Disable, IDO Request and Completion Enable (7.5.3.16).
    static let deviceControl2: UInt32 = 0x031f
    static let tenBitTagEnable: UInt32 = 0x1000
    /// Target Link Speed (7.5.3.19).
    static let linkControl2: UInt32 = 0x000f
  }
}

extension ConfigSpace {
  /// Dword number of Device Control and Device Status, for hosts.
  public static let deviceControlRegister = Layout.deviceControl / 4
}
