/// What a signal means to the person who reads the waveform.
public enum SignalKind: Equatable, Sendable {
  case bits
  case address
  case counter
  case flag
  /// The names of the values 0, 1, 2 …
  case enumeration(name: String, cases: [String])
}

/// A signal of a State with its place in memory.
public struct Signal: Equatable, Sendable {
  /// Relative to the component; dots separate scopes: `decode.pc`.
  public var name: String
  /// Bytes from the start of the State.
  public var offset: Int
  /// Bytes of the stored field: 1, 2, 4 or 8.
  public let bytes: Int
  /// Bits that are shown, at most `8 * bytes`; the rest of the field is always 0.
  public let width: Int
  public let kind: SignalKind
}

/// A plain struct all of whose fields can be seen in a waveform.
///
/// `signals` stands beside the fields and names each of them once. A test walks the stored fields of every State and fails
/// for one that is neither declared nor listed, with its reason, in `untraced`.
public protocol TracedState {
  static var signals: [SignalDeclaration<Self>] { get }
  /// Fields that are wiring or a copy of something traced; not flip-flops.
  static var untraced: Set<String> { get }
}

extension TracedState {
  public static var untraced: Set<String> { [] }

  /// Every signal, nested ones with their path, in memory order.
  public static var resolvedSignals: [Signal] {
    signals.flatMap(\.resolved).sorted { $0.offset < $1.offset }
  }
}

/// An enumeration whose cases are shown by name. Its cases have no payload, so its memory holds their position.
public protocol TracedEnum: CaseIterable, Sendable {}

/// A State without flip-flops, for components that only route.
public struct NoState: TracedState {
  public init() {}
  public static var signals: [SignalDeclaration<NoState>] { [] }
}

/// One line of a State's signal list.
public struct SignalDeclaration<State> {
  public let resolved: [Signal]

  private static func offset<Value>(_ field: KeyPath<State, Value>) -> Int {
    guard let offset = MemoryLayout<State>.offset(of: field) else {
      preconditionFailure("\(field) is not a stored field of \(State.self)")
    }
    return offset
  }

  private static func leaf<Value>(_ name: String, _ field: KeyPath<State, Value>, _ width: Int, _ kind: SignalKind)
    -> SignalDeclaration
  {
    let bytes = MemoryLayout<Value>.size
    precondition(
      [1, 2, 4, 8].contains(bytes) && width <= 8 * bytes, "\(State.self).\(name): \(width) bits in \(bytes) bytes")
    return SignalDeclaration(resolved: [
      Signal(name: name, offset: offset(field), bytes: bytes, width: width, kind: kind)
    ])
  }

  /// A vector of `width` bits; the whole field when nil.
  public static func bits<Value: FixedWidthInteger>(_ name: String, _ field: KeyPath<State, Value>, width: Int? = nil)
    -> SignalDeclaration
  { leaf(name, field, width ?? Value.bitWidth, .bits) }

  public static func address<Value: FixedWidthInteger>(
    _ name: String, _ field: KeyPath<State, Value>, width: Int? = nil
  )
    -> SignalDeclaration
  { leaf(name, field, width ?? Value.bitWidth, .address) }

  public static func counter<Value: FixedWidthInteger>(
    _ name: String, _ field: KeyPath<State, Value>, width: Int? = nil
  )
    -> SignalDeclaration
  { leaf(name, field, width ?? Value.bitWidth, .counter) }

  public static func flag(_ name: String, _ field: KeyPath<State, Bool>) -> SignalDeclaration {
    leaf(name, field, 1, .flag)
  }

  public static func enumeration<Value: TracedEnum>(_ name: String, _ field: KeyPath<State, Value>) -> SignalDeclaration
  {
    let cases = Value.allCases.map { "\($0)" }
    let width = max(1, Int.bitWidth - (cases.count - 1).leadingZeroBitCount)
    return leaf(name, field, width, .enumeration(name: "\(Value.self)", cases: cases))
  }

  /// A nested struct; becomes a scope of its own.
  public static func group<Value: TracedState>(_ name: String, _ field: KeyPath<State, Value>) -> SignalDeclaration {
    SignalDeclaration(resolved: nest(Value.resolvedSignals, name, offset(field)))
  }

  /// A nested struct whose signals stand among those of this one.
  public static func embedded<Value: TracedState>(_ field: KeyPath<State, Value>) -> SignalDeclaration {
    let base = offset(field)
    return SignalDeclaration(
      resolved: Value.resolvedSignals.map { signal in
        var inner = signal
        inner.offset += base
        return inner
      })
  }

  /// A register file or table of integers, one signal an element: `name0`, `name1` …
  public static func array<let count: Int, Value: FixedWidthInteger>(
    _ name: String, _ field: KeyPath<State, InlineArray<count, Value>>, width: Int? = nil, names: [String]? = nil
  ) -> SignalDeclaration {
    let base = offset(field), bytes = MemoryLayout<Value>.size
    return SignalDeclaration(
      resolved: (0..<count).map {
        Signal(
          name: names?[$0] ?? "\(name)\($0)", offset: base + $0 * MemoryLayout<Value>.stride, bytes: bytes,
          width: width ?? Value.bitWidth, kind: .bits)
      })
  }

  /// A table of structs, one scope an entry.
  public static func table<let count: Int, Value: TracedState>(
    _ name: String, _ field: KeyPath<State, InlineArray<count, Value>>
  ) -> SignalDeclaration {
    let base = offset(field)
    return SignalDeclaration(
      resolved: (0..<count).flatMap {
        nest(Value.resolvedSignals, "\(name)\($0)", base + $0 * MemoryLayout<Value>.stride)
      })
  }

  private static func nest(_ signals: [Signal], _ scope: String, _ base: Int) -> [Signal] {
    signals.map { signal in
      var inner = signal
      inner.name = "\(scope).\(signal.name)"
      inner.offset += base
      return inner
    }
  }
}
