/// What a signal carries.
public enum SignalType: Hashable, Sendable {
  /// 1...4096 bits, each 0 or 1.
  case bits(Int)
  /// 1...4096 bits, each one of `0 1 x z h u w l - ?`, the values of VHDL's std_logic.
  case logic(Int)
  /// A floating-point number of 64 bits.
  case real
  /// Text of any length, without bytes of zero.
  case text
  /// Something that happens at a time and has no value: every change to 1 is one.
  case event

  /// The widest vector.
  public static let widthLimit = 4096

  /// Bits of a vector; 0 for the others.
  public var width: Int {
    switch self {
    case .bits(let width), .logic(let width): width
    case .event: 1
    case .real, .text: 0
    }
  }

  var isVector: Bool {
    switch self {
    case .bits, .logic: true
    case .real, .text, .event: false
    }
  }

  /// Of two states and at most 64 bits: a machine word holds its values.
  var isWord: Bool {
    if case .bits(let width) = self { return width <= 64 }
    return false
  }
}

/// A value of a signal.
public enum SignalValue: Hashable, Sendable {
  /// Bits of a vector of at most 64, the lowest one in bit 0; those above its width are ignored.
  case bits(UInt64)
  /// Bits of a wide vector: the first word has the lowest 64. What is missing is 0.
  case words([UInt64])
  /// One character a bit, the highest bit first: `0 1 x z h u w l - ?`, x and z also as capitals. A shorter text is
  /// extended as VCD extends it: by its first character if that is x or z, otherwise by 0.
  case logic(String)
  case real(Double)
  case text(String)
}

/// A signal to declare.
public struct WaveformVariable: Sendable {
  /// The direction of a port.
  public enum Direction: UInt8, Hashable, Sendable, CaseIterable {
    case implicit, input, output, `inout`, buffer, linkage
  }

  /// Without a bit range; white space becomes `_`, because both formats separate by it.
  public var name: String
  public var type: SignalType
  /// The value at the start time.
  public var initial: SignalValue
  /// Names to show for the values, or nil.
  public var enumeration: EnumTable?
  public var direction: Direction

  public init(
    _ name: String, _ type: SignalType, initial: SignalValue, enumeration: EnumTable? = nil,
    direction: Direction = .implicit
  ) {
    self.name = name
    self.type = type
    self.initial = initial
    self.enumeration = enumeration
    self.direction = direction
  }
}

/// A level of the hierarchy to declare.
public struct WaveformScope: Sendable {
  /// What kind of thing contains the signals, as both formats name it.
  public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case module, task, function, begin, fork, generate, `struct`, union, `class`, interface, package, program
  }

  /// A place in source code.
  public struct SourceStem: Hashable, Sendable {
    public let path: String
    public let line: Int

    public init(path: String, line: Int) {
      self.path = path
      self.line = line
    }
  }

  public var name: String
  public var kind: Kind
  /// The name of what the scope is an instance of, or empty.
  public var component: String
  /// Where the component is defined, or nil.
  public var source: SourceStem?

  public init(_ name: String, kind: Kind = .module, component: String = "", source: SourceStem? = nil) {
    self.name = name
    self.kind = kind
    self.component = component
    self.source = source
  }
}
