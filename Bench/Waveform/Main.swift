import Glibc
import Waveform

/// `WaveformBench FILE CYCLES [SECTION_MB]`: writes the stimulus to an FST file, or computes it only when FILE is `none`.
@main
enum Main {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let cycles = UInt64(arguments[2]) else {
      print("usage: WaveformBench FILE|none CYCLES [SECTION_MB]")
      exit(2)
    }
    var options = WaveformOptions()
    if arguments.count > 3, let size = Int(arguments[3]) { options.sectionBytes = size << 20 }
    let start = seconds(CLOCK_MONOTONIC)
    var stimulus = Stimulus()
    var changes: UInt64 = 0, bytes = 0, sum: UInt64 = 0
    if arguments[1] == "none" {
      for _ in 0..<cycles {
        for group in 0..<Stimulus.groups {
          let change = stimulus.next(group)
          sum &+= change.value ^ UInt64(change.signal)
        }
      }
      changes = cycles * UInt64(Stimulus.groups + 2)
    } else {
      changes = try write(&stimulus, cycles: cycles, to: FSTWriter(path: arguments[1], options: options))
      var status = stat()
      if stat(arguments[1], &status) == 0 { bytes = Int(status.st_size) }
    }
    let wall = seconds(CLOCK_MONOTONIC) - start, cpu = seconds(CLOCK_PROCESS_CPUTIME_ID)
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    print(
      "\(changes) changes in \(wall) s, \(cpu) s of CPU, \(bytes) bytes, \(usage.ru_maxrss / 1024) MB peak (\(sum))")
  }

  /// One time unit of the baseline is two steps a cycle: the clock rises with the changes, and falls.
  @inline(never)
  private static func write(_ stimulus: inout Stimulus, cycles: UInt64, to writer: FSTWriter) throws -> UInt64 {
    writer.beginScope("top")
    let clock = writer.addVariable("clk", width: 1, enumeration: nil, initial: 0)
    for signal in 0..<Stimulus.signals {
      _ = writer.addVariable("s\(signal)", width: Stimulus.width(signal), enumeration: nil, initial: 0)
    }
    writer.endScope()
    try writer.start(at: 0)
    for cycle in 0..<cycles {
      writer.advance(to: 2 &* cycle)
      writer.change(clock, to: 1)
      for group in 0..<Stimulus.groups {
        let change = stimulus.next(group)
        writer.change(SignalHandle(index: change.signal &+ 1), to: change.value)
      }
      writer.advance(to: 2 &* cycle &+ 1)
      writer.change(clock, to: 0)
    }
    try writer.close(at: 2 * cycles - 1)
    return cycles * UInt64(Stimulus.groups + 2)
  }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
