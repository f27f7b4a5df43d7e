import CUBPFSimHeader
import Check
import EBPF
import Glibc
import Scenario
import UBPFSim

/// What stands behind a `ubpfsim *`.
final class Model {
  let lockStep: LockStepModel
  var message = ""
  /// Those of a caller who has none.
  private let usual = UnsafeMutablePointer<ubpfsim_commit_rules>.allocate(capacity: 1)
  /// The rules of the latest comparison, which are most often those of the next one.
  private let rules = UnsafeMutablePointer<ubpfsim_commit_rules>.allocate(capacity: 1)
  /// What a caller's design did.
  let design = UnsafeMutablePointer<Commit>.allocate(capacity: 1)

  init(_ lockStep: LockStepModel) {
    self.lockStep = lockStep
    design.initialize(to: Commit())
    usual.initialize(to: usualRules)
    rules.initialize(to: usualRules)
  }

  deinit {
    design.deallocate()
    usual.deallocate()
    rules.deallocate()
  }

  /// Takes over a caller's rules, the usual ones for nil.
  func useRules(_ rulesOrNil: UnsafePointer<ubpfsim_commit_rules>?) {
    let caller = rulesOrNil ?? UnsafePointer(usual)
    if memcmp(rules, caller, MemoryLayout<ubpfsim_commit_rules>.size) == 0 { return }
    rules.pointee = caller.pointee
    lockStep.commitRules = CommitRules(caller.pointee)
  }

}

/// Does `work` with the model of a handle that a caller has and keeps; whatever is thrown becomes a status and a message.
func with(_ handle: OpaquePointer?, _ work: (Model) throws -> ubpfsim_status) -> ubpfsim_status {
  guard let handle else { return UBPFSIM_INVALID }
  return Unmanaged<Model>.fromOpaque(UnsafeRawPointer(handle))._withUnsafeGuaranteedRef { model in
    do {
      return try work(model)
    } catch {
      model.message = "\(error)"
      return error is Simulator.ModelFault ? UBPFSIM_FAULT : UBPFSIM_INVALID
    }
  }
}

/// Opens what `make` makes, for a caller whose header is of `version`.
func open(
  _ version: UInt32, _ handle: UnsafeMutablePointer<OpaquePointer?>?, _ message: UnsafeMutablePointer<CChar>?,
  _ capacity: Int, _ make: () throws -> LockStepModel
) -> ubpfsim_status {
  handle?.pointee = nil
  func refuse(_ text: String) -> ubpfsim_status {
    copy(text, to: message, capacity)
    return UBPFSIM_INVALID
  }
  guard version == UInt32(UBPFSIM_ABI_VERSION) else {
    return refuse(
      "found a header of version \(version), expected \(UBPFSIM_ABI_VERSION): take the header of this library")
  }
  guard let handle else { return refuse("found no place for the model") }
  do {
    handle.pointee = OpaquePointer(Unmanaged.passRetained(Model(try make())).toOpaque())
    copy("", to: message, capacity)
    return UBPFSIM_OK
  } catch {
    return refuse("\(error)")
  }
}
