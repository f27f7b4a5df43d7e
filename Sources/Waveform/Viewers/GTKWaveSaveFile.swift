import Glibc

/// The text of a save file of GTKWave, whose lines its source `savefile.c` reads.
enum GTKWaveSaveFile {
  /// Flags of a trace, `TR_…` in GTKWave's `analyzer.h`.
  private enum Flag {
    static let hexadecimal: UInt64 = 0x2
    static let decimal: UInt64 = 0x4
    static let binary: UInt64 = 0x8
    static let rightJustified: UInt64 = 0x20
    static let blank: UInt64 = 0x200
    static let closed: UInt64 = 0x40_0000
    static let groupBegin: UInt64 = 0x80_0000
    static let groupEnd: UInt64 = 0x100_0000
    static let names: UInt64 = 0x1_0000_0000
  }

  /// The wave area of a window of `size`, in pixels.
  private static let size = (width: 1600, height: 900), wavePixels = 1100.0
  /// GTKWave's zoom is the binary logarithm of the time that this many pixels show, with the other sign.
  private static let zoomPixels = 200.0

  static func text(_ layout: ViewerLayout) -> String {
    let start = layout.window.lowerBound, duration = max(1, layout.window.upperBound - start)
    let zoom = -log2(Double(duration) * zoomPixels / wavePixels)
    var lines = [
      "[*] \(ViewerLayout.mark)", "[dumpfile] \"\(layout.dump)\"", "[timestart] \(start)",
      "[size] \(size.width) \(size.height)", "[pos] 0 0",
      "*\(hundredths(zoom)) \(start)" + String(repeating: " -1", count: 26), "[sst_width] 20", "[signals_width] 360",
      "[sst_expanded] 0",
    ]
    for group in layout.groups where !group.items.isEmpty {
      let state = group.isClosed ? Flag.closed : 0
      lines += ["@\(hex(Flag.groupBegin | Flag.blank | state))", "-\(group.title)"]
      for item in group.items { lines += self.lines(item, hidden: group.isClosed) }
      lines += ["@\(hex(Flag.groupEnd | Flag.blank | state))", "-\(group.title)"]
    }
    return (lines + ["[pattern_trace] 1", "[pattern_trace] 0"]).joined(separator: "\n") + "\n"
  }

  private static func lines(_ item: ViewerLayout.Item, hidden: Bool) -> [String] {
    var lines: [String] = []
    if let color = item.color, let number = ViewerLayout.Color.allCases.firstIndex(of: color) {
      lines.append("[color] \(number + 1)")
    }
    let range = item.width > 1 ? "[\(item.width - 1):0]" : ""
    return lines + ["@\(hex(flags(item.radix)))", "+{\(item.label)} \(item.path)\(range)"]
  }

  private static func flags(_ radix: ViewerLayout.Radix) -> UInt64 {
    switch radix {
    case .binary: Flag.binary | Flag.rightJustified
    case .hexadecimal: Flag.hexadecimal | Flag.rightJustified
    case .unsigned: Flag.decimal | Flag.rightJustified
    case .text: Flag.binary | Flag.rightJustified
    case .names: Flag.names | Flag.binary | Flag.rightJustified
    }
  }

  private static func hex(_ number: UInt64) -> String { String(number, radix: 16) }

  /// A number with two decimals.
  private static func hundredths(_ number: Double) -> String {
    let scaled = Int((number.magnitude * 100).rounded()), cents = scaled % 100
    return (number < 0 ? "-" : "") + "\(scaled / 100).\(cents < 10 ? "0" : "")\(cents)"
  }
}
