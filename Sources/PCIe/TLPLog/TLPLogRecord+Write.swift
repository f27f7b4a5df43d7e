// A record as a line of a log, as specs/tlp-log.md describes it.
extension TLPLogRecord {
  /// The record as a line of a log, without its line feed.
  public func line(_ form: TLPLogForm = .text) -> String {
    var text: [UInt8] = []
    write(form, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// What the packet is, as a line in text says it, without link and timing: from its type to its payload.
  public var packetText: String {
    var line = TLPLogLine(text: [], form: .text)
    writePacket(to: &line)
    // Each field begins with a blank.
    return String(decoding: line.text.dropFirst(), as: UTF8.self)
  }

  /// Appends the line of the record, without its line feed.
  public func write(_ form: TLPLogForm, to text: inout [UInt8]) {
    var line = TLPLogLine(text: [], form: form)
    swap(&line.text, &text)
    line.put(.link, word: link)
    line.put(.direction, word: direction.logName)
    writePacket(to: &line)
    line.put(.replay, flag: isReplay)
    if line.isComplete || fate != .delivered { line.put(.fate, word: fate.logName) }
    writeTiming(to: &line)
    swap(&line.text, &text)
  }

  private func writePacket(to line: inout TLPLogLine) {
    switch packet {
    case .wellFormed(let header, let headerDW):
      line.put(.type, word: header.type.mnemonic)
      line.put(.format, word: TLPLogRecord.formatName(headerDW))
      writePrefixes(to: &line)
      header.write(headerDW: headerDW, to: &line)
      let ecrc: ECRC = !header.digest ? .absent : hasWrongECRC ? .wrong : .right
      if line.isComplete || ecrc != .absent { line.put(.ecrc, word: ecrc.logName) }
    case .malformed(let header, let reason):
      line.put(.type, word: TLPLogRecord.malformedType)
      line.put(.format, word: TLPLogRecord.formatName(header.dwordCount))
      line.put(.reason, word: reason)
      line.put(.header, dwords: (0..<header.dwordCount).map { header.dwords[$0] })
      writePrefixes(to: &line)
    }
    payload?.write(to: &line)
  }

  private func writePrefixes(to line: inout TLPLogLine) {
    if !prefixes.isEmpty { line.put(.prefixes, dwords: prefixes) }
  }

  private func writeTiming(to line: inout TLPLogLine) {
    line.beginTiming()
    line.put(.sequence, decimal: UInt64(sequence))
    line.put(.wireBytes, decimal: UInt64(wireBytes))
    line.put(.start, decimal: start)
    line.put(.end, decimal: end)
    line.put(.arrival, decimal: arrival)
    line.endTiming()
  }

  /// Stands in the place of the type.
  static let malformedType: StaticString = "Malformed"

  static func formatName(_ headerDW: Int) -> StaticString { headerDW == 4 ? "4DW" : "3DW" }
}

extension TLPLogRecord.Payload {
  fileprivate func write(to line: inout TLPLogLine) {
    line.put(.payloadBytes, decimal: UInt64(bytes))
    line.put(.crc, hex: UInt64(crc), digits: 8)
    if let data { line.put(.data, bytes: data, count: bytes) }
  }
}

extension TLPHeader {
  fileprivate func write(headerDW: Int, to line: inout TLPLogLine) {
    line.put(.requester, requesterID)
    if type.isCompletion { line.put(.completer, completerID) }
    line.put(.tag, hex: UInt64(tag), digits: 2)
    if type.isCompletion {
      writeCompletion(to: &line)
    } else if type.isMessage {
      writeMessage(to: &line)
    } else {
      writePlace(headerDW: headerDW, to: &line)
    }
    if line.isComplete || trafficClass != 0 { line.put(.trafficClass, decimal: UInt64(trafficClass)) }
    if line.isComplete || !attributes.isEmpty { line.put(.attributes, word: attributes.logName) }
    line.put(.poisoned, flag: poisoned)
  }

  /// Of a request for memory, I/O or configuration space.
  private func writePlace(headerDW: Int, to line: inout TLPLogLine) {
    if type.isConfig {
      line.put(.target, target)
      line.put(.register, hex: UInt64(register) << 2, digits: 3)
    } else {
      line.put(.address, hex: address, digits: headerDW == 4 ? 16 : 8)
    }
    line.put(.length, decimal: UInt64(lengthDW))
    if !type.isAtomic { line.put(.byteEnables, first: firstBE, last: lastBE) }
    guard type.hasAddressType else { return }
    if line.isComplete || addressType != .untranslated { line.put(.addressType, word: addressType.logName) }
    guard hasProcessingHint else { return }
    line.put(.processingHint, decimal: UInt64(processingHint))
    line.put(.steeringTag, hex: UInt64(steeringTag), digits: 2)
  }

  private func writeMessage(to line: inout TLPLogLine) {
    if let name = MessageCode.named.first(where: { $0.code == messageCode })?.name {
      line.put(.code, word: name)
    } else {
      line.put(.code, hex: UInt64(messageCode.rawValue), digits: 2)
    }
    line.put(.route, word: messageRouting.logName)
    if messageRouting == .byAddress { line.put(.address, hex: address, digits: 16) }
    if messageRouting == .byID { line.put(.target, target) }
    if messageRouting != .byAddress, line.isComplete || messageFields != 0 {
      line.put(.fields, hex: messageFields, digits: messageRouting == .byID ? 12 : 16)
    }
    if type.hasLength { line.put(.length, decimal: UInt64(lengthDW)) }
  }

  private func writeCompletion(to line: inout TLPLogLine) {
    line.put(.status, word: status.mnemonic)
    if type.hasLength { line.put(.length, decimal: UInt64(lengthDW)) }
    line.put(.byteCount, decimal: UInt64(byteCount))
    line.put(.byteCountModified, flag: byteCountModified)
    line.put(.lowerAddress, hex: UInt64(lowerAddress), digits: 2)
  }
}

extension TLPType {
  /// AT is reserved in I/O and configuration requests (2.2.4.1).
  var hasAddressType: Bool { isMemoryRead || self == .memoryWrite || isAtomic }

  /// TH is reserved elsewhere, and in locked reads (2.2.7.1).
  var hasProcessingHint: Bool { hasAddressType && self != .memoryReadLocked }

  /// Dwords that a header of this type may have (2.2.1).
  var headerDW: ClosedRange<Int> { isMessage ? 4...4 : hasLongForm ? 3...4 : 3...3 }
}
