import CUBPFSimHeader
import Check
import EBPF

extension CommitRecord {
  /// Takes over what a design tells.
  /// - Throws: `LockStepModel.Misuse`-like text for counts and registers that there are not
  init(_ commit: ubpfsim_commit) throws(CommitError) {
    guard commit.write_count <= UBPFSIM_MAX_WRITES, commit.access_count <= UBPFSIM_MAX_ACCESSES else {
      throw CommitError(
        description: "found \(commit.write_count) writes and \(commit.access_count) accesses, expected at most "
          + "\(UBPFSIM_MAX_WRITES) and \(UBPFSIM_MAX_ACCESSES)")
    }
    var commit = commit
    let writes = withUnsafeBytes(of: &commit.writes) { bytes in
      bytes.bindMemory(to: ubpfsim_write.self).prefix(Int(commit.write_count)).map { ($0.index, $0.value) }
    }
    let accesses = withUnsafeBytes(of: &commit.accesses) { bytes in
      Array(bytes.bindMemory(to: ubpfsim_access.self).prefix(Int(commit.access_count)))
    }
    for (index, _) in writes where index > 10 {
      throw CommitError(description: "found register \(index), expected 0 to 10")
    }
    for access in accesses where ![1, 2, 4, 8].contains(access.size) {
      throw CommitError(description: "found an access of \(access.size) bytes, expected 1, 2, 4 or 8")
    }
    guard let pc = Int(exactly: commit.pc) else {
      throw CommitError(description: "found pc \(commit.pc), expected a slot of 63 bits")
    }
    self.init(
      core: Int(commit.core), run: Int(commit.run), order: commit.order, pc: pc, instruction: commit.instruction,
      writes: writes.map { .init(register: UInt8($0.0), value: $0.1) },
      accesses: accesses.map {
        .init($0.is_store == 0 ? .load : .store, size: Int($0.size), address: $0.address, value: $0.value)
      },
      fault: Self.text(&commit.fault), cycle: commit.cycle, time: commit.time)
  }

  /// A commit that cannot be.
  struct CommitError: Error, CustomStringConvertible {
    let description: String
  }

  private static func text<Tuple>(_ tuple: inout Tuple) -> String? {
    let bytes = withUnsafeBytes(of: &tuple) { $0.prefix { $0 != 0 }.map { $0 } }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
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
