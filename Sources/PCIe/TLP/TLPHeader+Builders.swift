extension TLPHeader {
  /// A memory read of `length` bytes at any byte `address`; length 0 is the zero-length read (flush) of one dword
  /// with no byte enabled (PCI Express Base Specification 2.2.5, 2.2.7). It must not cross a 4 KiB boundary.
  public static func memoryRead(
    address: UInt64, length: Int, tag: UInt16, requester: DeviceID, attributes: TLPAttributes = []
  ) -> TLPHeader {
    memoryRequest(.memoryRead, address: address, length: length, tag: tag, requester: requester, attributes: attributes)
  }

  /// The header of a memory write of `length` bytes at any byte `address`, which must not cross a 4 KiB boundary
  /// (2.2.7). Posted requests need no tag.
  public static func memoryWrite(
    address: UInt64, length: Int, requester: DeviceID, attributes: TLPAttributes = []
  ) -> TLPHeader {
    memoryRequest(.memoryWrite, address: address, length: length, tag: 0, requester: requester, attributes: attributes)
  }

  private static func memoryRequest(
    _ type: TLPType, address: UInt64, length: Int, tag: UInt16, requester: DeviceID, attributes: TLPAttributes
  ) -> TLPHeader {
    precondition(length >= 0 && Int(address & 0xfff) + length <= 4096, "request crosses a 4 KiB boundary")
    let enables = ByteEnables.of(address: address, length: length)
    var header = TLPHeader(type)
    header.attributes = attributes
    header.lengthDW = ByteEnables.lengthDW(address: address, length: length)
    header.requesterID = requester
    header.tag = tag
    header.firstBE = enables.first
    header.lastBE = enables.last
    header.address = address & ~3
    return header
  }

  /// A configuration read of dword `register` (0...1023). Type 0 has reached its bus, type 1 still travels through
  /// bridges (2.2.7).
  public static func configRead(
    target: DeviceID, register: UInt16, byteEnable: UInt8 = 0xf, tag: UInt16, requester: DeviceID,
    isType1: Bool = false
  ) -> TLPHeader {
    configRequest(isType1 ? .configRead1 : .configRead0, target, register, byteEnable, tag, requester)
  }

  /// The header of a configuration write of dword `register` (0...1023) (2.2.7).
  public static func configWrite(
    target: DeviceID, register: UInt16, byteEnable: UInt8 = 0xf, tag: UInt16, requester: DeviceID,
    isType1: Bool = false
  ) -> TLPHeader {
    configRequest(isType1 ? .configWrite1 : .configWrite0, target, register, byteEnable, tag, requester)
  }

  private static func configRequest(
    _ type: TLPType, _ target: DeviceID, _ register: UInt16, _ byteEnable: UInt8, _ tag: UInt16, _ requester: DeviceID
  ) -> TLPHeader {
    var header = TLPHeader(type)
    header.lengthDW = 1
    header.requesterID = requester
    header.tag = tag
    header.firstBE = byteEnable & 0xf
    header.target = target
    header.register = register
    return header
  }

  /// A message without data (2.2.8).
  public static func message(_ code: MessageCode, routing: MessageRouting, requester: DeviceID) -> TLPHeader {
    var header = TLPHeader(.message)
    header.requesterID = requester
    header.messageCode = code
    header.messageRouting = routing
    return header
  }

  /// A completion without data: the end of a write, or of any request that failed (2.2.9).
  /// - Parameter byteCount: what was still to come of a memory read that failed half-way; nil for all of it.
  public static func completion(
    for request: TLPHeader, status: CompletionStatus, completer: DeviceID, byteCount: Int? = nil
  ) -> TLPHeader {
    let type: TLPType = request.type == .memoryReadLocked ? .completionLocked : .completion
    var header = answer(type, to: request, completer: completer)
    header.status = status
    if let byteCount {
      let done = request.completionByteCount - byteCount
      header.byteCount = byteCount
      header.lowerAddress = UInt8((Int(request.completionLowerAddress) + done) & 0x7f)
    }
    return header
  }

  /// The header of a successful completion that carries all the data asked for (2.2.9).
  public static func completionData(for request: TLPHeader, completer: DeviceID) -> TLPHeader {
    let type: TLPType = request.type == .memoryReadLocked ? .completionDataLocked : .completionData
    var header = answer(type, to: request, completer: completer)
    header.lengthDW = request.type == .compareAndSwap ? request.lengthDW / 2 : request.lengthDW
    return header
  }

  /// The header of one of several successful completions of a memory read (2.3.1.1).
  public static func completionData(
    for request: TLPHeader, part: CompletionPart, completer: DeviceID
  ) -> TLPHeader {
    var header = completionData(for: request, completer: completer)
    header.lengthDW = part.lengthDW
    header.byteCount = part.byteCount
    header.lowerAddress = part.lowerAddress
    return header
  }

  /// Requester ID, tag, traffic class and attributes of the request come back unchanged (2.2.9).
  private static func answer(_ type: TLPType, to request: TLPHeader, completer: DeviceID) -> TLPHeader {
    var header = TLPHeader(type)
    header.trafficClass = request.trafficClass
    header.attributes = request.attributes
    header.requesterID = request.requesterID
    header.tag = request.tag
    header.completerID = completer
    header.byteCount = request.completionByteCount
    header.lowerAddress = request.completionLowerAddress
    return header
  }
}
