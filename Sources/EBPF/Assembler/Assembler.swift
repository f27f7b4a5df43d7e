/// Text to instruction slots: clang's syntax (`r1 += 8`) and uBPF's (`add %r1, 8`), line by line in any mixture.
///
/// The grammar is in `specs/assembly.md`. Every encoding of RFC 9669 can be written, with CALLX and the legacy packet
/// loads; whether the machine executes it is for ``Verifier`` to say.
public enum Assembler {
  /// Any text is safe.
  /// - Throws: for the first offending token; with code `needsObjectFile` when the text is beyond this assembler, and
  ///   may be right all the same
  public static func assemble(_ source: String) throws(AssemblyError) -> AssembledText {
    let bytes = Array(source.utf8)
    do throws(AssemblyError) {
      var unit = AssemblyUnit(bytes)
      return try unit.assemble()
    } catch {
      throw error.located(in: bytes)
    }
  }
}

/// The slots that a source describes, and where its labels are.
public struct AssembledText: Equatable, Sendable {
  /// Instruction slots (RFC 9669 section 3). Execution begins at slot 0.
  public var text: [UInt64]
  /// The slot of every named label; one at the end of the source has the slot behind the last.
  public var labels: [String: Int]
  /// The labels that are functions: declared by `.globl` or `.type`, or called.
  public var functions: [String: Int]

  public var program: Program { Program(text: text, functions: functions) }
}
