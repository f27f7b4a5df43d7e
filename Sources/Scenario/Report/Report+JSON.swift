import Device
import Measure

extension Report {
  /// The report of the scenario contract; keys keep their order.
  public var json: String { document.formatted() + "\n" }

  private var document: JSONText {
    var members: [(String, JSONText)] = [
      ("scenario", .text(scenario)), ("status", .text(passed ? "passed" : "failed")),
      ("simulated_ps", .number(simulated)),
    ]
    if !passed { members.append(("failures", .list(failures.map(entry)))) }
    members.append(("steps", .list(steps.map(entry))))
    members += latencies.map { ($0.name, summary($0.summary)) }
    members += [
      ("histograms", .list(latencies.filter { !$0.samples.isEmpty }.map(histogram))), ("pcie", pcieEntry),
      ("host", hostEntry),
    ]
    return .object(members)
  }

  private func entry(_ failure: Failure) -> JSONText {
    [
      "step": .number(UInt64(failure.step)), "path": .text(failure.path), "expected": .text(failure.expected),
      "found": .text(failure.found),
    ]
  }

  private func entry(_ step: StepEntry) -> JSONText {
    let record = step.record
    var members: [(String, JSONText)] = [
      ("step", .text(record.kind)), ("start_ps", .number(record.start)), ("latency_ps", .number(record.latency)),
    ]
    if record.bytes > 0 { members.append(("bytes", .number(UInt64(record.bytes)))) }
    if record.kind.hasPrefix("load") {
      members += [
        ("transfers", .number(UInt64(record.commands.count))),
        ("gbps", .real(gigabits(bytes: record.bytes, in: record.latency))),
        ("stream_gbps", .real(step.streamGigabits ?? 0)),
      ]
    }
    if let value = record.value { members.append(("value", .text(value.hex))) }
    if let error = record.error { members.append(("error", .text(error))) }
    if let ret = record.ret { members.append(("ret", .text(ret.hex))) }
    if let r0 = record.r0 { members.append(("r0", .text(r0.paddedHex))) }
    if let run = step.run { members += runMembers(run) }
    return .object(members)
  }

  private func runMembers(_ run: RunRecord) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = [
      ("cycles", .number(run.cycles)), ("instructions", .number(run.instructions)),
      ("ipc", .real(run.instructionsPerCycle)),
      (
        "stalls",
        .object(
          Bubble.allCases.filter { $0 != .none && run.counts[$0] != nil }.map {
            ($0.reportName, .number(run.counts[$0]!))
          })
      ),
    ]
    if run.fastForwarded > 0 { members.append(("fast_forwarded", .number(run.fastForwarded))) }
    if run.fault != .none {
      members.append(
        ("fault", ["name": .text("\(run.fault)"), "reason": .text(run.reason), "pc": .number(UInt64(run.faultPC))]))
    }
    return members
  }

  private func summary(_ latencies: LatencySummary) -> JSONText {
    [
      "count": .number(UInt64(latencies.count)), "min_ps": .number(latencies.minimum), "p50_ps": .number(latencies.p50),
      "p90_ps": .number(latencies.p90), "p99_ps": .number(latencies.p99), "max_ps": .number(latencies.maximum),
    ]
  }

  private func histogram(_ series: LatencySeries) -> JSONText {
    let buckets = series.histogram.buckets.map { bucket -> JSONText in
      ["from": .number(bucket.from), "to": .number(bucket.to), "count": .number(UInt64(bucket.count))]
    }
    return ["name": .text(series.name), "unit": "ps", "buckets": .list(buckets)]
  }

  private var hostEntry: JSONText {
    let seconds = max(host.wallSeconds, 1e-9)
    return [
      "wall_s": .real(host.wallSeconds), "startup_s": .real(host.startupSeconds),
      "cycles": ["core": .number(host.coreCycles), "pcie": .number(host.pcieCycles)],
      "cycles_per_s": [
        "core": .real(Double(host.coreCycles) / seconds), "pcie": .real(Double(host.pcieCycles) / seconds),
      ],
    ]
  }
}

extension RunRecord {
  /// The fault in words, with the loader's account of it.
  var reason: String { detail.isEmpty ? fault.reason : "\(fault.reason): \(detail)" }

  /// The reason, with its place when an instruction is to blame.
  public var account: String { fault == .badProgram ? reason : "\(reason) at PC \(faultPC)" }

  var instructionsPerCycle: Double { cycles == 0 ? 0 : Double(instructions) / Double(cycles) }
}

extension UInt64 {
  /// 0x and 16 hexadecimal digits.
  var paddedHex: String {
    let digits = String(self, radix: 16)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
