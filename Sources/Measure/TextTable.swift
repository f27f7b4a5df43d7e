/// A table for people: columns as wide as their widest cell, numbers to the right, words to the left.
public struct TextTable {
  private let header: [String]
  private let words: Set<String>
  private var rows: [[String]] = []

  /// - Parameter words: the headers of the columns that hold words
  public init(_ header: [String], words: Set<String>) {
    self.header = header
    self.words = words
  }

  public mutating func add(_ row: [String]) {
    precondition(row.count == header.count, "a row of \(row.count) cells in a table of \(header.count) columns")
    rows.append(row)
  }

  public var isEmpty: Bool { rows.isEmpty }

  /// The lines of the table, without a line feed at the end.
  public func formatted() -> String {
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      var text = ""
      for (column, cell) in cells.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        text += (column == 0 ? "" : "  ") + (words.contains(header[column]) ? cell + padding : padding + cell)
      }
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
    return ([line(header), rule] + rows.map(line)).joined(separator: "\n")
  }
}

extension Double {
  /// With a fixed number of decimals, independent of any locale.
  public func fixed(_ decimals: Int) -> String {
    guard isFinite, magnitude < 1e15 else { return "\(self)" }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = UInt64((magnitude * scale).rounded())
    let whole = scaled / UInt64(scale), fraction = String(scaled % UInt64(scale))
    let sign = self < 0 && scaled != 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    return "\(sign)\(whole).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
  }
}
