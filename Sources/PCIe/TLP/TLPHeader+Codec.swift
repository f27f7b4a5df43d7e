extension TLPHeader {
  /// The header as on the wire. Fields wider than their bits are truncated; a memory or atomic request takes the
  /// 3 DW form below 4 GiB, which is mandatory (PCI Express Base Specification 2.2.4.1), and 4 DW from there on.
  public func encoded() -> RawHeader {
    var dwords = SIMD4<UInt32>(commonDword, 0, 0, 0)
    if type.isCompletion {
      dwords.y =
        UInt32(completerID.rawValue) << 16 | UInt32(status.rawValue) << 13
        | (byteCountModified ? 0x1000 : 0) | UInt32(truncatingIfNeeded: byteCount) & 0xfff
      dwords.z = UInt32(requesterID.rawValue) << 16 | UInt32(tag & 0xff) << 8 | UInt32(lowerAddress & 0x7f)
      return RawHeader(dwords: dwords)
    }
    dwords.y =
      UInt32(requesterID.rawValue) << 16 | UInt32(tag & 0xff) << 8
      | UInt32(lastBE & 0xf) << 4 | UInt32(firstBE & 0xf)
    if type.isConfig {
      dwords.z = UInt32(target.rawValue) << 16 | UInt32(register & 0x3ff) << 2
    } else if type.isMessage {
      encodeMessage(into: &dwords)
    } else {
      encodeAddress(into: &dwords)
    }
    return RawHeader(dwords: dwords)
  }

  /// Dword 0, in its canonical form (3 DW, or routing 0).
  private var commonDword: UInt32 {
    var dword = UInt32(type.rawValue) << 24 | UInt32(trafficClass & 0x7) << 20
    dword |= UInt32(tag & 0x200) << 14 | UInt32(tag & 0x100) << 11
    dword |= UInt32(attributes.rawValue & 0x4) << 16 | UInt32(attributes.rawValue & 0x3) << 12
    dword |= (digest ? 0x8000 : 0) | (poisoned ? 0x4000 : 0)
    return type.hasLength ? dword | UInt32(truncatingIfNeeded: lengthDW) & 0x3ff : dword
  }

  private func encodeMessage(into dwords: inout SIMD4<UInt32>) {
    dwords.x |= UInt32(messageRouting.rawValue) << 24
    dwords.y = dwords.y & 0xffff_ff00 | UInt32(messageCode.rawValue)
    let fields =
      switch messageRouting {
      case .byAddress: address
      case .byID: UInt64(target.rawValue) << 48 | messageFields & 0xffff_ffff_ffff
      default: messageFields
      }
    dwords.z = UInt32(truncatingIfNeeded: fields >> 32)
    dwords.w = UInt32(truncatingIfNeeded: fields)
  }

  private func encodeAddress(into dwords: inout SIMD4<UInt32>) {
    var low = UInt32(truncatingIfNeeded: address) & ~3
    if !type.isIO { dwords.x |= UInt32(addressType.rawValue) << 10 }
    // Byte enables of an atomic are reserved; only a steering tag ever appears there.
    if type.isAtomic { dwords.y &= 0xffff_ff00 }
    if hasProcessingHint && allowsProcessingHint {
      dwords.x |= 0x1_0000
      low |= UInt32(processingHint & 0x3)
      dwords.y =
        type == .memoryWrite
        ? dwords.y & 0xffff_00ff | UInt32(steeringTag) << 8
        : dwords.y & 0xffff_ff00 | UInt32(steeringTag)
    }
    if address >> 32 != 0 && type.hasLongForm {
      dwords.x |= 0x2000_0000
      dwords.z = UInt32(truncatingIfNeeded: address >> 32)
      dwords.w = low
    } else {
      dwords.z = low
    }
  }

  /// TH is reserved outside memory and atomic requests, and in locked reads (2.2.7.1).
  private var allowsProcessingHint: Bool { type == .memoryRead || type == .memoryWrite || type.isAtomic }

  /// Decodes and checks a header.
  /// - Parameters:
  ///   - payloadBytes: bytes that follow the header, without ECRC.
  ///   - maxPayload: Max_Payload_Size of the receiver in bytes.
  /// - Throws: `MalformedTLP` for the first rule broken. Reserved bits are ignored.
  public init(decoding raw: RawHeader, payloadBytes: Int, maxPayload: Int = 4096) throws(MalformedTLP) {
    guard let type = raw.type else { throw .reservedType(byte0: raw.byte0) }
    self.init(type)
    let dwords = raw.dwords
    trafficClass = raw.trafficClass
    attributes = raw.attributes
    digest = raw.hasDigest
    poisoned = raw.isPoisoned
    lengthDW = type.hasLength ? raw.lengthDW : 0
    let upperTag = UInt16(truncatingIfNeeded: dwords.x >> 14 & 0x200 | dwords.x >> 11 & 0x100)
    if type.isCompletion {
      tag = upperTag | UInt16(dwords.z >> 8 & 0xff)
      decodeCompletion(dwords)
    } else {
      requesterID = DeviceID(rawValue: UInt16(dwords.y >> 16))
      tag = upperTag | UInt16(dwords.y >> 8 & 0xff)
      if type.isMessage {
        decodeMessage(dwords)
      } else {
        decodeByteEnables(dwords.y)
        if type.isConfig {
          target = DeviceID(rawValue: UInt16(dwords.z >> 16))
          register = UInt16(dwords.z >> 2 & 0x3ff)
        } else {
          decodeAddress(raw)
        }
      }
    }
    try validate(payloadBytes: payloadBytes, maxPayload: maxPayload)
  }

  private mutating func decodeCompletion(_ dwords: SIMD4<UInt32>) {
    completerID = DeviceID(rawValue: UInt16(dwords.y >> 16))
    status = CompletionStatus(field: UInt8(dwords.y >> 13 & 0x7))
    byteCountModified = dwords.y & 0x1000 != 0
    byteCount = dwords.y & 0xfff == 0 ? 4096 : Int(dwords.y & 0xfff)
    requesterID = DeviceID(rawValue: UInt16(dwords.z >> 16))
    lowerAddress = UInt8(dwords.z & 0x7f)
  }

  private mutating func decodeMessage(_ dwords: SIMD4<UInt32>) {
    messageRouting = MessageRouting(field: UInt8(dwords.x >> 24 & 0x7))
    messageCode = MessageCode(rawValue: UInt8(dwords.y & 0xff))
    let fields = UInt64(dwords.z) << 32 | UInt64(dwords.w)
    switch messageRouting {
    case .byAddress:
      address = fields
    case .byID:
      target = DeviceID(rawValue: UInt16(fields >> 48))
      messageFields = fields & 0xffff_ffff_ffff
    default:
      messageFields = fields
    }
  }

  private mutating func decodeByteEnables(_ dword: UInt32) {
    guard !type.isAtomic else { return }
    firstBE = UInt8(dword & 0xf)
    lastBE = UInt8(dword >> 4 & 0xf)
  }

  private mutating func decodeAddress(_ raw: RawHeader) {
    let dwords = raw.dwords
    let isLong = raw.dwordCount == 4
    let low = isLong ? dwords.w : dwords.z
    address = (isLong ? UInt64(dwords.z) << 32 : 0) | UInt64(low & ~3)
    guard !type.isIO else { return }
    addressType = AddressType(rawValue: UInt8(dwords.x >> 10 & 0x3)) ?? .reserved
    guard dwords.x & 0x1_0000 != 0 && allowsProcessingHint else { return }
    hasProcessingHint = true
    processingHint = UInt8(low & 0x3)
    if type == .memoryWrite {
      steeringTag = UInt8(dwords.y >> 8 & 0xff)
      tag &= 0x300
    } else {
      steeringTag = UInt8(dwords.y & 0xff)
      // With a steering tag in their place, all bytes of a read are enabled (2.2.7.1).
      if type == .memoryRead { (firstBE, lastBE) = (0xf, lengthDW == 1 ? 0 : 0xf) }
    }
  }
}
