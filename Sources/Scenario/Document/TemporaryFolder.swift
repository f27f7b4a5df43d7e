import Glibc

/// A new folder, removed with the files in it.
struct TemporaryFolder {
  let path: String

  init(in parent: String) throws(FileReader.Failure) {
    var template = Array("\(parent)/ubpf-sim-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw .system(errno) }
    let made = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    // Absolute, because programs that write here run in other folders.
    guard let real = realpath(made, nil) else { throw .system(errno) }
    path = String(cString: real)
    free(real)
  }

  func remove() {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
  }
}

/// Gives files a place for as long as some work takes.
package enum ScratchFolder {
  /// Calls `work` with the path of a new folder, which goes with its files when it returns.
  package static func with<Value>(_ work: (String) throws -> Value) throws -> Value {
    let folder = try TemporaryFolder(in: ToolEnvironment().temporaryFolder)
    defer { folder.remove() }
    return try work(folder.path)
  }
}

/// Writes whole files.
enum FileWriter {
  /// Creates or replaces the file; false when the system refuses.
  static func write(_ text: String, to path: String) -> Bool {
    guard let file = fopen(path, "w") else { return false }
    let written = fputs(text, file)
    return fclose(file) == 0 && written >= 0
  }
}
