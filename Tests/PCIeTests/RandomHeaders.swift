import TestSupport
import PCIe

extension TLPHeader {
  /// A random well-formed header of `type`.
  static func random(_ type: TLPType, using random: inout SeededRandom) -> TLPHeader {
    var header = TLPHeader(type)
    header.requesterID = DeviceID(rawValue: UInt16(random.below(0x10000)))
    header.tag = UInt16(random.below(1024))
    header.digest = random.flag()
    header.poisoned = random.flag()
    header.attributes = [.idBasedOrdering]
    if !type.isIO && !type.isConfig {
      header.trafficClass = UInt8(random.below(8))
      header.attributes = TLPAttributes(rawValue: UInt8(random.below(8)))
    }
    if type.isCompletion {
      header.fillCompletion(using: &random)
    } else if type.isMessage {
      header.fillMessage(using: &random)
    } else if type.isConfig {
      header.lengthDW = 1
      header.firstBE = UInt8(random.below(16))
      header.target = DeviceID(rawValue: UInt16(random.below(0x10000)))
      header.register = UInt16(random.below(1024))
    } else if type.isIO {
      header.lengthDW = 1
      header.firstBE = UInt8(random.below(16))
      header.address = random.next() & 0xffff_fffc
    } else if type.isAtomic {
      header.lengthDW = (type == .compareAndSwap ? 2 : 1) << random.below(type == .compareAndSwap ? 3 : 2)
      header.address = randomAddress(using: &random) & ~15
      header.addressType = random.pick(AddressType.allCases)
      header.fillHint(using: &random)
    } else {
      header.fillMemory(using: &random)
    }
    return header
  }

  static func randomAddress(using random: inout SeededRandom) -> UInt64 {
    random.flag() ? random.next() : random.next() & 0xffff_ffff
  }

  private mutating func fillMemory(using random: inout SeededRandom) {
    let start = TLPHeader.randomAddress(using: &random)
    let room = 4096 - Int(start & 0xfff)
    let length = random.flag() ? random.below(min(room, 16) + 1) : random.below(room + 1)
    let enables = ByteEnables.of(address: start, length: length)
    (firstBE, lastBE) = (enables.first, enables.last)
    lengthDW = ByteEnables.lengthDW(address: start, length: length)
    address = start & ~3
    addressType = random.pick(AddressType.allCases)
    if type != .memoryReadLocked { fillHint(using: &random) }
  }

  private mutating func fillHint(using random: inout SeededRandom) {
    guard random.below(4) == 0 else { return }
    hasProcessingHint = true
    processingHint = UInt8(random.below(4))
    steeringTag = UInt8(random.below(256))
    if type == .memoryWrite { tag &= 0x300 }
    if type == .memoryRead { (firstBE, lastBE) = (0xf, lengthDW == 1 ? 0 : 0xf) }
  }

  private mutating func fillMessage(using random: inout SeededRandom) {
    messageRouting = random.pick(MessageRouting.allCases)
    messageCode = MessageCode(rawValue: UInt8(random.below(256)))
    if messageCode.rule?.requiresTC0 == true { trafficClass = 0 }
    if type.carriesData { lengthDW = 1 + random.below(1024) }
    switch messageRouting {
    case .byAddress: address = random.next()
    case .byID:
      target = DeviceID(rawValue: UInt16(random.below(0x10000)))
      messageFields = random.next() >> 16
    default: messageFields = random.next()
    }
  }

  private mutating func fillCompletion(using random: inout SeededRandom) {
    completerID = DeviceID(rawValue: UInt16(random.below(0x10000)))
    status = random.pick(CompletionStatus.allCases)
    byteCountModified = random.flag()
    byteCount = 1 + random.below(4096)
    lowerAddress = UInt8(random.below(128))
    guard type.carriesData else { return }
    lengthDW = min(1024, 1 + random.below((Int(lowerAddress & 3) + byteCount + 3) / 4))
  }
}
