import CLibFST

/// GTKWave's FST library, from the Debian package verilator.
enum LibFST {
  static let isAvailable = {
    let available = libfst_is_available()
    if !available { print("SKIPPED: tests against libfst; apt-get install verilator, then build again") }
    return available
  }()
}
