import Check
import EBPF
import PCIe
import SimKernel
import UBPFSim

/// What a comparison found, in words.
struct CheckReport {
  private let check: DesignCheck
  private let rules: CommitRules
  private let tlpRules: TLPRules
  private let signals: DumpComparison?

  /// - Parameter signals: what became of the signals and streams of a dump
  init(_ check: DesignCheck, _ rules: CommitRules, _ tlpRules: TLPRules, _ signals: DumpComparison?) {
    (self.check, self.rules, self.tlpRules, self.signals) = (check, rules, tlpRules, signals)
  }

  /// The first difference in the model's time, and in what.
  func first(dump: String?) -> (divergence: Divergence, log: String, unit: DesignUnit)? {
    let logs = check.divergence.map { found, log in
      (divergence: found, log: log, unit: found.kind == CommitRecord.plural ? check.commitUnit : check.tlpUnit)
    }
    let waves = signals?.divergence.map { (divergence: $0, log: dump ?? "", unit: DesignUnit.cycle) }
    guard let logs, let waves else { return logs ?? waves }
    return (waves.divergence.time ?? .max) < (logs.divergence.time ?? .max) ? waves : logs
  }

  /// Why this is no success although nothing differs: a log of which nothing was compared. Nil when it is one.
  var gap: String? { gap(check.commits, check.commitLogPath) ?? gap(check.tlps, check.tlpLogPath) }

  private func gap<Record>(_ comparison: StreamComparison<Record>, _ path: String?) -> String? {
    guard let path, comparison.counts.isEmpty else { return nil }
    let streams = Self.list(comparison.uncompared, Record.plural)
    return "\(path): found no \(Record.plural) to compare, expected some; the model has "
      + (streams.isEmpty ? "none either" : streams.joined(separator: ", "))
  }

  /// Nothing differs.
  var text: String {
    let same =
      Self.counts(check.commits) { _ in fields + (rules.cycleTolerance != nil ? ", with their cycles" : "") }
      + Self.counts(check.tlps) { tlpRules.of($0).timeTolerance != nil ? ", with their times" : "" }
      + (signals?.counts ?? []).map(Self.count)
    let missing =
      (Self.list(check.commits.uncompared, CommitRecord.plural)
      + Self.list(check.uncomparedTLPs, TLPLogRecord.plural)).joined(separator: ", ")
    return
      (["The same: \(same.joined(separator: "; "))"]
      + (missing.isEmpty ? [] : ["Not compared: the design has no \(missing)"])).joined(separator: "\n")
  }

  /// What was compared of commits, when that is not all that there is.
  private var fields: String {
    if rules.absent.isEmpty { return "" }
    let registers = (0...10).map { "r\($0)" }
    let compared = CommitRules.fields.filter { !rules.absent.contains($0) && !rules.ignored.contains($0) }
    let names = compared.filter { !registers.contains($0) }
    return " by " + (names + (compared.count > names.count ? ["registers"] : [])).joined(separator: ", ")
  }

  private static func list<Stream>(_ streams: [(stream: Stream, count: Int)], _ plural: String) -> [String] {
    streams.map { "\($0.stream) (\($0.count) \(plural))" }
  }

  private static func count(_ count: DumpComparison.Count) -> String {
    switch count.kind {
    case .stream(let isTimed): "\(count.count) transfers of \(count.name)" + (isTimed ? ", with their cycles" : "")
    case .signals(let isLonger):
      "\(count.name) in \(count.count) cycles" + (isLonger ? " (the dump goes on)" : "")
    }
  }

  private static func counts<Record>(
    _ comparison: StreamComparison<Record>, _ suffix: (Record.Stream) -> String
  ) -> [String] {
    comparison.counts.sorted { $0.key < $1.key }.map {
      "\($0.value) \(Record.plural) of \($0.key)\(suffix($0.key))"
    }
  }

  /// The first difference: what, where and when, then the lines of both sides up to it, and what else they did last.
  func text(_ divergence: Divergence, log: String, unit: DesignUnit) -> String {
    let time = divergence.time.map { ", at \($0.readable) in the model" } ?? ""
    var lines = ["Different: \(divergence.summary(log: log, unit: unit))\(time)"]
    if isConfiguration(divergence) {
      lines.append(
        "A design behind a PCI Express block, which answers that itself, is compared by the name of its device")
    }
    func add(_ kind: String, of side: String, _ last: [String]) {
      lines += ["", "\(kind) of the \(side), the last ones:"] + last
    }
    for (side, before, line) in [
      ("model", divergence.modelBefore, divergence.model), ("design", divergence.designBefore, divergence.design),
    ] {
      add(divergence.kind, of: side, before.map { "    " + $0 } + ["  > " + (line ?? "(no more)")])
    }
    let (kind, latest) = latest(beside: divergence)
    for (side, last) in [("model", latest.model), ("design", latest.design)] where !last.isEmpty {
      add(kind, of: side, last.map { "    " + $0 })
    }
    return lines.joined(separator: "\n")
  }

  /// Whether the model has a configuration request where the design has something else.
  private func isConfiguration(_ divergence: Divergence) -> Bool {
    divergence.kind == TLPLogRecord.plural
      && divergence.differences.contains { $0.field == "type" && $0.model.hasPrefix("Cfg") }
  }

  /// The TLPs beside commits, and the other way round: both are compared while the model runs. Signals are compared when it
  /// has ended.
  private func latest(beside divergence: Divergence) -> (kind: String, lines: (model: [String], design: [String])) {
    switch divergence.kind {
    case CommitRecord.plural: (TLPLogRecord.plural, check.tlps.latest)
    case TLPLogRecord.plural: (CommitRecord.plural, check.commits.latest)
    default: ("", ([], []))
    }
  }
}
