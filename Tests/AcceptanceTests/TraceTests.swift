import Foundation
import Testing

@Suite("--trace and its options")
struct TraceTests {
  /// Runs until it is stopped.
  private static let endless =
    #"{"steps": [{"load_text": {"program": {"hex": "0500ffff000000009500000000000000"}}}, "#
    + #"{"run": {"timeout": "20s"}}]}"#
  private static let short =
    #"{"steps": [{"load_text": {"program": {"hex": "b7000000050000009500000000000000"}}}, "#
    + #"{"repeat": {"count": 5, "steps": [{"run": {"expect": {"ret": 5}}}]}}]}"#

  @Test(
    "wrong options are refused in one line, and an old trace stays",
    arguments: [
      (["--trace-scope", "nothing"], "no signal matches \"nothing\""),
      (["--trace-scope", "cor"], "did you mean \"core\""),
      (["--trace-start", "core.phase"], "expected a condition such as"),
      (["--trace-start", "core.phase == runing"], "expected one of \"idle\""),
      (["--trace-stop", "core.what == 1"], "found no signal \"core.what\""),
      (["--trace-from", "12 parsecs"], "expected a time such as 12us"),
      (["--trace-from", "2us", "--trace-to", "1us"], "expected a later time"),
      (["--trace-last", "soon"], "--trace-last"),
      (["--trace-limit", "much"], "expected a size"),
      (["--trace-level", "some"], "trace-level"),
    ])
  func refusals(options: [String], says: String) throws {
    let folder = try Folder(["s.json": Self.short, "t.fst": "an old trace"])
    let outcome = try Command.run(["s.json", "--trace", "t.fst"] + options, in: folder)
    #expect(outcome.status == 2 && outcome.output.isEmpty && outcome.errorLines.count == 1)
    #expect(outcome.errors.contains(says), "\(outcome.errors)")
    #expect(try folder.text("t.fst") == "an old trace")
  }

  @Test("options without a trace are a mistake")
  func optionsAlone() throws {
    let folder = try Folder(["s.json": Self.short])
    let outcome = try Command.run(["s.json", "--trace-last", "1us"], in: folder)
    #expect(outcome.status == 2 && outcome.errors.contains("found --trace-last without --trace FILE"))
    let ring = try Command.run(["s.json", "--trace", "t.vcd", "--trace-last", "1us"], in: folder)
    #expect(ring.status == 2 && ring.errors.contains("expected a file name that ends in .fst"))
  }

  @Test("a trace that never began is told")
  func neverBegan() throws {
    let folder = try Folder(["s.json": Self.short])
    let outcome = try Command.run(["s.json", "--trace", "t.fst", "--trace-start", "run #6"], in: folder)
    #expect(outcome.status == 0 && outcome.errors.contains("the trace is empty"))
    let fifth = try Command.run(["s.json", "--trace", "t.fst", "--trace-start", "run #5"], in: folder)
    #expect(fifth.status == 0 && fifth.errors.isEmpty)
    #expect(try Command.run(["wave", "info", "t.fst"], in: folder).output.contains("(complete: "))
  }

  @Test(
    "a part of the signals has the changes that they have among all",
    arguments: ["core.pc", "core.r*", "core.execute.*", "execute.b", "link.*", "retired"])
  func scopes(pattern: String) throws {
    let loop = "0701000001000000" + "0500feff00000000"
    let steps = #"{"steps": [{"load_text": {"program": {"hex": "\#(loop)"}}}, {"run": {"timeout": "200us"}}]}"#
    let folder = try Folder(["s.json": steps])
    let all = try Command.run(["s.json", "--trace", "all.fst"], in: folder)
    #expect(all.status == 1 && all.errors.isEmpty, "\(all.errors)")
    let some = try Command.run(["s.json", "--trace", "some.fst", "--trace-scope", pattern], in: folder)
    #expect(some.status == 1 && some.output.split(separator: "\n").first == all.output.split(separator: "\n").first)
    let diff = try Command.run(
      ["wave", "diff", "all.fst", "some.fst", "--scope", pattern, "--all-signals"], in: folder)
    #expect(diff.status == 0, "\(diff.output)\(diff.errors)")
  }

  @Test("cycles are those of the core")
  func cycles() throws {
    let folder = try Folder(["s.json": Self.short])
    for (name, times) in [("a.fst", ["5000cycles", "6000 cycles"]), ("b.fst", ["25us", "30us"])] {
      let outcome = try Command.run(
        ["s.json", "--trace", name, "--trace-from", times[0], "--trace-to", times[1]], in: folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(try folder.data("a.fst") == folder.data("b.fst"))
  }

  /// Starts a run that does not end by itself, sends `signal` when its trace has some sections, and waits for its end.
  private func stop(
    _ folder: Folder, _ signal: Int32, _ options: [String] = [], variables: [String: String] = [:]
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: Command.path)
    // The limit is for a test that fails: nobody would stop the process.
    process.arguments = ["s.json", "--trace", "t.fst", "--trace-limit", "200MB"] + options
    process.currentDirectoryURL = folder.url
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
      .merging(variables) { $1 }
    process.standardError = try folder.create("errors")
    process.standardOutput = try folder.create("output")
    try process.run()
    let trace = folder.url.appending(path: "t.fst").path(percentEncoded: false)
    for _ in 0..<1000 {
      let size = (try? FileManager.default.attributesOfItem(atPath: trace)[.size] as? Int) ?? nil
      if (size ?? 0) > 500_000 { break }
      usleep(10_000)
    }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return process
  }

  private func info(_ folder: Folder) throws -> String {
    let outcome = try Command.run(["wave", "info", "t.fst"], in: folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test("killed at once, it leaves a trace that is readable up to its last section")
  func killed() throws {
    let folder = try Folder(["s.json": Self.endless])
    let process = try stop(folder, SIGKILL)
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
    #expect(try info(folder).contains("(not finished)"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path(percentEncoded: false))
    #expect(!names.contains { $0.hasSuffix(".hier") })
  }

  @Test("asked to end, it ends between two edges and says so", arguments: [SIGTERM, SIGINT, SIGHUP, SIGABRT, SIGSEGV])
  func asked(signal: Int32) throws {
    let folder = try Folder(["s.json": Self.endless])
    let process = try stop(folder, signal, ["--tlp-log", "tlps.txt"])
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == signal)
    let name = [SIGTERM: "SIGTERM", SIGINT: "SIGINT", SIGHUP: "SIGHUP", SIGABRT: "SIGABRT", SIGSEGV: "SIGSEGV"][signal]!
    #expect(try folder.text("errors").hasPrefix("ubpf-sim: interrupted by \(name) at "))
    #expect(try info(folder).contains("(interrupted by \(name))"))
    #expect(try folder.text("tlps.txt").hasSuffix("\n"))
  }

  /// Makes the simulation's thread crash after SIGUSR1, where it hands changes over to the trace.
  private static let saboteur = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <pthread.h>
    #include <signal.h>
    #include <stdlib.h>
    #include <unistd.h>
    #include <sys/syscall.h>
    static volatile int armed;
    static int (*lock)(pthread_mutex_t *);
    static void arm(int number) { armed = 1; }
    __attribute__((constructor)) static void begin(void) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGUSR1);
      sigprocmask(SIG_UNBLOCK, &set, NULL);
      signal(SIGUSR1, arm);
    }
    int pthread_mutex_lock(pthread_mutex_t *mutex) {
      if (armed && syscall(SYS_gettid) == getpid()) {
        armed = 0;
        CRASH;
      }
      if (!lock) lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
      return lock(mutex);
    }
    """
  private static let crashes = [
    SIGILL: (name: "SIGILL", code: "__builtin_trap()"), SIGABRT: (name: "SIGABRT", code: "abort()"),
    SIGSEGV: (name: "SIGSEGV", code: "*(volatile int *)8 = 1"),
  ]

  private static let canSabotage = (try? sabotage(Folder(["crash.c": ""]), "").status) == 0

  private static func sabotage(_ folder: Folder, _ code: String) throws -> Command.Outcome {
    try Command.run(
      "/usr/bin/env", ["clang", "-shared", "-fPIC", "-DCRASH=\(code)", "crash.c", "-o", "crash.so"], in: folder)
  }

  @Test(
    "a crash ends the trace with its reason",
    .enabled(if: canSabotage, "SKIPPED: no clang that links, to make the process crash with"),
    arguments: [SIGILL, SIGSEGV, SIGABRT])
  func crashed(signal: Int32) throws {
    let (name, code) = Self.crashes[signal]!
    let folder = try Folder(["s.json": Self.endless, "crash.c": Self.saboteur])
    let built = try Self.sabotage(folder, code)
    #expect(built.status == 0, "\(built.errors)")
    let library = folder.url.appending(path: "crash.so").path(percentEncoded: false)
    let process = try stop(folder, SIGUSR1, variables: ["LD_PRELOAD": library])
    #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == signal)
    #expect(try info(folder).contains("(the simulator crashed (\(name)))"))
  }

  @Test("a file system that is full leaves what was written, and why it ends")
  func full() throws {
    let folder = try Folder(["s.json": Self.endless.replacingOccurrences(of: "20s", with: "20ms")])
    let script = "ulimit -f 600; trap '' XFSZ; exec \"$0\" s.json --trace t.fst"
    let outcome = try Command.run("/bin/sh", ["-c", script, Command.path], in: folder)
    #expect(outcome.status == 2 && outcome.errors == "ubpf-sim: cannot write trace 't.fst': File too large\n")
    // The next to nothing that says why it ends found room where the section that did not fit had been.
    let text = try info(folder)
    #expect(text.contains("(File too large)"), "\(text)")
    let whole = try Command.run(["s.json", "--trace", "whole.fst"], in: folder)
    #expect(whole.status == 1)
    let same = try Command.run(["wave", "diff", "t.fst", "whole.fst", "--ignore", "trace.end"], in: folder)
    #expect(same.status == 0, "\(same.output)")
  }

  @Test("the end of a run that failed is kept")
  func lastOfAFailure() throws {
    let folder = try Folder(["s.json": Self.short.replacingOccurrences(of: #""ret": 5"#, with: #""ret": 6"#)])
    let outcome = try Command.run(["s.json", "--trace", "t.fst", "--trace-last", "2us"], in: folder)
    #expect(outcome.status == 1)
    #expect(try info(folder).contains("(complete: "))
  }
}
