/// The text of a command file of Surfer (https://docs.surfer-project.org/book/commands): what was added last gets the
/// colour and the format that follow.
enum SurferCommandFile {
  static func text(_ layout: ViewerLayout) -> String {
    var lines = ["# \(ViewerLayout.mark); open both with: surfer \(layout.dump) --command-file FILE"]
    for group in layout.groups where !group.items.isEmpty && !group.isClosed {
      lines.append("divider_add \(oneWord(group.title))")
      for item in group.items { lines += self.lines(item) }
    }
    lines.append("zoom_to \(layout.window.lowerBound) \(layout.window.upperBound)")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func lines(_ item: ViewerLayout.Item) -> [String] {
    var lines = ["variable_add \(item.path)"]
    switch item.radix {
    case .hexadecimal: lines.append("item_set_format Hexadecimal")
    case .unsigned: lines.append("item_set_format Unsigned")
    // Names and texts are shown as such anyway.
    case .binary, .text, .names: break
    }
    if let color = item.color { lines.append("item_set_color \(name(of: color))") }
    return lines
  }

  /// Surfer's colours have names of their own.
  private static func name(of color: ViewerLayout.Color) -> String {
    switch color {
    case .red: "Red"
    case .orange: "Orange"
    case .yellow: "Yellow"
    case .green: "Green"
    case .blue: "Blue"
    case .indigo: "Gray"
    case .violet: "Violet"
    }
  }

  /// Its commands take names without blanks.
  private static func oneWord(_ text: String) -> String { text.split(separator: " ").joined(separator: "_") }
}
