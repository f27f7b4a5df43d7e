/// How a message of one code has to look (PCI Express Base Specification 2.2.8, 10.3, 10.4).
public struct MessageRule: Hashable, Sendable {
  /// The routings that the code may use.
  public let routings: [MessageRouting]
  /// Payload in dwords; 0 is a Msg, anything else a MsgD.
  public let lengthDW: ClosedRange<Int>
  /// Another traffic class than 0 makes the packet malformed.
  public let requiresTC0: Bool

  init(_ routings: MessageRouting..., lengthDW: ClosedRange<Int> = 0...0, requiresTC0: Bool = true) {
    self.routings = routings
    self.lengthDW = lengthDW
    self.requiresTC0 = requiresTC0
  }
}

extension MessageCode {
  /// The rule of this code, nil when the specification does not define it.
  public var rule: MessageRule? { MessageCode.rules[self] }

  /// INTx messages, in the order of their codes.
  private static let interrupts: [MessageCode] = [
    .assertINTA, .assertINTB, .assertINTC, .assertINTD, .deassertINTA, .deassertINTB, .deassertINTC, .deassertINTD,
  ]

  private static let hotPlug: [MessageCode] = [
    .attentionIndicatorOff, .attentionIndicatorOn, .attentionIndicatorBlink, .powerIndicatorOff, .powerIndicatorOn,
    .powerIndicatorBlink, .attentionButtonPressed,
  ]

  private static let rules: [MessageCode: MessageRule] = {
    let vendor = MessageRule(
      .toRootComplex, .byID, .broadcastFromRoot, .local, lengthDW: 0...1024, requiresTC0: false)
    var rules: [MessageCode: MessageRule] = [
      .unlock: MessageRule(.broadcastFromRoot),
      .invalidateRequest: MessageRule(.byID, lengthDW: 2...2, requiresTC0: false),
      .invalidateCompletion: MessageRule(.byID, requiresTC0: false),
      .pageRequest: MessageRule(.toRootComplex, requiresTC0: false),
      .pageRequestGroupResponse: MessageRule(.byID, requiresTC0: false),
      .latencyTolerance: MessageRule(.local),
      .bufferFlushFill: MessageRule(.local),
      .pmActiveStateNak: MessageRule(.local),
      .pmPME: MessageRule(.toRootComplex),
      .pmeTurnOff: MessageRule(.broadcastFromRoot),
      .pmeTurnOffAck: MessageRule(.gatheredToRoot),
      .errorCorrectable: MessageRule(.toRootComplex),
      .errorNonFatal: MessageRule(.toRootComplex),
      .errorFatal: MessageRule(.toRootComplex),
      .setSlotPowerLimit: MessageRule(.local, lengthDW: 1...1),
      .ptmRequest: MessageRule(.local),
      .ptmResponse: MessageRule(.local, lengthDW: 0...1),
      .vendorDefined0: vendor,
      .vendorDefined1: vendor,
    ]
    for code in interrupts { rules[code] = MessageRule(.local) }
    for code in hotPlug { rules[code] = MessageRule(.local, lengthDW: 0...1024, requiresTC0: false) }
    return rules
  }()
}

extension MessageSubtype {
  /// The rule of this subtype. Breaking any part of it makes the packet malformed (2.2.8.6.3 to 2.2.8.6.5).
  public var rule: MessageRule {
    switch self {
    case .hierarchyID: MessageRule(.broadcastFromRoot, lengthDW: 4...4)
    case .deviceReadiness: MessageRule(.local)
    case .functionReadiness: MessageRule(.toRootComplex)
    }
  }
}

extension TLPHeader {
  /// The vendor that defines a vendor-defined message: header bytes 10 and 11 (2.2.8.6).
  public var messageVendorID: UInt16 { UInt16(truncatingIfNeeded: messageFields >> 32) }

  /// The subtype of a message that the PCI-SIG defines: header byte 12 (2.2.8.6.1); nil in all others.
  public var messageSubtype: MessageSubtype? {
    guard type.isMessage, messageCode == .vendorDefined1, messageVendorID == 1 else { return nil }
    return MessageSubtype(rawValue: UInt8(truncatingIfNeeded: messageFields >> 24))
  }

  /// Whether a message is defined with its routing and its payload. One that is not, or whose code is unknown, is no
  /// malformed packet: its receiver handles it as an Unsupported Request (2.3.1).
  public var isDefinedMessage: Bool {
    guard type.isMessage, let rule = messageCode.rule else { return false }
    return rule.routings.contains(messageRouting) && rule.lengthDW.contains(lengthDW)
  }

  /// 2.2.8: TC0 where the code demands it; all of its rule in a message of the PCI-SIG (2.2.8.6).
  func checkMessage() throws(MalformedTLP) {
    let requiresTC0 = (messageSubtype?.rule ?? messageCode.rule)?.requiresTC0 ?? false
    if requiresTC0 && trafficClass != 0 { throw .trafficClass(trafficClass) }
    guard let rule = messageSubtype?.rule else { return }
    guard rule.routings.contains(messageRouting) else { throw .messageRouting(messageCode, routing: messageRouting) }
    guard rule.lengthDW.contains(lengthDW) else { throw .messagePayload(messageCode, lengthDW: lengthDW) }
  }
}
