import PCIe
import Testing

/// Messages (PCI Express Base Specification 2.2.8).
@Suite struct MessageTests {
  private func rejection(
    _ code: MessageCode, _ routing: MessageRouting, lengthDW: Int = 0, trafficClass: UInt8 = 0, fields: UInt64 = 0
  ) -> MalformedTLP? {
    var header = TLPHeader(lengthDW > 0 ? .messageData : .message)
    (header.messageCode, header.messageRouting, header.lengthDW) = (code, routing, lengthDW)
    (header.trafficClass, header.messageFields) = (trafficClass, fields)
    do {
      _ = try TLPHeader(decoding: header.encoded(), payloadBytes: lengthDW * 4)
      return nil
    } catch {
      return error
    }
  }

  private static let table: [(code: UInt8, routings: [UInt8], lengthDW: ClosedRange<Int>, requiresTC0: Bool)] = [
    (0x00, [3], 0...0, true), (0x01, [2], 2...2, false), (0x02, [2], 0...0, false), (0x04, [0], 0...0, false),
    (0x05, [2], 0...0, false), (0x10, [4], 0...0, true), (0x12, [4], 0...0, true), (0x14, [4], 0...0, true),
    (0x18, [0], 0...0, true), (0x19, [3], 0...0, true), (0x1b, [5], 0...0, true), (0x20, [4], 0...0, true),
    (0x21, [4], 0...0, true), (0x22, [4], 0...0, true), (0x23, [4], 0...0, true), (0x24, [4], 0...0, true),
    (0x25, [4], 0...0, true), (0x26, [4], 0...0, true), (0x27, [4], 0...0, true), (0x30, [0], 0...0, true),
    (0x31, [0], 0...0, true), (0x33, [0], 0...0, true), (0x40, [4], 0...1024, false), (0x41, [4], 0...1024, false),
    (0x43, [4], 0...1024, false), (0x44, [4], 0...1024, false), (0x45, [4], 0...1024, false),
    (0x47, [4], 0...1024, false), (0x48, [4], 0...1024, false), (0x50, [4], 1...1, true), (0x52, [4], 0...0, true),
    (0x53, [4], 0...1, true), (0x7e, [0, 2, 3, 4], 0...1024, false), (0x7f, [0, 2, 3, 4], 0...1024, false),
  ]

  /// The tables of 2.2.8.1 to 2.2.8.10, 10.3 and 10.4; no other code is defined.
  @Test func rulesOfAllCodes() {
    for code in UInt8.min...UInt8.max {
      let rule = MessageCode(rawValue: code).rule
      let expected = MessageTests.table.first { $0.code == code }
      #expect(rule?.routings.map(\.rawValue) == expected?.routings)
      #expect(rule?.lengthDW == expected?.lengthDW && rule?.requiresTC0 == expected?.requiresTC0)
    }
  }

  /// INTx, power management, errors, unlock, slot power, LTR, OBFF and PTM use TC0 (2.2.8.1 to 2.2.8.5, 2.2.8.8 to
  /// 2.2.8.10); all others may use any class.
  @Test func trafficClass() {
    for (code, routings, lengthDW, requiresTC0) in MessageTests.table {
      let (code, routing) = (MessageCode(rawValue: code), MessageRouting(field: routings[0]))
      let length = lengthDW.lowerBound
      #expect(rejection(code, routing, lengthDW: length) == nil)
      let found = rejection(code, routing, lengthDW: length, trafficClass: 3)
      #expect(found == (requiresTC0 ? .trafficClass(3) : nil))
    }
  }

  /// A routing or payload that a code does not have is for the receiver to judge (2.3.1), not malformed.
  @Test func definedMessages() throws {
    var interrupt = TLPHeader.message(.assertINTA, routing: .local, requester: requester)
    #expect(interrupt.isDefinedMessage)
    interrupt.messageRouting = .broadcastFromRoot
    #expect(!interrupt.isDefinedMessage)
    #expect(throws: Never.self) { try TLP(interrupt).decoded() }
    interrupt = TLPHeader(.messageData)
    (interrupt.messageCode, interrupt.messageRouting, interrupt.lengthDW) = (.assertINTA, .local, 1)
    #expect(!interrupt.isDefinedMessage)
    interrupt.messageCode = .setSlotPowerLimit
    #expect(interrupt.isDefinedMessage)
    interrupt.messageCode = MessageCode(rawValue: 0xff)
    #expect(!interrupt.isDefinedMessage)
    #expect(!TLPHeader(.memoryRead).isDefinedMessage)
  }

  /// DRS is local, FRS goes to the root, neither has a payload; the hierarchy ID is broadcast with four dwords
  /// (2.2.8.6.3 to 2.2.8.6.5).
  @Test func messagesOfThePCISIG() {
    let drs: UInt64 = 0x0000_0001_0800_0000
    #expect(rejection(.vendorDefined1, .local, fields: drs) == nil)
    #expect(rejection(.vendorDefined1, .local, trafficClass: 1, fields: drs) == .trafficClass(1))
    #expect(
      rejection(.vendorDefined1, .toRootComplex, fields: drs)
        == .messageRouting(.vendorDefined1, routing: .toRootComplex))
    #expect(
      rejection(.vendorDefined1, .local, lengthDW: 1, fields: drs) == .messagePayload(.vendorDefined1, lengthDW: 1))
    let frs: UInt64 = 0x0000_0001_0900_0003
    #expect(rejection(.vendorDefined1, .toRootComplex, fields: frs) == nil)
    #expect(rejection(.vendorDefined1, .local, fields: frs) == .messageRouting(.vendorDefined1, routing: .local))
    let hierarchy: UInt64 = 0x0000_0001_0100_0000
    #expect(rejection(.vendorDefined1, .broadcastFromRoot, lengthDW: 4, fields: hierarchy) == nil)
    #expect(
      rejection(.vendorDefined1, .broadcastFromRoot, fields: hierarchy)
        == .messagePayload(.vendorDefined1, lengthDW: 0))
    // The same subtype of another vendor, or as type 0, means something else.
    #expect(rejection(.vendorDefined1, .toRootComplex, trafficClass: 1, fields: 0x0000_1de5_0800_0000) == nil)
    #expect(rejection(.vendorDefined0, .toRootComplex, trafficClass: 1, fields: drs) == nil)
  }

  @Test func vendorAndSubtype() {
    var header = TLPHeader.message(.vendorDefined1, routing: .byID, requester: requester)
    header.messageFields = 0x0001_0800_0000
    #expect(header.messageVendorID == 1 && header.messageSubtype == .deviceReadiness)
    header.messageFields = 0x0001_0200_0000
    #expect(header.messageSubtype == nil)
  }

  @Test func reasonsSayWhatWasFound() {
    #expect(
      MalformedTLP.messageRouting(.vendorDefined1, routing: .local).description
        == "message 0x7f with routing 4, expected that of its subtype")
    #expect(
      MalformedTLP.messagePayload(.vendorDefined1, lengthDW: 1).description
        == "message 0x7f with 1 dwords, expected the payload of its subtype")
  }
}
