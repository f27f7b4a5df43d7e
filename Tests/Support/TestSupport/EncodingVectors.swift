import EBPF
import Stimulus

/// An instruction encoding of RFC 9669, and programs that show what it does.
public struct Encoding: Sendable, CustomStringConvertible {
  /// The conformance groups of RFC 9669 section 2.4, and CALLX, which belongs to none.
  public enum Group: String, Sendable, CaseIterable {
    case base32, base64, divmul32, divmul64, atomic32, atomic64, packet, callx
  }

  public let name: String
  public let group: Group
  public let opcode: UInt8
  /// The fields that tell this encoding from the others of its opcode; 0 where there are none.
  public var source: UInt8 = 0
  public var offset: Int16 = 0
  public var immediate: Int32 = 0
  public let vectors: [EncodingVector]

  public var description: String { name }
}

/// A program, the memory that r1 points to (r2 holds its length; without memory both are 0), and how it ends.
///
/// It needs the default machine: 4096 bytes of stack, frames of 256 bytes, and the helpers of ``HelperTable/test``
/// where `needsHelpers` says so.
public struct EncodingVector: Sendable, CustomStringConvertible {
  public enum Result: Equatable, Sendable {
    case exit(r0: UInt64)
    /// Stopped at this slot.
    case fault(Fault.Reason, pc: Int)
    /// Not loaded.
    case refused(LoadError.Code)
  }

  public let name: String
  public let text: [UInt64]
  public let memory: [UInt8]
  public let result: Result
  public let memoryAfter: [UInt8]
  public let needsHelpers: Bool

  /// - Parameter memoryAfter: as before where it is not given
  init(
    _ name: String, _ program: [Instruction], memory: [UInt8] = [], memoryAfter: [UInt8]? = nil,
    needsHelpers: Bool = false, _ result: Result
  ) {
    self.name = name
    text = program.map(\.word)
    self.memory = memory
    self.memoryAfter = memoryAfter ?? memory
    self.needsHelpers = needsHelpers
    self.result = result
  }

  public var description: String { name }
}

/// All encodings, their vectors, and vectors for what no single encoding shows. The expected results are worked out by
/// hand from the text of RFC 9669; no code of the simulator computes them.
///
/// The groups are those of the table in RFC 9669 Appendix A. It counts SUB (0x1f), JSGT (0x6d) and NEG (0x87), which
/// work on 64 bits, as base32.
public enum EncodingVectors {
  public static let encodings: [Encoding] =
    arithmetic32 + arithmetic64 + division32 + division64 + branches32 + branches64 + loads + stores + atomics32
    + atomics64 + control + packet

  /// Garbage for the upper half of an operand of which only the lower half counts.
  static let upper: UInt64 = 0xdead_beef_0000_0000
  static let minimum32: UInt64 = 0x8000_0000
  static let minimum64: UInt64 = 0x8000_0000_0000_0000

  static func negative(_ magnitude: UInt64) -> UInt64 { 0 &- magnitude }
}

func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
