import EBPF
import Scenario
import WaveReader

/// The instructions that a design retires, as its dump shows them.
final class DumpCommits {
  private let edges: DesignEdges
  private let valid: Probe
  private let ready: Probe?
  private let pc: Probe?
  private let instruction: Probe?
  private let fault: Probe?
  /// One register at a time, or any of those in `registers`.
  private let write: (valid: Probe, register: Probe, value: Probe)?
  private let writeMask: Probe?
  private let registers: [Probe]
  private let load: Access?
  private let store: Access?
  private let faults: [String]
  private var order: UInt64 = 0

  private struct Access {
    let valid: Probe
    let size: Probe
    let address: Probe
    let value: Probe
  }

  init(_ file: WaveFile, _ map: DumpMap, _ commits: CommitMap) throws {
    var set = ProbeSet(file, map, owner: file.path)
    let ends = try DesignEdges.names(map, commits.domain, &set)
    var probes: [String: Probe] = [:]
    for (key, signal) in commits.signals.sorted(by: { $0.key < $1.key }) {
      let probe = try set.probe(signal.name)
      guard signal.widths.contains(probe.width) else {
        let widths = signal.widths
        let expected = widths.count == 1 ? "\(widths.lowerBound)" : "\(widths.lowerBound) to \(widths.upperBound)"
        throw set.wrongWidth(signal.name, probe.width, "\(expected) bits")
      }
      probes[key] = probe
    }
    if let all = commits.registers {
      let (parts, width) = try set.parts(all, of: 64)
      guard width == 64 * CommitMap.registerCount else { throw set.wrongWidth(all, width, "704 bits") }
      registers = parts
    } else {
      registers = (0...10).compactMap { probes[CommitMap.register($0)] }
    }
    (valid, ready) = (probes["valid"]!, probes["ready"])
    (pc, instruction, fault, writeMask) = (probes["pc"], probes["insn"], probes["fault"], probes["write_mask"])
    write = probes["rd_write"].map { ($0, probes["rd"]!, probes["rd_value"]!) }
    // The map has all of an access or nothing of it.
    func access(_ key: String) -> Access? {
      probes[key].map {
        Access(valid: $0, size: probes["size"]!, address: probes["address"]!, value: probes["\(key)_value"]!)
      }
    }
    (load, store) = (access("load"), access("store"))
    faults = commits.faults
    edges = try DesignEdges(commits.domain, ends, set)
  }

  /// The next commit and the cycle of the clock; nil at the end.
  func next() throws(WaveReadError) -> (record: CommitRecord, position: Int)? {
    while try edges.next() {
      if try read(valid, .outsideOfReset) == 0 { continue }
      if let ready, try read(ready) == 0 { continue }
      let record = try record()
      order += 1
      return (record, edges.sampler.cycle)
    }
    if order == 0 {
      let names = [valid, ready].compactMap { $0 }.map(edges.sampler.name)
      throw edges.emptiness(names.joined(separator: " and "))
    }
    return nil
  }

  private func record() throws(WaveReadError) -> CommitRecord {
    var record = CommitRecord(
      order: order, pc: Int(truncatingIfNeeded: try read(pc)), instruction: try read(instruction),
      cycle: UInt64(edges.sampler.cycle), time: edges.picoseconds)
    if fault != nil {
      let fault = try read(fault)
      let name = fault < faults.count ? faults[Int(fault)] : "fault \(fault)"
      record.fault = name.isEmpty ? nil : name
    }
    record.writes = try writes()
    if let load, try read(load.valid) == 1 { record.accesses.append(try access(.load, load)) }
    if let store, try read(store.valid) == 1 { record.accesses.append(try access(.store, store)) }
    return record
  }

  private func writes() throws(WaveReadError) -> [CommitRecord.RegisterWrite] {
    if let write {
      if try read(write.valid) == 0 { return [] }
      return [.init(register: UInt8(clamping: try read(write.register)), value: try read(write.value))]
    }
    let mask = try read(writeMask)
    var writes: [CommitRecord.RegisterWrite] = []
    if mask == 0 { return writes }
    for (number, probe) in registers.enumerated() where mask >> UInt64(number) & 1 == 1 {
      writes.append(.init(register: UInt8(number), value: try read(probe)))
    }
    return writes
  }

  private func access(
    _ kind: CommitRecord.MemoryAccess.Kind, _ access: Access
  ) throws(WaveReadError) -> CommitRecord.MemoryAccess {
    let size = try read(access.size)
    guard [1, 2, 4, 8].contains(size) else {
      throw edges.refused(
        "\(edges.sampler.name(access.size)) is \(size) at \(edges.place)", "1, 2, 4 or 8 bytes")
    }
    let value = try read(access.value) & EdgeSampler.mask(8 * Int(size))
    return .init(kind, size: Int(size), address: try read(access.address), value: value)
  }

  /// When a signal has to have a value.
  private enum Moment { case outsideOfReset, valid }

  /// 0 for what the map has no signal for.
  @inline(__always)
  private func read(_ probe: Probe?, _ moment: Moment = .valid) throws(WaveReadError) -> UInt64 {
    guard let probe else { return 0 }
    if case .bits(let bits) = edges.sampler[probe] { return bits }
    throw edges.unknown(
      probe, moment == .valid ? "while \(edges.sampler.name(valid)) is 1" : "outside of reset")
  }
}

extension DesignLog<CommitRecord> {
  /// - Throws: `ScenarioError` for a map that does not fit the dump, `WaveReadError` for a dump that cannot be read
  public init(dump file: WaveFile, _ map: DumpMap, _ commits: CommitMap) throws {
    let source = try DumpCommits(file, map, commits)
    self.init(path: file.path, unit: .cycle) { () throws(Failure) in
      do throws(WaveReadError) {
        return try source.next()
      } catch {
        throw Failure(description: error.description)
      }
    }
  }
}
