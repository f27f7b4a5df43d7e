extension TLP {
  /// A memory read; see `TLPHeader.memoryRead`.
  public static func memoryRead(
    address: UInt64, length: Int, tag: UInt16, requester: DeviceID, attributes: TLPAttributes = []
  ) -> TLP {
    TLP(.memoryRead(address: address, length: length, tag: tag, requester: requester, attributes: attributes))
  }

  /// A memory write of `data` at any byte `address`, padded with zeros to whole dwords; the byte enables tell which
  /// bytes count (PCI Express Base Specification 2.2.5). Whole dwords share the storage of `data`.
  public static func memoryWrite(
    address: UInt64, data: [UInt8], requester: DeviceID, attributes: TLPAttributes = []
  ) -> TLP {
    let header = TLPHeader.memoryWrite(
      address: address, length: data.count, requester: requester, attributes: attributes)
    return TLP(memoryWrite: header, address: address, data: data)
  }

  /// The memory write of `data` at byte `address` under `header`, which `TLPHeader.memoryWrite` made for both.
  public init(memoryWrite header: TLPHeader, address: UInt64, data: [UInt8]) {
    self.init(header, payload: TLP.padded(data, offset: Int(address & 3), lengthDW: header.lengthDW))
  }

  /// A configuration read; see `TLPHeader.configRead`.
  public static func configRead(
    target: DeviceID, register: UInt16, byteEnable: UInt8 = 0xf, tag: UInt16, requester: DeviceID,
    isType1: Bool = false
  ) -> TLP {
    TLP(
      .configRead(
        target: target, register: register, byteEnable: byteEnable, tag: tag, requester: requester, isType1: isType1))
  }

  /// A configuration write of `value`, whose bits 7:0 are the first payload byte.
  public static func configWrite(
    target: DeviceID, register: UInt16, value: UInt32, byteEnable: UInt8 = 0xf, tag: UInt16, requester: DeviceID,
    isType1: Bool = false
  ) -> TLP {
    let header = TLPHeader.configWrite(
      target: target, register: register, byteEnable: byteEnable, tag: tag, requester: requester, isType1: isType1)
    return TLP(header, payload: bytes(of: value))
  }

  /// A message without data; see `TLPHeader.message`.
  public static func message(_ code: MessageCode, routing: MessageRouting, requester: DeviceID) -> TLP {
    TLP(.message(code, routing: routing, requester: requester))
  }

  /// A completion without data; see `TLPHeader.completion`.
  public static func completion(
    for request: TLPHeader, status: CompletionStatus, completer: DeviceID, byteCount: Int? = nil
  ) -> TLP {
    TLP(.completion(for: request, status: status, completer: completer, byteCount: byteCount))
  }

  /// A successful completion with all of `payload`, which holds whole dwords from the dword of the first byte on.
  public static func completionData(for request: TLPHeader, payload: [UInt8], completer: DeviceID) -> TLP {
    TLP(.completionData(for: request, completer: completer), payload: payload)
  }

  /// One of several completions of a memory read; `payload` holds the `part.lengthDW` dwords of the part.
  public static func completionData(
    for request: TLPHeader, part: CompletionPart, payload: [UInt8], completer: DeviceID
  ) -> TLP {
    TLP(.completionData(for: request, part: part, completer: completer), payload: payload)
  }

  /// A successful completion of a request for one dword, whose bits 7:0 are the first payload byte.
  public static func completionData(for request: TLPHeader, value: UInt32, completer: DeviceID) -> TLP {
    completionData(for: request, payload: bytes(of: value), completer: completer)
  }

  private static func bytes(of value: UInt32) -> [UInt8] {
    [UInt8(value & 0xff), UInt8(value >> 8 & 0xff), UInt8(value >> 16 & 0xff), UInt8(value >> 24)]
  }

  private static func padded(_ data: [UInt8], offset: Int, lengthDW: Int) -> [UInt8] {
    guard offset != 0 || data.count != lengthDW * 4 else { return data }
    var payload = [UInt8](repeating: 0, count: lengthDW * 4)
    payload.replaceSubrange(offset..<offset + data.count, with: data)
    return payload
  }
}
