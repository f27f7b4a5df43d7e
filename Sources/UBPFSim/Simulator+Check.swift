import Check
import Device
import EBPF
import PCIe
import SimKernel

/// Compares a design's logs with a run of the model.
public final class DesignCheck {
  public let commits: StreamComparison<CommitRecord>
  public let tlps: StreamComparison<TLPLogRecord>
  /// The devices whose user logic may be compared, instead of what is on links.
  fileprivate var userLogic: Set<String> = []
  private var commitLog: DesignLog<CommitRecord>?
  private var tlpLog: DesignLog<TLPLogRecord>?
  /// Why a log cannot be compared any further.
  private var failure: (any Error)?

  /// - Parameters:
  ///   - commitLog: what the design's core did, or nil
  ///   - tlpLog: what was on the design's links, or nil
  ///   - contextLines: how many lines before a difference are kept
  public init(
    commitLog: DesignLog<CommitRecord>?, _ commitRules: CommitRules, tlpLog: DesignLog<TLPLogRecord>?,
    _ tlpRules: TLPRules, contextLines: Int
  ) {
    self.commitLog = commitLog
    self.tlpLog = tlpLog
    commits = StreamComparison(commitRules, contextLines: contextLines)
    tlps = StreamComparison(tlpRules, contextLines: contextLines)
  }

  /// The logs' paths as given, for messages.
  public var commitLogPath: String? { commitLog?.path }
  public var tlpLogPath: String? { tlpLog?.path }
  /// What the design's commits and its TLPs are counted in.
  public var commitUnit: DesignUnit { commitLog?.unit ?? .line }
  public var tlpUnit: DesignUnit { tlpLog?.unit ?? .line }

  /// Where the design and the model part first, in the model's time.
  public var divergence: (Divergence, log: String)? {
    let found = [
      commits.divergence.map { ($0, log: commitLog?.path ?? "") },
      tlps.divergence.map { ($0, log: tlpLog?.path ?? "") },
    ]
    return found.compactMap { $0 }.min { ($0.0.time ?? .max) < ($1.0.time ?? .max) }
  }

  /// What of the model the design has nothing about, with how often: links where it has links, or nothing at all, and
  /// devices where it has devices.
  public var uncomparedTLPs: [(stream: TLPStream, count: Int)] {
    let all = tlps.uncompared, compared = tlps.counts.keys.map { userLogic.contains($0.link) }
    return compared.isEmpty ? all : all.filter { compared.contains(userLogic.contains($0.stream.link)) }
  }

  var isDecided: Bool { failure != nil || commits.isDecided || tlps.isDecided }

  fileprivate func model(_ record: CommitRecord) {
    if isDecided { return }
    do {
      try commits.model(record, readingOn: commitLog)
    } catch {
      failure = error
    }
  }

  fileprivate func model(_ record: TLPLogRecord) {
    if isDecided { return }
    tlps.model(record)
    read(while: { [tlps] in tlps.isWaiting(beside: record) }, &tlpLog, tlps)
  }

  /// Reads on in a log as long as the model waits for what stands there.
  private func read<Record>(
    while isWaiting: () -> Bool, _ log: inout DesignLog<Record>?, _ comparison: StreamComparison<Record>
  ) {
    do {
      while isWaiting(), let (record, line) = try log?.record() { comparison.design(record, line: line) }
    } catch {
      failure = error
    }
  }

  /// The model has ended.
  /// - Throws: `DesignLog.Failure` when a log could not be read.
  func finish() throws {
    if !isDecided { read(while: { true }, &commitLog, commits) }
    if !isDecided { read(while: { true }, &tlpLog, tlps) }
    if let failure { throw failure }
    if divergence != nil { return }
    commits.finish()
    tlps.finish()
  }
}

extension Simulator {
  /// Runs the scenario and compares, up to the first difference or to the end.
  /// - Throws: what `run` throws, and `DesignLog.Failure` when a log could not be read.
  public func run(_ check: DesignCheck, interruption: () -> String? = { nil }) throws {
    if check.commitLogPath != nil { observeCore(of: 0, with: CommitTap(check)) }
    if check.tlpLogPath != nil {
      observeLinks(with: LinkTap(check, links: system.links.map(\.name)))
      check.userLogic = Set(userLogicNames)
      observeUserLogic { check.model($0) }
    }
    do {
      try run(interruption: { check.isDecided ? "the comparison is decided" : interruption() })
    } catch let interruption as Interruption {
      if !check.isDecided { throw interruption }
    }
    try check.finish()
  }
}

/// Hears what the core retires.
private final class CommitTap: CoreObserver {
  private let check: DesignCheck
  let followsCycles = false

  init(_ check: DesignCheck) { self.check = check }

  func commits(_ commit: Commit, fault: CoreFault) { check.model(commit.record(fault: fault.logName)) }
  func runBegins(_ run: Int, program: Program, stages: [PipelineStage], cycle: Cycle, time: Picoseconds) {}
  func cycleEnds(_ cycle: Cycle, _ view: PipelineView) {}
  func runEnds(_ run: Int, fault: CoreFault, cycle: Cycle) {}
}

/// Hears what links transmit. Of one direction that is in order; different ones need none.
private final class LinkTap: LinkObserver {
  private let check: DesignCheck
  private let links: [String]

  init(_ check: DesignCheck, links: [String]) {
    self.check = check
    self.links = links
  }

  override func transmitted(_ transmission: LinkTransmission, now: Picoseconds) {
    check.model(TLPLogRecord(transmission, link: links[transmission.link]))
  }
}
