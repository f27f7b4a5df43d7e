// Names of fields as the specification and protocol analysers write them.
extension TLPType {
  /// As in the specification's table of Fmt and Type encodings (2.2.1): `MRd`, `CplD`.
  public var mnemonic: StaticString {
    switch self {
    case .memoryRead: "MRd"
    case .memoryReadLocked: "MRdLk"
    case .memoryWrite: "MWr"
    case .ioRead: "IORd"
    case .ioWrite: "IOWr"
    case .configRead0: "CfgRd0"
    case .configRead1: "CfgRd1"
    case .configWrite0: "CfgWr0"
    case .configWrite1: "CfgWr1"
    case .message: "Msg"
    case .messageData: "MsgD"
    case .completion: "Cpl"
    case .completionData: "CplD"
    case .completionLocked: "CplLk"
    case .completionDataLocked: "CplDLk"
    case .fetchAdd: "FetchAdd"
    case .swap: "Swap"
    case .compareAndSwap: "CAS"
    }
  }
}

extension CompletionStatus {
  /// As in 2.2.9: `SC`, `UR`, `CRS`, `CA`.
  public var mnemonic: StaticString {
    switch self {
    case .successful: "SC"
    case .unsupportedRequest: "UR"
    case .configurationRetry: "CRS"
    case .completerAbort: "CA"
    }
  }
}

extension MessageCode {
  /// The messages that the specification names (2.2.8).
  static let named: [(code: MessageCode, name: StaticString)] = [
    (.unlock, "Unlock"), (.pmActiveStateNak, "PM_Active_State_Nak"), (.pmPME, "PM_PME"),
    (.pmeTurnOff, "PME_Turn_Off"), (.pmeTurnOffAck, "PME_TO_Ack"), (.assertINTA, "Assert_INTA"),
    (.assertINTB, "Assert_INTB"), (.assertINTC, "Assert_INTC"), (.assertINTD, "Assert_INTD"),
    (.deassertINTA, "Deassert_INTA"), (.deassertINTB, "Deassert_INTB"), (.deassertINTC, "Deassert_INTC"),
    (.deassertINTD, "Deassert_INTD"), (.errorCorrectable, "ERR_COR"), (.errorNonFatal, "ERR_NONFATAL"),
    (.errorFatal, "ERR_FATAL"), (.setSlotPowerLimit, "Set_Slot_Power_Limit"), (.vendorDefined0, "Vendor_Defined_0"),
    (.vendorDefined1, "Vendor_Defined_1"),
  ]
}

extension MessageRouting {
  var logName: StaticString {
    switch self {
    case .toRootComplex: "to-root"
    case .byAddress: "by-address"
    case .byID: "by-id"
    case .broadcastFromRoot: "from-root"
    case .local: "local"
    case .gatheredToRoot: "gathered-to-root"
    }
  }
}

extension AddressType {
  var logName: StaticString {
    switch self {
    case .untranslated: "untranslated"
    case .translationRequest: "request"
    case .translated: "translated"
    case .reserved: "reserved"
    }
  }
}

extension TLPAttributes {
  static let combinations = (0..<8).map { TLPAttributes(rawValue: $0) }

  /// The set bits, Attr[2] first.
  var logName: StaticString {
    switch rawValue & 7 {
    case 1: "ns"
    case 2: "ro"
    case 3: "ro+ns"
    case 4: "ido"
    case 5: "ido+ns"
    case 6: "ido+ro"
    case 7: "ido+ro+ns"
    default: "-"
    }
  }
}

extension LinkDirection {
  var logName: StaticString { self == .down ? "down" : "up" }
}

extension TLPLogRecord.ECRC {
  var logName: StaticString {
    switch self {
    case .absent: "none"
    case .right: "right"
    case .wrong: "wrong"
    }
  }
}

extension LinkFate {
  var logName: StaticString {
    switch self {
    case .delivered: "delivered"
    case .corrupted: "corrupted"
    case .dropped: "dropped"
    }
  }
}

extension MalformedTLP {
  /// The name of the rule that is broken.
  public var name: String {
    switch self {
    case .headerTooShort: "headerTooShort"
    case .prefixTooShort: "prefixTooShort"
    case .prefixWithoutHeader: "prefixWithoutHeader"
    case .reservedPrefix: "reservedPrefix"
    case .prefixOrder: "prefixOrder"
    case .tooManyPrefixes: "tooManyPrefixes"
    case .missingECRC: "missingECRC"
    case .reservedType: "reservedType"
    case .payloadMismatch: "payloadMismatch"
    case .unexpectedPayload: "unexpectedPayload"
    case .payloadTooLarge: "payloadTooLarge"
    case .crosses4KiB: "crosses4KiB"
    case .byteEnables: "byteEnables"
    case .length: "length"
    case .trafficClass: "trafficClass"
    case .attributes: "attributes"
    case .misalignedAtomic: "misalignedAtomic"
    case .messageRouting: "messageRouting"
    case .messagePayload: "messagePayload"
    case .completionByteCount: "completionByteCount"
    }
  }
}
