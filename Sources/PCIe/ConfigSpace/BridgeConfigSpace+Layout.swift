extension BridgeConfigSpace {
  /// Where capabilities are, as byte offsets.
  enum Layout {
    static let express = 0x70
    static let expressEnd = express + 0x3c
    static let advancedErrors = 0x100
    /// Behind the root error registers and prefix logs, which are not there and read as zero (7.8.4.9 to 7.8.4.12).
    static let accessControl = advancedErrors + 0x48
    static let accessControlEnd = accessControl + 8
  }

  /// Extended Capability ID of Access Control Services (7.7.8.1).
  static let accessControlID: UInt32 = 0x000d

  /// Bits that software may change, or clear by writing one.
  enum Mask {
    /// Memory Space, Bus Master, Parity Error Response, SERR# and Interrupt Disable (7.5.1.1.3).
    static let command: UInt32 = 0x0546
    /// Write-one-to-clear error bits of Status and Secondary Status (7.5.1.1.4, 7.5.1.3.7).
    static let statusClear: UInt32 = 0xf900
    /// Base and limit of a window; the lower four bits are its type (7.5.1.3.8).
    static let window: UInt32 = 0xfff0_fff0
    /// Parity Error Response, SERR# Enable and Secondary Bus Reset (7.5.1.3.13).
    static let bridgeControl: UInt32 = 0x0043
    /// Error reporting, Relaxed Ordering, MPS, MRRS (7.5.3.4).
    static let deviceControl: UInt32 = 0x70ff
    /// Correctable, Non-Fatal, Fatal Error and Unsupported Request Detected (7.5.3.5).
    static let deviceStatusClear: UInt32 = 0x000f
    /// ASPM, Common Clock, Extended Synch, Autonomous Width Disable (7.5.3.7).
    static let linkControl: UInt32 = 0x02c3
    /// Completion Timeout Value and Disable, of a root port (7.5.3.16).
    static let deviceControl2: UInt32 = 0x001f
    /// Target Link Speed (7.5.3.19).
    static let linkControl2: UInt32 = 0x000f
    /// P2P Request and Completion Redirect, Upstream Forwarding (7.7.8.3).
    static let accessControl: UInt32 = 0x001c
  }
}
