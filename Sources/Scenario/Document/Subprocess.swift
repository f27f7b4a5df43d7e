// The C library's `environ` is a plain global; nothing here writes it.
@preconcurrency import Glibc

/// Runs a program to its end.
enum Subprocess {
  enum Status: Equatable {
    case exited(Int32)
    case killed(Int32)
    case notStarted(Int32)

    var description: String {
      switch self {
      case .exited(let code): "ended with status \(code)"
      case .killed(let signal): "was killed by signal \(signal)"
      case .notStarted(let code): "did not start: \(String(cString: strerror(code)))"
      }
    }
  }

  /// Runs `program` without input; what it prints goes to the file `messages`.
  static func run(_ program: String, _ arguments: [String], messages: String) -> Status {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, messages, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let words = ([program] + arguments).map { strdup($0) }
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    let error = posix_spawn(&process, program, &actions, nil, words + [nil], environ)
    guard error == 0 else { return .notStarted(error) }
    return wait(for: process)
  }

  private static func wait(for process: pid_t) -> Status {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { return .notStarted(errno) }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
  }
}
