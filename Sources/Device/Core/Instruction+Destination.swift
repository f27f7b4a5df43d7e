import EBPF

extension Instruction {
  /// The register that the instruction writes, `RunState.noRegister` for none: fetching atomics write their source, CMPXCHG
  /// r0. What calls and returns write is known in execute only.
  @inline(__always) func writtenRegister(_ traits: OpcodeTraits) -> UInt8 {
    if traits.writesDestination { return destination }
    guard traits.isAtomic else { return RunState.noRegister }
    return AtomicOperation.fetchRegister(operation: immediate, source: source) ?? RunState.noRegister
  }
}
