import Foundation

/// The pages in specs/ whose examples are drawn from runs.
enum SpecPage {
  static let repository = (0..<4).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }

  static func file(_ name: String) -> URL { repository.appending(path: "specs/\(name)") }

  static func text(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }
}
