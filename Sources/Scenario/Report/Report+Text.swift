import Device
import Measure
import SimKernel

extension Report {
  /// Consecutive steps of one kind beyond this many are shown as one line.
  private static let shownPerKind = 12
  /// Failures beyond this many are only counted.
  private static let shownFailures = 10

  /// A histogram of fewer latencies says less than their summary.
  private static let fewestForHistogram = 16

  /// The report for people.
  /// - Parameter histograms: whether series of latencies that are long enough are drawn as well
  public func text(histograms: Bool = false) -> String {
    var parts = ["\(scenario): \(passed ? "PASSED" : "FAILED") after \(simulated.readable) of simulated time"]
    if !failures.isEmpty { parts.append(failureLines) }
    if let table = stepTable { parts.append(table) }
    if let table = latencyTable { parts.append(table) }
    if histograms { parts += histogramTables }
    if let table = linkTable { parts.append(table) }
    if let table = errorTable { parts.append(table) }
    if let table = stallTable { parts.append(table) }
    parts.append(hostLine)
    return parts.joined(separator: "\n\n")
  }

  private var failureLines: String {
    var lines = failures.prefix(Report.shownFailures).map {
      "FAILED step \($0.step) \($0.path): expected \($0.expected), found \($0.found)"
    }
    let hidden = failures.count - lines.count
    if hidden > 0 { lines.append("  … \(hidden) more failures; --report lists them all") }
    return lines.joined(separator: "\n")
  }

  private var stepTable: String? {
    guard !steps.isEmpty else { return nil }
    let header = ["", "step", "start", "latency", "bytes", "transfers", "Gb/s", "stream", "result"]
    var table = TextTable(header, words: ["step", "result"])
    var index = 0
    while index < steps.count {
      var end = index
      while end < steps.count, steps[end].record.kind == steps[index].record.kind { end += 1 }
      let shown = min(end, index + Report.shownPerKind)
      for step in index..<shown { table.add(row(step)) }
      if shown < end { table.add(["", "… \(end - shown) more"] + header.dropFirst(2).map { _ in "" }) }
      index = end
    }
    return table.formatted()
  }

  private func row(_ index: Int) -> [String] {
    let record = steps[index].record
    let isLoad = record.kind.hasPrefix("load")
    return [
      "\(index)", record.kind, record.start.readable, record.latency.readable,
      record.bytes > 0 ? "\(record.bytes)" : "", isLoad ? "\(record.commands.count)" : "",
      isLoad ? gigabits(bytes: record.bytes, in: record.latency).fixed(2) : "",
      isLoad ? steps[index].streamGigabits?.fixed(2) ?? "" : "", result(steps[index]),
    ]
  }

  private func result(_ entry: StepEntry) -> String {
    let record = entry.record
    var parts: [String] = []
    if let error = record.error {
      parts.append("error \(error)")
    } else if let ret = record.ret {
      parts.append("ret \(ret.hex)")
    } else if let value = record.value {
      parts.append(value.hex)
    }
    if let run = entry.run {
      if run.fault != .none { parts.append(run.account) }
      if run.cycles > 0 {
        parts.append("\(run.cycles) core cycles, IPC \(run.instructionsPerCycle.fixed(3))")
      } else if run.instructions + run.fastForwarded > 0 {
        parts.append("\(run.instructions + run.fastForwarded) instructions, not timed")
      }
    }
    return parts.joined(separator: ", ")
  }

  private var latencyTable: String? {
    var table = TextTable(["latency of", "count", "min", "p50", "p90", "p99", "max"], words: ["latency of"])
    for series in latencies where !series.samples.isEmpty {
      let summary = series.summary
      table.add(
        [series.title, "\(summary.count)"]
          + [summary.minimum, summary.p50, summary.p90, summary.p99, summary.maximum].map(\.readable))
    }
    return table.isEmpty ? nil : table.formatted()
  }

  private var histogramTables: [String] {
    let series = latencies.filter { $0.samples.count >= Report.fewestForHistogram }
    guard !series.isEmpty else { return ["no histogram: fewer than \(Report.fewestForHistogram) latencies of a kind"] }
    return series.map { $0.histogram.text($0.title) }
  }

  /// Where the cycles of all runs went.
  private var stallTable: String? {
    let runs = steps.compactMap(\.run).filter { $0.cycles > 0 }
    guard !runs.isEmpty else { return nil }
    let cycles = runs.reduce(0) { $0 + $1.cycles }
    var table = TextTable(["core", "cycles", "share", "why"], words: ["core", "why"])
    func add(_ name: String, _ count: UInt64, _ why: String = "") {
      table.add([name, "\(count)", (100 * Double(count) / Double(cycles)).fixed(1) + "%", why])
    }
    add("all", cycles)
    add("instructions", runs.reduce(0) { $0 + $1.instructions }, "one retired each cycle")
    for bubble in Bubble.allCases where bubble != .none {
      let lost = runs.reduce(0) { $0 + ($1.counts[bubble] ?? 0) }
      if lost > 0 { add("stall: " + bubble.reportName, lost, bubble.reason) }
    }
    return table.formatted()
  }

  private var hostLine: String {
    let rate = host.wallSeconds > 0 ? Double(host.coreCycles) / host.wallSeconds / 1e6 : 0
    return "simulated \(host.coreCycles) core and \(host.pcieCycles) PCIe cycles in "
      + "\(host.wallSeconds.fixed(3)) s (\(rate.fixed(1)) M core cycles/s)"
  }
}
