/// The discovery of one function: whether it is there, what it is, the sizes of its BARs, its capabilities (PCI Express
/// Base Specification 7.5.1, 7.5.3, 7.6).
struct FunctionProbe: Sendable {
  private enum Step {
    case identify, classCode, headerType, status, disable
    case writeBAR(Int), readBAR(Int), writeUpperBAR(Int, low: UInt32), readUpperBAR(Int, low: UInt32)
    case capabilityPointer, capability(Int)
    case deviceCapabilities(next: Int), linkControl(next: Int), deviceCapabilities2(next: Int)
    case extended(Int)
    case absent, present
  }

  /// Complete once `access` is nil and `isAbsent` is false.
  private(set) var function: DiscoveredFunction
  private var step = Step.identify
  private var hasCapabilities = false
  /// Capabilities seen: as many as fit into configuration space, or the list is a ring.
  private var seen = 0

  init(_ id: DeviceID, parent: DeviceID?, depth: Int) {
    function = DiscoveredFunction(id, parent: parent, depth: depth)
  }

  /// Nobody is at this ID.
  var isAbsent: Bool {
    if case .absent = step { return true }
    return false
  }

  /// The access to do now; nil at the end.
  var access: ConfigAccess? {
    let id = function.id, express = function.capabilities.express ?? 0
    return switch step {
    case .identify: .read(id, 0x00)
    case .classCode: .read(id, 0x08)
    case .headerType: .read(id, 0x0c)
    case .status: .read(id, 0x04)
    // A BAR that holds all ones must not answer.
    case .disable: .write(id, 0x04, 0, byteEnable: 0x3)
    case .writeBAR(let index): .write(id, 0x10 + 4 * index, .max)
    case .readBAR(let index): .read(id, 0x10 + 4 * index)
    case .writeUpperBAR(let index, _): .write(id, 0x14 + 4 * index, .max)
    case .readUpperBAR(let index, _): .read(id, 0x14 + 4 * index)
    case .capabilityPointer: .read(id, 0x34)
    case .capability(let offset), .extended(let offset): .read(id, offset)
    case .deviceCapabilities: .read(id, express + 0x04)
    case .linkControl: .read(id, express + 0x10)
    case .deviceCapabilities2: .read(id, express + 0x24)
    case .absent, .present: nil
    }
  }

  /// Takes the answer to `access`.
  mutating func receive(_ value: UInt32, _ status: CompletionStatus) throws(EnumerationError) {
    guard let access else { return }
    if case .identify = step, status == .unsupportedRequest || value & 0xffff == 0xffff {
      step = .absent
      return
    }
    guard status == .successful else { throw .noAnswer(access.target, register: access.register) }
    switch step {
    case .identify, .classCode, .headerType, .status, .disable: receiveHeader(value)
    case .writeBAR, .readBAR, .writeUpperBAR, .readUpperBAR: try receiveBAR(value)
    default: try receiveCapability(value)
    }
  }

  private mutating func receiveHeader(_ value: UInt32) {
    switch step {
    case .identify:
      function.vendorID = UInt16(truncatingIfNeeded: value)
      function.deviceID = UInt16(value >> 16)
      step = .classCode
    case .classCode:
      function.classCode = value >> 8
      step = .headerType
    case .headerType:
      function.isBridge = value >> 16 & 0x7f == 1
      function.isMultiFunction = value & 0x80_0000 != 0
      step = .status
    case .status:
      hasCapabilities = value & 0x10_0000 != 0
      step = .disable
    default: step = .writeBAR(0)
    }
  }

  private mutating func receiveBAR(_ value: UInt32) throws(EnumerationError) {
    switch step {
    case .writeBAR(let index): step = .readBAR(index)
    case .readBAR(let index):
      if value & 0x7 == 0x4 {
        step = .writeUpperBAR(index, low: value)
      } else {
        // Bit 0 is set in a BAR of I/O space, which no bridge here lets through.
        if value != 0 && value & 1 == 0 { try note(index, mask: 0xffff_ffff << 32 | UInt64(value), is64Bit: false) }
        step = bar(after: index)
      }
    case .writeUpperBAR(let index, let low): step = .readUpperBAR(index, low: low)
    case .readUpperBAR(let index, let low):
      try note(index, mask: UInt64(value) << 32 | UInt64(low), is64Bit: true)
      step = bar(after: index + 1)
    default: break
    }
  }

  private mutating func note(_ index: Int, mask: UInt64, is64Bit: Bool) throws(EnumerationError) {
    let size = ~(mask & ~0xf) &+ 1
    guard size.nonzeroBitCount == 1 else { throw .invalidBAR(function.id, index: index, readBack: mask) }
    function.bars.append(
      .init(index: index, size: size, is64Bit: is64Bit, isPrefetchable: mask & 0x8 != 0))
  }

  /// A type 1 header has two BARs, type 0 six.
  private func bar(after index: Int) -> Step {
    if index + 1 < (function.isBridge ? 2 : 6) { return .writeBAR(index + 1) }
    return hasCapabilities ? .capabilityPointer : .present
  }

  private mutating func receiveCapability(_ value: UInt32) throws(EnumerationError) {
    switch step {
    case .capabilityPointer: try goOn(to: Int(value & 0xfc))
    case .capability(let offset): try receiveCapability(value, at: offset)
    case .deviceCapabilities(let next):
      function.capabilities.maxPayload = min(4096, 128 << Int(value & 0x7))
      function.capabilities.extendedTags = value & 0x20 != 0
      step = .linkControl(next: next)
    case .linkControl(let next):
      function.capabilities.wideReadCompletionBoundary = value & 0x8 != 0
      step = .deviceCapabilities2(next: next)
    case .deviceCapabilities2(let next):
      function.capabilities.tenBitCompleter = value & 0x1_0000 != 0
      function.capabilities.tenBitRequester = value & 0x2_0000 != 0
      try goOn(to: next)
    case .extended(let offset): try receiveExtended(value, at: offset)
    default: break
    }
  }

  private mutating func receiveCapability(_ value: UInt32, at offset: Int) throws(EnumerationError) {
    let next = Int(value >> 8 & 0xfc)
    switch value & 0xff {
    case 0x05:
      function.capabilities.messageInterrupt = offset
      function.capabilities.messageInterrupt64 = value & 0x80_0000 != 0
    case 0x10:
      function.capabilities.express = offset
      function.portType = UInt8(value >> 20 & 0xf)
      step = .deviceCapabilities(next: next)
      return
    default: break
    }
    try goOn(to: next)
  }

  private mutating func receiveExtended(_ value: UInt32, at offset: Int) throws(EnumerationError) {
    switch value & 0xffff {
    case AdvancedErrors.capabilityID: function.capabilities.advancedErrors = offset
    case BridgeConfigSpace.accessControlID: function.capabilities.accessControl = offset
    default: break
    }
    let next = value == .max ? 0 : Int(value >> 20 & 0xffc)
    step = next < 0x100 ? .present : .extended(next)
    try count()
  }

  /// Behind the last capability of the first 256 bytes come the extended ones, of PCI Express functions only (7.6.1).
  private mutating func goOn(to next: Int) throws(EnumerationError) {
    if next >= 0x40 {
      step = .capability(next)
    } else {
      step = function.capabilities.express == nil ? .present : .extended(0x100)
    }
    try count()
  }

  private mutating func count() throws(EnumerationError) {
    seen += 1
    if seen > 1024 { throw .endlessCapabilities(function.id) }
  }
}
