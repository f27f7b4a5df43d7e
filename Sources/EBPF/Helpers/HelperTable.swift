/// A function with the number by which programs call it and the name by which objects link to it.
public struct HelperEntry: Sendable {
  /// 0 or more.
  public let number: Int32
  public let name: String
  public let function: Helper

  public init(number: Int32, name: String, function: @escaping Helper) {
    self.number = number
    self.name = name
    self.function = function
  }
}

/// The functions that a machine provides to its programs, in the order in which they were added.
public struct HelperTable: Sendable {
  public let entries: [HelperEntry]
  private let places: [Int32: Int]

  /// No functions: every call of a helper faults.
  public static let empty = HelperTable([])

  /// For functions whose numbers and names are known to differ.
  init(_ entries: [HelperEntry]) {
    self.entries = entries
    places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.number, $0) })
  }

  /// Throws when the number is negative, or the number or the name is taken.
  public func adding(_ entry: HelperEntry) throws(HelperTableError) -> HelperTable {
    guard entry.number >= 0 else { throw .negativeNumber(entry.number, name: entry.name) }
    if let place = places[entry.number] {
      throw .numberTaken(entry.number, name: entry.name, by: entries[place].name)
    }
    if let other = self[entry.name] { throw .nameTaken(entry.name, number: entry.number, by: other.number) }
    return HelperTable(entries + [entry])
  }

  public subscript(number: Int32) -> HelperEntry? { places[number].map { entries[$0] } }

  public subscript(name: String) -> HelperEntry? { entries.first { $0.name == name } }

  /// For ``Verifier/Limits``.
  public var numbers: Set<Int32> { Set(places.keys) }

  /// For ``ProgramLoader``.
  public var numbersByName: [String: Int32] { Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.number) }) }
}

/// Why a function cannot be added to a ``HelperTable``.
public enum HelperTableError: Error, Equatable, CustomStringConvertible {
  case negativeNumber(Int32, name: String)
  case numberTaken(Int32, name: String, by: String)
  case nameTaken(String, number: Int32, by: Int32)

  public var description: String {
    switch self {
    case .negativeNumber(let number, let name): "helper '\(name)' has number \(number), expected 0 or more"
    case .numberTaken(let number, let name, let other): "helper '\(name)' has number \(number), which '\(other)' has"
    case .nameTaken(let name, let number, let other): "helper \(number) has the name '\(name)', which \(other) has"
    }
  }
}
