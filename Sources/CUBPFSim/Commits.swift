import CUBPFSimHeader
import Check
import EBPF

/// A commit that cannot be.
struct CommitError: Error, CustomStringConvertible {
  let description: String
}

extension StepEffects {
  /// Takes over what a design tells, but for its core, run, fault and times.
  init(_ commit: borrowing ubpfsim_commit) throws(CommitError) {
    guard commit.write_count <= UBPFSIM_MAX_WRITES, commit.access_count <= UBPFSIM_MAX_ACCESSES else {
      throw CommitError(
        description: "found \(commit.write_count) writes and \(commit.access_count) accesses, expected at most "
          + "\(UBPFSIM_MAX_WRITES) and \(UBPFSIM_MAX_ACCESSES)")
    }
    guard let pc = Int(exactly: commit.pc) else {
      throw CommitError(description: "found pc \(commit.pc), expected a slot of 63 bits")
    }
    self.init(order: commit.order, pc: pc, instruction: commit.instruction)
    let writes = commit.writes, accesses = commit.accesses
    if commit.write_count > 0 { try add(writes.0) }
    if commit.write_count > 1 { try add(writes.1) }
    if commit.write_count > 2 { try add(writes.2) }
    if commit.write_count > 3 { try add(writes.3) }
    if commit.write_count > 4 { try add(writes.4) }
    if commit.access_count > 0 { try add(accesses.0) }
    if commit.access_count > 1 { try add(accesses.1) }
  }

  private mutating func add(_ write: ubpfsim_write) throws(CommitError) {
    guard write.index <= 10 else { throw CommitError(description: "found register \(write.index), expected 0 to 10") }
    self.write(UInt8(write.index), write.value)
  }

  private mutating func add(_ access: ubpfsim_access) throws(CommitError) {
    guard access.size <= 8, access.size.nonzeroBitCount == 1 else {
      throw CommitError(description: "found an access of \(access.size) bytes, expected 1, 2, 4 or 8")
    }
    self.access(
      .init(access.is_store == 0 ? .load : .store, size: Int(access.size), address: access.address, value: access.value)
    )
  }
}

extension CommitRecord {
  /// Takes over all that a design tells.
  /// - Parameter effects: what ``StepEffects/init(_:)`` made of the same
  init(_ commit: ubpfsim_commit, _ effects: StepEffects) {
    self = effects.record
    (core, run) = (Int(commit.core), Int(commit.run))
    (cycle, time) = (commit.cycle, commit.time)
    fault = withUnsafeBytes(of: commit.fault) { bytes in
      let text = bytes.prefix { $0 != 0 }
      return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
    }
  }

  /// The record as C has it.
  var commit: ubpfsim_commit {
    var commit = ubpfsim_commit()
    commit.core = UInt32(truncatingIfNeeded: core)
    commit.run = UInt32(truncatingIfNeeded: run)
    (commit.order, commit.pc, commit.instruction) = (order, UInt64(pc), instruction)
    (commit.cycle, commit.time) = (cycle, time)
    commit.write_count = UInt32(writes.count)
    commit.access_count = UInt32(accesses.count)
    withUnsafeMutableBytes(of: &commit.writes) { bytes in
      let places = bytes.bindMemory(to: ubpfsim_write.self)
      for (index, write) in writes.prefix(places.count).enumerated() {
        places[index] = ubpfsim_write(value: write.value, index: UInt64(write.register))
      }
    }
    withUnsafeMutableBytes(of: &commit.accesses) { bytes in
      let places = bytes.bindMemory(to: ubpfsim_access.self)
      for (index, access) in accesses.prefix(places.count).enumerated() {
        places[index] = ubpfsim_access(
          address: access.address, value: access.value, size: UInt32(access.size),
          is_store: access.kind == .store ? 1 : 0)
      }
    }
    withUnsafeMutableBytes(of: &commit.fault) { bytes in
      for (index, byte) in (fault ?? "").utf8.prefix(bytes.count - 1).enumerated() { bytes[index] = byte }
    }
    return commit
  }
}

extension CommitRules {
  /// Those of a caller; nil for the usual ones.
  init(_ rules: UnsafePointer<ubpfsim_commit_rules>?) {
    self.init()
    guard var rules = rules?.pointee else { return }
    let names: [(bit: Int, field: String)] = [
      (UBPFSIM_IGNORE_PC, "pc"), (UBPFSIM_IGNORE_INSTRUCTION, "insn"), (UBPFSIM_IGNORE_FAULT, "fault"),
      (UBPFSIM_IGNORE_LOADS, "loads"), (UBPFSIM_IGNORE_STORES, "stores"), (UBPFSIM_IGNORE_PLACE, "place"),
    ].map { (Int($0.0), $0.1) }
    for (bit, field) in names where rules.ignored & UInt64(bit) != 0 { ignored.insert(field) }
    masks = withUnsafeBytes(of: &rules.register_masks) { Array($0.bindMemory(to: UInt64.self)) }
    for (register, mask) in masks.enumerated() where mask == 0 { ignored.insert("r\(register)") }
    cycleTolerance = rules.cycle_tolerance == .max ? nil : rules.cycle_tolerance
  }
}
