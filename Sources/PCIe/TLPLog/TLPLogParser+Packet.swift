import Logs

// What the fields of a line make.
extension TLPLogParser {
  mutating func packet() throws(LogLineError) -> TLPLogRecord.Packet {
    let name = try require(.type), format = try require(.format)
    guard !name.spells(TLPLogRecord.malformedType) else { return try malformed(format) }
    guard let type = TLPType.allCases.first(where: { name.spells($0.mnemonic) }) else {
      let types = TLPType.allCases.map { "\($0.mnemonic)" }.joined(separator: " ")
      throw line.refused(name, "one of \(types) \(TLPLogRecord.malformedType)")
    }
    guard let headerDW = type.headerDW.first(where: { format.spells(TLPLogRecord.formatName($0)) }) else {
      throw line.refused(
        format, type.headerDW.map { "\(TLPLogRecord.formatName($0))" }.joined(separator: " or ") + " for this type")
    }
    return .wellFormed(try header(type, headerDW: headerDW), headerDW: headerDW)
  }

  private mutating func malformed(_ format: Token) throws(LogLineError) -> TLPLogRecord.Packet {
    let reason = try word(.reason), token = try require(.header), dwords = try dwords(token)
    var header = RawHeader(dwords: .zero)
    for (index, dword) in dwords.prefix(4).enumerated() { header.dwords[index] = dword }
    guard dwords.count == header.dwordCount else {
      throw line.refused(token, "\(header.dwordCount) dwords, as bit 29 of the first one says, joined by points")
    }
    guard format.spells(TLPLogRecord.formatName(header.dwordCount)) else {
      throw line.refused(format, "\(TLPLogRecord.formatName(header.dwordCount)), as the header has")
    }
    return .malformed(header, reason: reason)
  }

  mutating func prefixes() throws(LogLineError) -> [UInt32] {
    guard let token = take(.prefixes) else { return [] }
    return try dwords(token)
  }

  /// Joined by points.
  private func dwords(_ token: Token) throws(LogLineError) -> [UInt32] {
    var dwords: [UInt32] = []
    for dword in token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      guard dword.count == 8, let value = dword.hexDigits else { throw line.refused(dword, "8 hexadecimal digits") }
      dwords.append(UInt32(value))
    }
    return dwords
  }

  /// Also tells the header of a well-formed packet.
  mutating func ecrc(_ packet: inout TLPLogRecord.Packet) throws(LogLineError) -> TLPLogRecord.ECRC {
    guard case .wellFormed(var header, let headerDW) = packet else { return .absent }
    let ecrc = try choice(.ecrc, of: TLPLogRecord.ECRC.allCases, \.logName, unless: .absent)
    header.digest = ecrc != .absent
    packet = .wellFormed(header, headerDW: headerDW)
    return ecrc
  }

  mutating func payload() throws(LogLineError) -> TLPLogRecord.Payload? {
    guard has(.payloadBytes) else { return nil }
    let bytes = Int(try number(.payloadBytes, in: 1...UInt64(Int.max)))
    let crc = UInt32(try hex(.crc, bits: 32))
    guard let token = take(.data) else { return .init(bytes: bytes, crc: crc, data: nil) }
    guard bytes <= 8, token.count == 2 * bytes, let data = token.hexDigits else {
      throw line.refused(token, bytes <= 8 ? "\(2 * bytes) hexadecimal digits" : "no data of more than 8 bytes")
    }
    return .init(bytes: bytes, crc: crc, data: data)
  }

  private mutating func header(_ type: TLPType, headerDW: Int) throws(LogLineError) -> TLPHeader {
    var header = TLPHeader(type)
    header.requesterID = try id(.requester)
    header.tag = UInt16(try hex(.tag, bits: 10))
    header.trafficClass = UInt8(try number(.trafficClass, in: 0...7, unless: 0))
    header.attributes = try attributes()
    header.poisoned = try flag(.poisoned)
    if type.hasLength { header.lengthDW = Int(try number(.length, in: 1...1024)) }
    if type.isCompletion {
      try readCompletion(&header)
    } else if type.isMessage {
      try readMessage(&header)
    } else {
      try readPlace(&header, headerDW: headerDW)
    }
    return header
  }

  private mutating func attributes() throws(LogLineError) -> TLPAttributes {
    try choice(.attributes, of: TLPAttributes.combinations, \.logName, unless: [])
  }

  private mutating func readCompletion(_ header: inout TLPHeader) throws(LogLineError) {
    header.completerID = try id(.completer)
    header.status = try choice(.status, of: CompletionStatus.allCases, \.mnemonic)
    header.byteCount = Int(try number(.byteCount, in: 1...4096))
    header.byteCountModified = try flag(.byteCountModified)
    header.lowerAddress = UInt8(try hex(.lowerAddress, bits: 7))
  }

  private mutating func readMessage(_ header: inout TLPHeader) throws(LogLineError) {
    header.messageCode = try messageCode()
    header.messageRouting = try choice(.route, of: MessageRouting.allCases, \.logName)
    switch header.messageRouting {
    case .byAddress: header.address = try hex(.address, bits: 64)
    case .byID:
      header.target = try id(.target)
      header.messageFields = try hex(.fields, bits: 48, unless: 0)
    default: header.messageFields = try hex(.fields, bits: 64, unless: 0)
    }
  }

  private mutating func messageCode() throws(LogLineError) -> MessageCode {
    let token = try require(.code)
    if let value = token.hexadecimal, value <= 0xff { return MessageCode(rawValue: UInt8(value)) }
    guard let code = MessageCode.named.first(where: { token.spells($0.name) })?.code else {
      let names = MessageCode.named.map { "\($0.name)" }.joined(separator: " ")
      throw line.refused(token, "0x and 8 bits in hexadecimal, or one of \(names)")
    }
    return code
  }

  /// Of a request for memory, I/O or configuration space.
  private mutating func readPlace(_ header: inout TLPHeader, headerDW: Int) throws(LogLineError) {
    if header.type.isConfig {
      header.target = try id(.target)
      header.register = UInt16(try aligned(.register, bits: 12) >> 2)
    } else {
      header.address = try aligned(.address, bits: headerDW == 4 ? 64 : 32)
    }
    if !header.type.isAtomic { (header.firstBE, header.lastBE) = try byteEnables() }
    if header.type.hasAddressType {
      header.addressType = try choice(.addressType, of: AddressType.allCases, \.logName, unless: .untranslated)
    }
    if header.type.hasProcessingHint, has(.processingHint) {
      header.hasProcessingHint = true
      header.processingHint = UInt8(try number(.processingHint, in: 0...3))
      header.steeringTag = UInt8(try hex(.steeringTag, bits: 8))
    }
  }

  /// The address of a dword.
  private mutating func aligned(_ key: TLPLogKey, bits: Int) throws(LogLineError) -> UInt64 {
    let token = try require(key), address = try hex(token, bits: bits)
    guard address & 3 == 0 else { throw line.refused(token, "a multiple of 4") }
    return address
  }

  private mutating func byteEnables() throws(LogLineError) -> (first: UInt8, last: UInt8) {
    let token = try require(.byteEnables)
    guard token.count == 3, token.dropFirst().first == UInt8(ascii: "/"), let first = token.prefix(1).hexDigits,
      let last = token.suffix(1).hexDigits
    else { throw line.refused(token, "FIRST/LAST, a hexadecimal digit each") }
    return (UInt8(first), UInt8(last))
  }
}
