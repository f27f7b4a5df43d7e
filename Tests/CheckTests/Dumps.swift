import Check
import Foundation
import Scenario
import WaveReader

/// Small dumps, written by hand, and maps.
enum Dumps {
  /// A signal of a dump in the scope `tb`: its name, its bits, and its value at each edge, as VCD writes them.
  typealias Column = (name: String, width: Int, values: [String])

  /// A dump whose clock `tb.clk` rises at 10, 20, 30 ns …; at the first one stands the first value of each column, which
  /// changed with the edge before.
  static func text(_ columns: [Column], after: String = "") -> String {
    var text = "$timescale 1ns $end\n$scope module tb $end\n$var wire 1 c clk $end\n"
    for (index, column) in columns.enumerated() {
      let range = column.width == 1 ? "" : " [\(column.width - 1):0]"
      text += "$var wire \(column.width) s\(index) \(column.name)\(range) $end\n"
    }
    text += "$upscope $end\n$enddefinitions $end\n#0\n0c\n"
    let count = columns.map(\.values.count).max() ?? 0
    for edge in 0..<count {
      for (index, column) in columns.enumerated() where edge < column.values.count {
        text += column.width == 1 ? "\(column.values[edge])s\(index)\n" : "b\(column.values[edge]) s\(index)\n"
      }
      text += "#\(10 * edge + 5)\n0c\n#\(10 * edge + 10)\n1c\n"
    }
    return text + after
  }

  static func file(_ text: String) throws -> WaveFile {
    let url = FileManager.default.temporaryDirectory.appending(path: "dump-\(UUID().uuidString).vcd")
    try text.write(to: url, atomically: false, encoding: .utf8)
    // An open file needs no name.
    defer { try? FileManager.default.removeItem(at: url) }
    return try WaveFile(path: url.path)
  }

  static func map(_ text: String) throws -> DumpMap { try DumpMap(Array(text.utf8), path: "m.json") }

  static func binary(_ number: UInt64) -> String { String(number, radix: 2) }
}
