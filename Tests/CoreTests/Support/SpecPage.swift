import Foundation

/// The pages in specs/ whose examples are drawn from runs.
enum SpecPage {
  static func file(_ name: String) -> URL {
    var repository = URL(filePath: #filePath)
    for _ in 0..<4 { repository.deleteLastPathComponent() }
    return repository.appending(path: "specs/\(name)")
  }

  static func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }
}
