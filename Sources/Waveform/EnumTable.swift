/// Names for the values of an enumerated signal.
public struct EnumTable: Hashable, Sendable {
  /// The name of the enumeration, shown by viewers.
  public let name: String
  /// Values and their names, sorted by value.
  public let cases: [(value: UInt64, name: String)]

  /// Creates a table; `cases` may come in any order.
  public init(name: String, cases: [(value: UInt64, name: String)]) {
    self.name = name
    self.cases = cases.sorted { ($0.value, $0.name) < ($1.value, $1.name) }
  }

  public static func == (left: EnumTable, right: EnumTable) -> Bool {
    left.name == right.name && left.cases.elementsEqual(right.cases, by: ==)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    for entry in cases {
      hasher.combine(entry.value)
      hasher.combine(entry.name)
    }
  }

  /// The cases that a signal of `width` bits can have.
  func cases(fitting width: Int) -> [(value: UInt64, name: String)] {
    cases.filter { $0.value & ~bitMask(width: width) == 0 }
  }
}
