import SimKernel

/// A signal of a component's State, where it lies.
struct ModelSignal {
  /// As in waveforms: `device.core.pc`.
  let path: String
  let place: UnsafeRawPointer
  /// Bytes of the stored field: 1, 2, 4 or 8.
  let bytes: Int
  /// Bits that it has.
  let width: Int

  var value: UInt64 {
    switch bytes {
    case 1: UInt64(place.load(as: UInt8.self))
    case 2: UInt64(place.load(as: UInt16.self))
    case 4: UInt64(place.load(as: UInt32.self))
    default: place.load(as: UInt64.self)
    }
  }
}

// Lock-step by the cycle: flip-flops of the model beside those of a design.
extension LockStepModel {
  /// A number for the signal that waveforms show as `path`, and the bits that it has.
  /// - Throws: `Misuse` when the model has none of that name
  public func findSignal(_ path: String) throws(Misuse) -> (number: Int, width: Int) {
    guard let components else { throw Misuse("a program has no signals: open a scenario") }
    if let number = signals.firstIndex(where: { $0.path == path }) { return (number, signals[number].width) }
    for slot in components where path.hasPrefix("\(slot.path).") {
      let name = path.dropFirst(slot.path.count + 1)
      let lists = [(slot.stateBase, slot.signals)] + slot.tables.map { ($0.base, $0.signals) }
      for (base, list) in lists {
        guard let signal = list.first(where: { $0.name == name }) else { continue }
        signals.append(
          ModelSignal(path: path, place: base + signal.offset, bytes: signal.bytes, width: signal.width))
        return (signals.count - 1, signal.width)
      }
    }
    throw Misuse("found no signal \(path); expected a path such as those of a waveform of the scenario")
  }

  /// The value of a signal behind the last edge that ran.
  public func value(ofSignal number: Int) throws(Misuse) -> UInt64 { try signal(number).value }

  /// Compares a signal with the design's, as far as bits of `mask` are set.
  /// - Returns: whether they are the same
  public func check(signal number: Int, is design: UInt64, mask: UInt64) throws(Misuse) -> Bool {
    let signal = try signal(number), model = signal.value
    signalCount += 1
    guard (model ^ design) & mask != 0 else { return true }
    func digits(_ value: UInt64) -> String { "0x" + String(value & mask, radix: 16) }
    return note("\(signal.path) is \(digits(model)) in the model, \(digits(design)) in the design, at \(time.readable)")
  }

  private func signal(_ number: Int) throws(Misuse) -> ModelSignal {
    guard signals.indices ~= number else {
      throw Misuse("found signal \(number), expected one of the \(signals.count) that were found by their paths")
    }
    return signals[number]
  }
}
