import Foundation

/// The pages in specs/ whose examples are drawn from runs.
enum SpecPage {
  static func text(_ name: String) throws -> String {
    var repository = URL(filePath: #filePath)
    for _ in 0..<4 { repository.deleteLastPathComponent() }
    return try String(contentsOf: repository.appending(path: "specs/\(name)"), encoding: .utf8)
  }
}
