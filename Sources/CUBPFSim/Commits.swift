import CUBPFSimHeader
import Check
import EBPF

/// A commit that cannot be.
struct CommitError: Error, CustomStringConvertible {
  let description: String
}

/// Why the design's instruction ended the run, if it did.
func faultName(of commit: UnsafePointer<ubpfsim_commit>) -> String? {
  if commit.pointee.fault.0 == 0 { return nil }
  return withUnsafeBytes(of: commit.pointee.fault) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

extension Commit {
  /// Takes over what a design tells, but for its core and fault.
  mutating func adopt(_ commit: UnsafePointer<ubpfsim_commit>) throws(CommitError) {
    guard commit.pointee.write_count <= UBPFSIM_MAX_WRITES, commit.pointee.access_count <= UBPFSIM_MAX_ACCESSES else {
      throw CommitError(
        description:
          "found \(commit.pointee.write_count) writes and \(commit.pointee.access_count) accesses, expected at most "
          + "\(UBPFSIM_MAX_WRITES) and \(UBPFSIM_MAX_ACCESSES)")
    }
    guard let pc = Int(exactly: commit.pointee.pc) else {
      throw CommitError(description: "found pc \(commit.pointee.pc), expected a slot of 63 bits")
    }
    begin(order: commit.pointee.order, pc: pc, instruction: commit.pointee.instruction)
    (run, cycle, time) = (Int(commit.pointee.run), commit.pointee.cycle, commit.pointee.time)
    if commit.pointee.write_count > 0 { try add(commit.pointee.writes.0) }
    if commit.pointee.write_count > 1 { try add(commit.pointee.writes.1) }
    if commit.pointee.write_count > 2 { try add(commit.pointee.writes.2) }
    if commit.pointee.write_count > 3 { try add(commit.pointee.writes.3) }
    if commit.pointee.write_count > 4 { try add(commit.pointee.writes.4) }
    if commit.pointee.access_count > 0 { try add(commit.pointee.accesses.0) }
    if commit.pointee.access_count > 1 { try add(commit.pointee.accesses.1) }
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

/// Those that compare all but cycles.
let usualRules = {
  var rules = ubpfsim_commit_rules()
  _ = withUnsafeMutableBytes(of: &rules.register_masks) { $0.initializeMemory(as: UInt8.self, repeating: 0xff) }
  rules.cycle_tolerance = .max
  return rules
}()

extension CommitRules {
  init(_ rules: ubpfsim_commit_rules) {
    self.init()
    var rules = rules
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
