import Glibc
import UBPFSim

/// What the command does when a signal would end it: a run that is interrupted ends between two edges, and its files are
/// whole; a process that crashes finishes its trace before it dies.
enum Signals {
  /// The signal that asked the run to end, or 0.
  nonisolated(unsafe) private static let request: UnsafeMutablePointer<Int32> = {
    let pointer = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return pointer
  }()
  nonisolated(unsafe) private static var simulator: Simulator?
  nonisolated(unsafe) private static var thread = pthread_t()
  /// What was to happen before, by signal: Swift prints a backtrace.
  nonisolated(unsafe) private static var former: [Int32: sigaction] = [:]

  private static let requests = [SIGINT, SIGTERM, SIGHUP]
  private static let crashes = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
  /// Seconds that a crashing process may take to finish its trace.
  private static let patience: UInt32 = 5

  /// From here on signals are taken care of for a run of `simulator`.
  static func watch(_ simulator: Simulator) {
    self.simulator = simulator
    thread = pthread_self()
    // Whoever started the process may have left them blocked.
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in requests + crashes { sigaddset(&numbers, number) }
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    for number in requests {
      // Ignored signals, as of a job that outlives its terminal, stay so.
      var action = sigaction()
      sigaction(number, nil, &action)
      if action.__sigaction_handler.sa_handler.map({ unsafeBitCast($0, to: Int.self) }) == 1 { continue }
      action = sigaction()
      action.__sigaction_handler.sa_handler = { Signals.request.pointee = $0 }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
    for number in crashes {
      var action = sigaction(), old = sigaction()
      action.__sigaction_handler.sa_sigaction = { number, info, _ in
        Signals.crash(number, isFault: info.map { $0.pointee.si_code > 0 } ?? false)
      }
      action.sa_flags = SA_ONSTACK | SA_SIGINFO
      sigaction(number, &action, &old)
      former[number] = old
    }
  }

  /// Why the run is to end, once a signal asked for it.
  static var interruption: String? {
    request.pointee == 0 ? nil : "interrupted by \(name(of: request.pointee))"
  }

  /// Dies of the signal that asked for it, as its sender expects.
  static func dieOfRequest() -> Never {
    signal(request.pointee, SIG_DFL)
    raise(request.pointee)
    exit(2)
  }

  /// - Parameter isFault: an instruction failed; else somebody sent the signal
  private static func crash(_ number: Int32, isFault: Bool) {
    for number in crashes {
      if var old = former[number] { sigaction(number, &old, nil) }
    }
    // The thread that writes cannot wait for itself.
    if pthread_equal(pthread_self(), thread) != 0 {
      signal(SIGALRM, SIG_DFL)
      alarm(patience)
      simulator?.abandonTrace(because: "the simulator crashed (\(name(of: number)))")
      alarm(0)
    }
    // Back at the instruction that failed, the process dies as it would have; a signal that was sent has to be sent again.
    if isFault { return }
    signal(number, SIG_DFL)
    raise(number)
  }

  private static func name(of number: Int32) -> String {
    switch number {
    case SIGINT: "SIGINT"
    case SIGTERM: "SIGTERM"
    case SIGHUP: "SIGHUP"
    case SIGILL: "SIGILL"
    case SIGTRAP: "SIGTRAP"
    case SIGABRT: "SIGABRT"
    case SIGBUS: "SIGBUS"
    case SIGFPE: "SIGFPE"
    case SIGSEGV: "SIGSEGV"
    default: "signal \(number)"
    }
  }
}
