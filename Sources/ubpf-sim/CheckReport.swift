import Check
import EBPF
import PCIe
import SimKernel
import UBPFSim

/// What a comparison found, in words.
struct CheckReport {
  private let check: DesignCheck
  private let isTimed: (commits: Bool, tlps: Bool)

  /// - Parameter isTimed: whether times were compared
  init(_ check: DesignCheck, isTimed: (commits: Bool, tlps: Bool)) {
    self.check = check
    self.isTimed = isTimed
  }

  /// Why this is no success although nothing differs: a log of which nothing was compared. Nil when it is one.
  var gap: String? { gap(check.commits, check.commitLogPath) ?? gap(check.tlps, check.tlpLogPath) }

  private func gap<Record>(_ comparison: StreamComparison<Record>, _ path: String?) -> String? {
    guard let path, comparison.counts.isEmpty else { return nil }
    let streams = Self.uncompared(comparison)
    return "\(path): found no \(Record.plural) to compare, expected some; the model has "
      + (streams.isEmpty ? "none either" : streams.joined(separator: ", "))
  }

  /// Nothing differs.
  var text: String {
    let same =
      Self.counts(check.commits, isTimed.commits ? ", with their cycles" : "")
      + Self.counts(check.tlps, isTimed.tlps ? ", with their times" : "")
    let missing = (Self.uncompared(check.commits) + Self.uncompared(check.tlps)).joined(separator: ", ")
    return
      (["The same: \(same.joined(separator: "; "))"]
      + (missing.isEmpty ? [] : ["Not compared: the design's logs have no \(missing)"])).joined(separator: "\n")
  }

  private static func uncompared<Record>(_ comparison: StreamComparison<Record>) -> [String] {
    comparison.uncompared.map { "\($0.stream) (\($0.count) \(Record.plural))" }
  }

  private static func counts<Record>(_ comparison: StreamComparison<Record>, _ suffix: String) -> [String] {
    comparison.counts.sorted { $0.key < $1.key }.map { "\($0.value) \(Record.plural) of \($0.key)\(suffix)" }
  }

  /// The first difference: what, where and when, then the lines of both sides up to it.
  static func text(_ divergence: Divergence, log: String) -> String {
    let time = divergence.time.map { ", at \($0.readable) in the model" } ?? ""
    var lines = ["Different: \(divergence.summary(log: log))\(time)"]
    for (side, before, line) in [
      ("model", divergence.modelBefore, divergence.model), ("design", divergence.designBefore, divergence.design),
    ] {
      lines.append("")
      lines.append("\(divergence.kind) of the \(side), the last ones:")
      lines += before.map { "    " + $0 } + ["  > " + (line ?? "(no more)")]
    }
    return lines.joined(separator: "\n")
  }
}
