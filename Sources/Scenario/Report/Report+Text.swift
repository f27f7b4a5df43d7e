import Device
import Measure
import SimKernel

extension Report {
  /// Consecutive steps of one kind beyond this many are shown as one line.
  private static let shownPerKind = 12

  /// The report for people.
  public var text: String {
    var parts = ["\(scenario): \(passed ? "PASSED" : "FAILED") in \(simulated.readable) of simulated time"]
    if let table = stepTable { parts.append(table) }
    if let table = latencyTable { parts.append(table) }
    if let table = stallTable { parts.append(table) }
    if !failures.isEmpty { parts.append(failures.map(line).joined(separator: "\n")) }
    parts.append(hostLine)
    return parts.joined(separator: "\n\n")
  }

  private func line(_ failure: Failure) -> String {
    "FAILED step \(failure.step) \(failure.path): expected \(failure.expected), found \(failure.found)"
  }

  private var stepTable: String? {
    guard !steps.isEmpty else { return nil }
    var table = TextTable(["step", "start", "latency", "bytes", "Gb/s", "result"])
    var index = 0
    while index < steps.count {
      var end = index
      while end < steps.count, steps[end].record.kind == steps[index].record.kind { end += 1 }
      for entry in steps[index..<min(end, index + Report.shownPerKind)] { table.add(row(entry)) }
      if end - index > Report.shownPerKind {
        table.add(["  … \(end - index - Report.shownPerKind) more", "", "", "", "", ""])
      }
      index = end
    }
    return table.formatted()
  }

  private func row(_ entry: StepEntry) -> [String] {
    let record = entry.record
    let rate = record.kind.hasPrefix("load") ? gigabits(bytes: record.bytes, in: record.latency).fixed(2) : ""
    var result = record.ret.map { "ret \($0.hex)" } ?? record.value.map(\.hex) ?? ""
    if let error = record.error { result = "error \(error)" }
    if let run = entry.run, run.fault != .none { result += " (\(run.reason) at PC \(run.faultPC))" }
    return [
      record.kind, record.start.readable, record.latency.readable, record.bytes > 0 ? "\(record.bytes)" : "", rate, result,
    ]
  }

  private var latencyTable: String? {
    var table = TextTable(["latency", "count", "min", "p50", "p90", "p99", "max"])
    for (name, summary) in [("dma", dma), ("run", run)] where summary.count > 0 {
      table.add(
        [name, "\(summary.count)"]
          + [summary.minimum, summary.p50, summary.p90, summary.p99, summary.maximum].map(\.readable))
    }
    return table.isEmpty ? nil : table.formatted()
  }

  /// Where the cycles of all runs went.
  private var stallTable: String? {
    let runs = steps.compactMap(\.run).filter { $0.cycles > 0 }
    guard !runs.isEmpty else { return nil }
    let cycles = runs.reduce(0) { $0 + $1.cycles }, instructions = runs.reduce(0) { $0 + $1.instructions }
    var table = TextTable(["core", "cycles", "share"])
    func add(_ name: String, _ count: UInt64) {
      table.add([name, "\(count)", (100 * Double(count) / Double(cycles)).fixed(1) + "%"])
    }
    add("total", cycles)
    add("instructions", instructions)
    for bubble in Bubble.allCases where bubble != .none {
      let lost = runs.reduce(0) { $0 + ($1.counts[bubble] ?? 0) }
      if lost > 0 { add("stall: " + bubble.reportName.split(separator: "_").joined(separator: "-"), lost) }
    }
    return table.formatted() + "\nIPC \((Double(instructions) / Double(cycles)).fixed(3))"
  }

  private var hostLine: String {
    let rate = host.wallSeconds > 0 ? Double(host.coreCycles) / host.wallSeconds / 1e6 : 0
    return "simulated \(host.coreCycles) core and \(host.pcieCycles) PCIe cycles in "
      + "\(host.wallSeconds.fixed(3)) s (\(rate.fixed(1)) M core cycles/s)"
  }
}
