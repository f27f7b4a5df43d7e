import Glibc

/// What the environment says about tools and temporary files.
struct ToolEnvironment {
  /// The variable CLANG; nil when unset or empty.
  var clang = variable("CLANG")
  /// The folders of PATH that are absolute, in order.
  var path = (variable("PATH") ?? "").split(separator: ":").filter { $0.hasPrefix("/") }.map(String.init)
  var temporaryFolder = variable("TMPDIR") ?? "/tmp"

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// The first executable called `name` on PATH, as an absolute path.
  func search(_ name: String) -> String? {
    path.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }

  /// The executable `name` in the folder where `program` really is, links followed.
  func sibling(of program: String, _ name: String) -> String? {
    guard let real = realpath(program, nil) else { return nil }
    defer { free(real) }
    let path = String(cString: real)
    guard let slash = path.lastIndex(of: "/") else { return nil }
    let sibling = path[...slash] + name
    return access(String(sibling), X_OK) == 0 ? String(sibling) : nil
  }
}
