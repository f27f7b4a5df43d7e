import Glibc
import UBPFSim

/// What the command does when a signal would end it: a run that is interrupted ends between two edges, and its files are
/// whole; a process that crashes finishes its trace before it dies. A signal of a crash that somebody sent strikes anywhere,
/// also where the trace is not whole, so it interrupts.
enum Signals {
  /// The signal that asked the run to end, or 0.
  nonisolated(unsafe) private static let request: UnsafeMutablePointer<Int32> = {
    let pointer = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return pointer
  }()
  nonisolated(unsafe) private static var simulator: Simulator?
  nonisolated(unsafe) private static var thread = pthread_t()
  /// The signal by which the process dies, once it crashed, or 0.
  nonisolated(unsafe) private static var death: Int32 = 0
  /// What was to happen before, by signal: Swift prints a backtrace.
  nonisolated(unsafe) private static var former: [Int32: sigaction] = [:]

  private static let requests = [SIGINT, SIGTERM, SIGHUP]
  private static let crashes = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]
  /// Seconds that a crashing process may take to finish its trace, and a run to notice that somebody sent it such a signal.
  private static let patience: UInt32 = 5

  /// From here on signals are taken care of for a run of `simulator`.
  static func watch(_ simulator: Simulator) {
    self.simulator = simulator
    thread = pthread_self()
    request.pointee = 0
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
        let code = info?.pointee.si_code ?? 0
        if code <= 0 && info?.pointee._sifields._kill.si_pid != getpid() {
          Signals.request.pointee = number
          alarm(Signals.patience)
        } else {
          Signals.crash(number, isFault: code > 0)
        }
      }
      action.sa_flags = SA_ONSTACK | SA_SIGINFO
      sigaction(number, &action, &old)
      former[number] = old
    }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      Signals.die(of: Signals.death == 0 ? Signals.request.pointee : Signals.death)
    }
    sigaction(SIGALRM, &action, nil)
    unblock()
  }

  /// Whoever started the process may have left signals blocked, and each is while it is handled.
  private static func unblock() {
    var numbers = sigset_t()
    sigemptyset(&numbers)
    for number in requests + crashes + [SIGALRM] { sigaddset(&numbers, number) }
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
  }

  /// Why the run is to end, once a signal asked for it.
  static var interruption: String? {
    if request.pointee == 0 { return nil }
    alarm(0)
    return "interrupted by \(name(of: request.pointee))"
  }

  /// Dies of the signal that asked for it, as its sender expects.
  static func dieOfRequest() -> Never { die(of: request.pointee) }

  private static func die(of number: Int32) -> Never {
    signal(number, SIG_DFL)
    unblock()
    raise(number)
    exit(2)
  }

  /// - Parameter isFault: an instruction failed; else the process sent itself the signal, as `abort` does
  private static func crash(_ number: Int32, isFault: Bool) {
    // What finishes the trace may crash as well.
    if death != 0 { die(of: death) }
    death = number
    // The thread that writes cannot wait for itself.
    if pthread_equal(pthread_self(), thread) != 0 {
      unblock()
      alarm(patience)
      simulator?.abandonTrace(because: "the simulator crashed (\(name(of: number)))")
      alarm(0)
    }
    if !isFault { die(of: number) }
    // Back at the instruction that failed, the process dies as it would have.
    for number in crashes {
      if var old = former[number] { sigaction(number, &old, nil) }
    }
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
