/// The scopes and signals that a waveform file declares, in the file's order.
public struct WaveHierarchy: Sendable {
  public internal(set) var scopes: [WaveScope] = []
  public internal(set) var signals: [WaveSignal] = []
  public internal(set) var enumTables: [WaveEnumTable] = []
  /// How the values of each handle look. Signals that share a handle are always equal.
  public internal(set) var handles: [WaveHandle] = []

  /// Scopes and name of a signal, separated by dots. A bit range stays as the file has it.
  public func path(of signal: Int) -> String {
    let signal = signals[signal]
    guard let scope = signal.scope else { return signal.name }
    return "\(path(ofScope: scope)).\(signal.name)"
  }

  /// Names of a scope and those around it, separated by dots.
  public func path(ofScope scope: Int) -> String {
    var names: [String] = []
    var next: Int? = scope
    while let index = next {
      names.append(scopes[index].name)
      next = scopes[index].parent
    }
    return names.reversed().joined(separator: ".")
  }

  /// The number of signals that are another name for an earlier one.
  public var aliasCount: Int { signals.count { $0.aliasOf != nil } }

  /// Names of open scopes, while a hierarchy is read.
  static let depthLimit = 1000
}

public struct WaveScope: Hashable, Sendable {
  public let name: String
  /// The format's word: "module", "function", "vhdl_record", …
  public let type: String
  /// The name of what is instantiated, or empty.
  public let component: String
  /// Position of the scope around it, nil at the top.
  public let parent: Int?
}

public struct WaveSignal: Hashable, Sendable {
  /// As the file has it, which may include a bit range, as in `count [7:0]`.
  public let name: String
  /// Position of its scope, nil at the top.
  public let scope: Int?
  /// Position of its values in ``WaveHierarchy/handles``; changes name it.
  public let handle: Int
  /// The format's word: "wire", "reg", "integer", "real", "string", …
  public let type: String
  /// "implicit", "input", "output", "inout", "buffer" or "linkage".
  public let direction: String
  /// Position of the table with names for its values, if there is one.
  public let enumTable: Int?
  /// Position of the first signal with the same handle, nil for that signal itself.
  public let aliasOf: Int?
}

/// How values look.
public struct WaveHandle: Hashable, Sendable {
  public enum Kind: Sendable {
    /// One character out of `01xzhuwl-` a bit.
    case bits
    /// A number of double precision.
    case real
    /// Text of any length.
    case text
  }

  public let kind: Kind
  /// Bits; 64 for reals, 0 for text.
  public let width: Int
}

/// Names for values.
public struct WaveEnumTable: Hashable, Sendable {
  public let name: String
  /// Values of at most 64 bits, without unknown ones.
  public let cases: [UInt64: String]
}
