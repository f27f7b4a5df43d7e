extension Enumerator {
  /// The writes of the second pass, from the root down: windows and BARs, then control, and the command register last.
  mutating func configuration() throws(EnumerationError) -> [ConfigAccess] {
    try assignVectors()
    var accesses: [ConfigAccess] = []
    for function in functions {
      if function.isBridge { accesses += windows(of: function) }
      accesses += bars(of: function)
      accesses += control(of: function)
      accesses += interrupt(of: function)
      // Memory Space and Bus Master (7.5.1.1.3).
      accesses.append(.write(function.id, 0x04, 0x6, byteEnable: 0x3))
    }
    return accesses
  }

  private mutating func assignVectors() throws(EnumerationError) {
    var next = Int(parameters.firstVector)
    for index in functions.indices where functions[index].capabilities.messageInterrupt != nil {
      guard let vector = UInt8(exactly: next) else { throw .vectorsExhausted(functions[index].id) }
      functions[index].msiVector = vector
      next += 1
    }
  }

  private func bars(of function: DiscoveredFunction) -> [ConfigAccess] {
    function.bars.flatMap { bar -> [ConfigAccess] in
      let low = ConfigAccess.write(function.id, 0x10 + 4 * bar.index, UInt32(truncatingIfNeeded: bar.base))
      return bar.is64Bit
        ? [low, .write(function.id, 0x14 + 4 * bar.index, UInt32(bar.base >> 32))] : [low]
    }
  }

  /// A window that nobody needs is closed by a limit below its base (7.5.1.3.8, 7.5.1.3.9).
  private func windows(of function: DiscoveredFunction) -> [ConfigAccess] {
    let memory = Window(function.memoryWindow), prefetchable = Window(function.prefetchableWindow)
    return [
      .write(function.id, 0x20, memory.low),
      .write(function.id, 0x24, prefetchable.low),
      .write(function.id, 0x28, prefetchable.baseUpper),
      .write(function.id, 0x2c, prefetchable.limitUpper),
      // SERR# Enable lets error messages from below through (7.5.1.3.13).
      .write(function.id, 0x3c, parameters.reportsErrors ? 0x2_0000 : 0, byteEnable: 0xc),
    ]
  }

  /// Base and limit registers of a window.
  private struct Window {
    var low: UInt32 = 0x0000_fff0
    var baseUpper: UInt32 = 0
    var limitUpper: UInt32 = 0

    init(_ range: Range<UInt64>?) {
      guard let range else { return }
      let last = range.upperBound - 1
      low = UInt32(last >> 16 & 0xfff0) << 16 | UInt32(range.lowerBound >> 16 & 0xfff0)
      baseUpper = UInt32(range.lowerBound >> 32)
      limitUpper = UInt32(last >> 32)
    }
  }

  /// Device Control, and with it the errors that looking for absent functions left behind.
  private func control(of function: DiscoveredFunction) -> [ConfigAccess] {
    guard let express = function.capabilities.express else { return [] }
    let capabilities = function.capabilities
    var accesses: [ConfigAccess] = []
    if let offset = capabilities.advancedErrors {
      accesses += [.write(function.id, offset + 0x04, .max), .write(function.id, offset + 0x10, .max)]
      // ECRC Generation and Check Enable (7.8.4.7); packets are checked where they end.
      if parameters.ecrc && !function.isBridge { accesses.append(.write(function.id, offset + 0x18, 0x140)) }
    }
    // Device Status in the upper half clears what is written as one (7.5.3.5).
    accesses.append(.write(function.id, express + 0x08, 0x000f_0000 | deviceControl(of: function)))
    if !function.isBridge && rootPort(above: function).capabilities.wideReadCompletionBoundary {
      accesses.append(.write(function.id, express + 0x10, 0x8, byteEnable: 0x1))
    }
    let control2 = deviceControl2(of: function)
    if control2 != 0 { accesses.append(.write(function.id, express + 0x28, control2, byteEnable: 0x3)) }
    if let offset = capabilities.accessControl, parameters.redirectsPeers {
      accesses.append(.write(function.id, offset + 0x04, 0x001c_0000, byteEnable: 0xc))
    }
    return accesses
  }

  /// Error reporting, Relaxed Ordering, MPS, extended tags, MRRS (7.5.3.4).
  private func deviceControl(of function: DiscoveredFunction) -> UInt32 {
    func code(_ bytes: Int) -> UInt32 { UInt32(max(128, bytes).trailingZeroBitCount - 7) & 0x7 }
    var value = code(maxPayload) << 5 | code(parameters.maxReadRequest) << 12
    if parameters.reportsErrors { value |= 0xf }
    if parameters.relaxedOrdering { value |= 0x10 }
    if parameters.tagBits >= 8 && function.capabilities.extendedTags { value |= 0x100 }
    return value
  }

  /// 10-bit tags and ID-based Ordering of requests (7.5.3.16).
  private func deviceControl2(of function: DiscoveredFunction) -> UInt32 {
    var value: UInt32 = allowsTenBitTags && function.capabilities.tenBitRequester ? 0x1000 : 0
    if parameters.idOrdering && !function.isBridge { value |= 0x100 }
    return value
  }

  /// The largest payload that everybody takes: peers send to each other (7.5.3.4).
  private var maxPayload: Int {
    functions.reduce(parameters.maxPayload) {
      $1.capabilities.express == nil ? $0 : min($0, $1.capabilities.maxPayload)
    }
  }

  /// A requester may use 10 bits when all that it may ask can answer: host memory, which is behind the root ports, and
  /// every peer (2.2.6.2).
  private var allowsTenBitTags: Bool {
    parameters.tagBits >= 10
      && functions.allSatisfy { $0.isBridge && $0.depth > 0 || $0.capabilities.tenBitCompleter }
  }

  private func rootPort(above function: DiscoveredFunction) -> DiscoveredFunction {
    var top = function
    while let parent = top.parent, let above = functions.first(where: { $0.id == parent }) { top = above }
    return top
  }

  /// MSI with one vector (7.7.1).
  private func interrupt(of function: DiscoveredFunction) -> [ConfigAccess] {
    guard let offset = function.capabilities.messageInterrupt, let vector = function.msiVector else { return [] }
    let id = function.id, address = parameters.interruptAddress
    var accesses: [ConfigAccess] = [.write(id, offset + 0x04, UInt32(truncatingIfNeeded: address))]
    if function.capabilities.messageInterrupt64 {
      accesses.append(.write(id, offset + 0x08, UInt32(address >> 32)))
    }
    accesses.append(
      .write(id, offset + (function.capabilities.messageInterrupt64 ? 0x0c : 0x08), UInt32(vector), byteEnable: 0x3))
    accesses.append(.write(id, offset, 0x1_0000, byteEnable: 0xc))
    return accesses
  }
}
