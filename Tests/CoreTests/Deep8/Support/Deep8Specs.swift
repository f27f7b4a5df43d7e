@testable import Device

extension CoreSpec {
  /// The eight-stage core.
  static func deep8(_ change: (inout Deep8Spec) -> Void = { _ in }) -> CoreSpec {
    CoreSpec { change(&$0.microarchitecture.deep8) }
  }

  /// With an instruction memory that always delivers.
  static func ideal(_ change: (inout Deep8Spec) -> Void = { _ in }) -> CoreSpec {
    deep8 {
      $0.icacheLines = 0
      change(&$0)
    }
  }
}

/// The eight-stage cores that any program must run on as it does on the functional engine.
enum Deep8Specs {
  static let all: [CoreSpec] = [.deep8(), smallest, aliasing, slowUnits, shallowStack]

  /// Everything has one entry and takes one cycle.
  private static let smallest = CoreSpec.deep8 {
    $0.btbEntries = 1
    $0.predictorEntries = 1
    $0.rasEntries = 1
    $0.icacheLines = 1
    $0.icacheLineSlots = 1
    $0.icacheMissCycles = 1
    $0.multiplyCycles = 1
    $0.divideCycles = 1
    $0.storeBufferEntries = 1
    $0.storeDrainCycles = 1
    $0.atomicCycles = 1
  }

  /// Few entries, which many branches share.
  private static let aliasing = CoreSpec.deep8 {
    $0.btbEntries = 4
    $0.predictorEntries = 2
    $0.rasEntries = 2
    $0.icacheLines = 2
    $0.icacheLineSlots = 4
    $0.icacheMissCycles = 3
    $0.multiplyCycles = 2
    $0.divideCycles = 3
    $0.storeBufferEntries = 2
    $0.storeDrainCycles = 7
  }

  /// Results and stores that are late for long.
  private static let slowUnits = CoreSpec.ideal {
    $0.multiplyCycles = 37
    $0.divideCycles = 61
    $0.storeBufferEntries = 16
    $0.storeDrainCycles = 23
    $0.atomicCycles = 9
  }

  private static let shallowStack = CoreSpec.ideal {
    $0.multiplyCycles = 3
    $0.divideCycles = 5
    $0.storeBufferEntries = 1
    $0.storeDrainCycles = 5
  }
  .with {
    $0.machine.frameSize = 64
    $0.machine.stackSize = 512
  }
}

extension CoreSpec {
  func with(_ change: (inout CoreSpec) -> Void) -> CoreSpec {
    var copy = self
    change(&copy)
    return copy
  }
}
