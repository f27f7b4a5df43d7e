import SimKernel

/// Compares the stored fields of a State, found by reflection, with its signals.
struct StateAudit {
  /// A field that holds a value of its own: an integer, a flag, an enumeration, a pointer.
  struct Leaf {
    let path: String
    let offset: Int
    let bytes: Int
    /// Bits that its legal values take: fewer than stored for flags and enumerations.
    let neededBits: Int
    /// Listed in `untraced` by the struct that declares it.
    let isUntraced: Bool
  }

  private(set) var leaves: [Leaf] = []
  /// What is wrong, one line a fault; empty when every field is a signal.
  private(set) var problems: [String] = []

  init<State: TracedState>(_ state: State) {
    walk(state, path: "", offset: 0, isUntraced: false)
    compare(State.resolvedSignals)
  }

  // MARK: fields

  private mutating func walk(_ value: Any, path: String, offset: Int, isUntraced: Bool) {
    let layout = Layout(of: value)
    if let array = value as? any Elements {
      for (index, element) in array.elements.enumerated() {
        let stride = Layout(of: element).stride
        walk(element, path: "\(path)[\(index)]", offset: offset + index * stride, isUntraced: isUntraced)
      }
    } else if let bits = StateAudit.neededBits(value) {
      leaves.append(
        Leaf(path: path, offset: offset, bytes: layout.size, neededBits: bits, isUntraced: isUntraced))
    } else {
      walkFields(value, layout, path: path, offset: offset, isUntraced: isUntraced)
    }
  }

  /// Swift lays the fields of a struct out in order, each at the next multiple of its alignment.
  private mutating func walkFields(_ value: Any, _ layout: Layout, path: String, offset: Int, isUntraced: Bool) {
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .struct else {
      problems.append("\(path): a \(type(of: value)) is no plain struct, integer, flag or enumeration")
      return
    }
    var untraced: Set<String> = []
    if let state = value as? any TracedState { untraced = StateAudit.untraced(state) }
    var end = 0, names: Set<String> = []
    for (label, field) in mirror.children {
      let name = label ?? "?", inner = Layout(of: field)
      names.insert(name)
      end = (end + inner.alignment - 1) / inner.alignment * inner.alignment
      walk(
        field, path: path.isEmpty ? name : "\(path).\(name)", offset: offset + end,
        isUntraced: isUntraced || untraced.contains(name))
      end += inner.size
    }
    if end != layout.size {
      problems.append("\(path): fields end at byte \(end) of \(layout.size), so some are not seen")
    }
    for name in untraced.subtracting(names).sorted() { problems.append("\(path): untraced \(name) is no field") }
  }

  private static func untraced<State: TracedState>(_ state: State) -> Set<String> { State.untraced }

  /// nil for what has fields of its own.
  private static func neededBits(_ value: Any) -> Int? {
    switch value {
    case is Bool: return 1
    case let number as any FixedWidthInteger: return type(of: number).bitWidth
    case let choice as any TracedEnum: return bits(choice)
    case is any _Pointer: return UInt.bitWidth
    default: return nil
    }
  }

  private static func bits<Choice: TracedEnum>(_: Choice) -> Int {
    var bits = 1
    while 1 << bits < Choice.allCases.count { bits += 1 }
    return bits
  }

  // MARK: signals

  private mutating func compare(_ signals: [Signal]) {
    for leaf in leaves {
      let range = leaf.offset..<leaf.offset + leaf.bytes
      let covering = signals.filter { ($0.offset..<$0.offset + $0.bytes).overlaps(range) }
      if leaf.isUntraced {
        if !covering.isEmpty { problems.append("\(leaf.path): untraced, but signal \(covering[0].name)") }
      } else if covering.isEmpty {
        problems.append("\(leaf.path): no signal")
      } else if covering.count > 1 {
        problems.append("\(leaf.path): signals \(covering.map(\.name).joined(separator: ", "))")
      } else if covering[0].offset != leaf.offset || covering[0].bytes != leaf.bytes {
        problems.append("\(leaf.path): signal \(covering[0].name) is not at its place")
      } else if covering[0].width < leaf.neededBits && !StateAudit.mayBeNarrow(covering[0]) {
        problems.append(
          "\(leaf.path): signal \(covering[0].name) shows \(covering[0].width) bits of \(leaf.neededBits)")
      }
    }
    let names = signals.map(\.name)
    for name in Set(names) where names.count(where: { $0 == name }) > 1 { problems.append("\(name): two signals") }
  }

  /// Numbers may be declared narrower than they are stored; that the rest is 0 shows only in runs (`HiddenBitsTests`).
  private static func mayBeNarrow(_ signal: Signal) -> Bool {
    switch signal.kind {
    case .bits, .address, .counter: true
    case .flag, .enumeration: false
    }
  }
}

/// Size and alignment of a value's own type.
private struct Layout {
  let size: Int
  let stride: Int
  let alignment: Int

  init(of value: Any) {
    func measure<Value>(_: Value.Type) -> (Int, Int, Int) {
      (MemoryLayout<Value>.size, MemoryLayout<Value>.stride, MemoryLayout<Value>.alignment)
    }
    (size, stride, alignment) = _openExistential(type(of: value), do: measure)
  }
}

/// Mirrors do not look into inline arrays.
private protocol Elements {
  var elements: [Any] { get }
}

extension InlineArray: Elements where Element: Copyable {
  fileprivate var elements: [Any] { indices.map { self[$0] } }
}
