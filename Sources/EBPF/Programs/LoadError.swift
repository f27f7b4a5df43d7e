/// Why a program was refused, by ``ProgramLoader`` or ``Verifier``: a code to decide on and a text to show.
public struct LoadError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Code: UInt8, Sendable, CaseIterable {
    // The file.
    case emptyProgram, badLength, malformedELF, wrongMachine, noCode, entryNotFound, tooLarge
    // Linking.
    case unresolvedSymbol, unsupportedRelocation, unsupportedSection, mapsUnsupported
    // Instructions.
    case unknownOpcode, unsupportedInstruction, reservedField, badRegister, badImmediate
    case badJump, incompleteWide, fallThrough
  }

  public let code: Code
  /// The refused instruction slot, where there is one.
  public let pc: Int?
  /// Says where and what was expected, such as "at PC 7: jump to slot 12, but the text has 9".
  public let description: String

  public init(_ code: Code, pc: Int? = nil, _ text: String) {
    self.code = code
    self.pc = pc
    description = pc.map { "at PC \($0): \(text)" } ?? text
  }
}
