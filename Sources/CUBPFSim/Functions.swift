import CUBPFSimHeader
import Check
import EBPF
import PCIe
import UBPFSim

// The functions of ubpfsim.h, in its order; what they do stands there.

@_cdecl("ubpfsim_abi_version")
public func abiVersion() -> UInt32 { UInt32(UBPFSIM_ABI_VERSION) }

@_cdecl("ubpfsim_open_scenario")
public func openScenario(
  _ version: UInt32, _ path: UnsafePointer<CChar>?, _ handle: UnsafeMutablePointer<OpaquePointer?>?,
  _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> ubpfsim_status {
  open(version, handle, message, capacity) {
    guard let path else { throw LockStepModel.Misuse("found no path of a scenario") }
    return try LockStepModel(scenario: String(cString: path))
  }
}

@_cdecl("ubpfsim_open_program")
public func openProgram(
  _ version: UInt32, _ program: UnsafeRawPointer?, _ programSize: Int, _ data: UnsafeRawPointer?, _ dataSize: Int,
  _ handle: UnsafeMutablePointer<OpaquePointer?>?, _ message: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> ubpfsim_status {
  open(version, handle, message, capacity) {
    try LockStepModel(program: try bytes(program, programSize), data: try bytes(data, dataSize))
  }
}

@_cdecl("ubpfsim_close")
public func close(_ handle: OpaquePointer?) {
  guard let handle else { return }
  Unmanaged<Model>.fromOpaque(UnsafeRawPointer(handle)).release()
}

@_cdecl("ubpfsim_message")
public func message(
  _ handle: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ needed: UnsafeMutablePointer<Int>?
) -> ubpfsim_status {
  with(handle) { model in
    let count = copy(model.message, to: text, capacity)
    needed?.pointee = count
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_run_until")
public func runUntil(_ handle: OpaquePointer?, _ time: UInt64) -> ubpfsim_status {
  with(handle) { try $0.lockStep.run(until: time) ? UBPFSIM_END : UBPFSIM_OK }
}

@_cdecl("ubpfsim_time")
public func time(_ handle: OpaquePointer?, _ time: UnsafeMutablePointer<UInt64>?) -> ubpfsim_status {
  with(handle) { model in
    time?.pointee = model.lockStep.time
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_step")
public func step(_ handle: OpaquePointer?, _ commit: UnsafeMutablePointer<ubpfsim_commit>?) -> ubpfsim_status {
  with(handle) { model in
    guard let record = try model.lockStep.step() else { return UBPFSIM_END }
    commit?.pointee = record.commit
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_default_rules")
public func defaultRules(_ rules: UnsafeMutablePointer<ubpfsim_commit_rules>?) {
  rules?.pointee = usualRules
}

@_cdecl("ubpfsim_check_commit")
public func checkCommit(
  _ handle: OpaquePointer?, _ design: UnsafePointer<ubpfsim_commit>?, _ rules: UnsafePointer<ubpfsim_commit_rules>?
) -> ubpfsim_status {
  with(handle) { model in
    guard let design else { throw LockStepModel.Misuse("found no commit") }
    model.useRules(rules)
    try model.design.pointee.adopt(design)
    let isSame = try model.lockStep.check(
      model.design, core: Int(design.pointee.core), fault: faultName(of: design))
    return isSame ? UBPFSIM_OK : UBPFSIM_DIFFERENT
  }
}

@_cdecl("ubpfsim_check_tlp")
public func checkTLP(
  _ handle: OpaquePointer?, _ link: UnsafePointer<CChar>?, _ isUp: Int32, _ packet: UnsafeRawPointer?, _ size: Int,
  _ time: UInt64, _ tolerance: UInt64
) -> ubpfsim_status {
  with(handle) { model in
    guard let link else { throw LockStepModel.Misuse("found no name of a link") }
    let tlp = TLP(lenient: try bytes(packet, size))
    let record = TLPLogRecord(
      tlp, link: String(cString: link), direction: isUp == 0 ? .down : .up, start: time)
    let isSame = try model.lockStep.check(record, timeTolerance: tolerance == .max ? nil : tolerance)
    return isSame ? UBPFSIM_OK : UBPFSIM_DIFFERENT
  }
}

@_cdecl("ubpfsim_set_tlp_rules")
public func setTLPRules(_ handle: OpaquePointer?, _ byClass: Int32, _ ignored: UnsafePointer<CChar>?) -> ubpfsim_status
{
  with(handle) { model in
    let names = ignored.map { String(cString: $0).split(separator: " ").map(String.init) } ?? []
    if let wrong = names.first(where: { !TLPRules.fields.contains($0) }) {
      throw LockStepModel.Misuse("found \(wrong), expected one of \(TLPRules.fields.joined(separator: ", "))")
    }
    model.lockStep.tlpRules.separatesClasses = byClass != 0
    model.lockStep.tlpRules.ignored = Set(names)
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_find_signal")
public func findSignal(
  _ handle: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ signal: UnsafeMutablePointer<UInt32>?,
  _ width: UnsafeMutablePointer<UInt32>?
) -> ubpfsim_status {
  with(handle) { model in
    guard let path else { throw LockStepModel.Misuse("found no path of a signal") }
    let found = try model.lockStep.findSignal(String(cString: path))
    signal?.pointee = UInt32(found.number)
    width?.pointee = UInt32(found.width)
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_read_signal")
public func readSignal(_ handle: OpaquePointer?, _ signal: UInt32, _ value: UnsafeMutablePointer<UInt64>?)
  -> ubpfsim_status
{
  with(handle) { model in
    let found = try model.lockStep.value(ofSignal: Int(signal))
    value?.pointee = found
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_check_signal")
public func checkSignal(_ handle: OpaquePointer?, _ signal: UInt32, _ design: UInt64, _ mask: UInt64)
  -> ubpfsim_status
{
  with(handle) {
    try $0.lockStep.check(signal: Int(signal), is: design, mask: mask) ? UBPFSIM_OK : UBPFSIM_DIFFERENT
  }
}

@_cdecl("ubpfsim_finish")
public func finish(_ handle: OpaquePointer?) -> ubpfsim_status {
  with(handle) { try $0.lockStep.finish() ? UBPFSIM_OK : UBPFSIM_DIFFERENT }
}

@_cdecl("ubpfsim_counts")
public func counts(
  _ handle: OpaquePointer?, _ commits: UnsafeMutablePointer<UInt64>?, _ tlps: UnsafeMutablePointer<UInt64>?,
  _ differences: UnsafeMutablePointer<UInt64>?
) -> ubpfsim_status {
  with(handle) { model in
    commits?.pointee = model.lockStep.commitCount
    tlps?.pointee = model.lockStep.tlpCount
    differences?.pointee = model.lockStep.differenceCount
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_difference")
public func difference(
  _ handle: OpaquePointer?, _ index: UInt64, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ needed: UnsafeMutablePointer<Int>?
) -> ubpfsim_status {
  with(handle) { model in
    let list = model.lockStep.differences
    guard index < UInt64(list.count) else {
      throw LockStepModel.Misuse("found difference \(index), expected one of the \(list.count) that there are")
    }
    let count = copy(list[Int(index)], to: text, capacity)
    needed?.pointee = count
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_get_register")
public func getRegister(_ handle: OpaquePointer?, _ index: UInt32, _ value: UnsafeMutablePointer<UInt64>?)
  -> ubpfsim_status
{
  with(handle) { model in
    let found = try model.lockStep.register(Int(index))
    value?.pointee = found
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_set_register")
public func setRegister(_ handle: OpaquePointer?, _ index: UInt32, _ value: UInt64) -> ubpfsim_status {
  with(handle) { model in
    try model.lockStep.setRegister(Int(index), to: value)
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_read_memory")
public func readMemory(_ handle: OpaquePointer?, _ address: UInt64, _ bytes: UnsafeMutableRawPointer?, _ size: Int)
  -> ubpfsim_status
{
  with(handle) { model in
    let memory = try model.lockStep.memory(address, checked(size))
    if let bytes, let base = memory.baseAddress { bytes.copyMemory(from: base, byteCount: size) }
    return UBPFSIM_OK
  }
}

@_cdecl("ubpfsim_write_memory")
public func writeMemory(_ handle: OpaquePointer?, _ address: UInt64, _ bytes: UnsafeRawPointer?, _ size: Int)
  -> ubpfsim_status
{
  with(handle) { model in
    let memory = try model.lockStep.memory(address, checked(size))
    if let bytes, let base = memory.baseAddress { base.copyMemory(from: bytes, byteCount: size) }
    return UBPFSIM_OK
  }
}

/// The bytes of a caller.
private func bytes(_ start: UnsafeRawPointer?, _ count: Int) throws(LockStepModel.Misuse) -> [UInt8] {
  let count = try checked(count)
  guard let start, count > 0 else { return [] }
  return Array(UnsafeRawBufferPointer(start: start, count: count))
}

/// C's sizes are unsigned, and no memory has more than half of them.
private func checked(_ size: Int) throws(LockStepModel.Misuse) -> Int {
  if size < 0 { throw LockStepModel.Misuse("found a size of \(UInt(bitPattern: size)) bytes, expected less") }
  return size
}
