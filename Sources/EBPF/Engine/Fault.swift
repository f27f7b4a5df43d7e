/// Why a running program was stopped, with the instruction and, for memory accesses, the access.
public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: UInt8, Sendable, CaseIterable {
    /// A load that is not wholly inside one memory region.
    case loadOutOfBounds = 1
    /// A store or atomic that is not wholly inside one writable memory region.
    case storeOutOfBounds
    /// An atomic whose address is not a multiple of its size; looked at before the bounds.
    case misalignedAtomic
    /// A local call deeper than the call depth.
    case stackOverflow
    /// A helper number that nobody provides.
    case unknownHelper
    /// The program retired as many instructions as it may.
    case instructionLimit
    /// A slot that the verifier would refuse.
    case invalidInstruction
    /// Execution reached a slot outside of the text; the PC is the number of slots.
    case fallThrough
  }

  public let reason: Reason
  /// The instruction slot.
  public let pc: Int
  /// Guest address and bytes of the access; 0 when the reason is not a memory access.
  public let address: UInt64
  public let size: Int

  public init(_ reason: Reason, pc: Int, address: UInt64 = 0, size: Int = 0) {
    self.reason = reason
    self.pc = pc
    self.address = address
    self.size = size
  }

  public var description: String {
    switch reason {
    case .loadOutOfBounds: "at PC \(pc): out-of-bounds load of \(size) bytes at \(hex(address))"
    case .storeOutOfBounds: "at PC \(pc): out-of-bounds store of \(size) bytes at \(hex(address))"
    case .misalignedAtomic: "at PC \(pc): atomic of \(size) bytes at \(hex(address)) is not naturally aligned"
    case .stackOverflow: "at PC \(pc): call depth exceeded"
    case .unknownHelper: "at PC \(pc): call to an unknown helper"
    case .instructionLimit: "at PC \(pc): instruction limit reached"
    case .invalidInstruction: "at PC \(pc): invalid instruction"
    case .fallThrough: "at PC \(pc): execution left the text"
    }
  }
}
