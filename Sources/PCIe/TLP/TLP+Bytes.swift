extension TLP {
  /// The packet in wire order: prefixes, header, payload, ECRC (PCI Express Base Specification 2.1.2). `wireBytes` long.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(wireBytes)
    for prefix in extras?.prefixes ?? [] { bytes.append(bigEndian: prefix) }
    if let cut = extras?.cutHeaderBytes { return bytes + header.leadingBytes(cut) }
    bytes += header.bytes
    bytes += payload
    if let ecrc { bytes.append(bigEndian: ecrc) }
    return bytes
  }

  /// Reads a whole packet in wire order. A wrong ECRC is no reason to refuse it; see `hasValidECRC`.
  /// - Throws: `MalformedTLP` for the first rule of 2.2 that the packet breaks.
  public init(bytes: some Collection<UInt8>) throws(MalformedTLP) {
    self.init(lenient: bytes)
    _ = try decoded()
  }

  /// Takes any bytes as they come, so that a malformed packet can travel too: `bytes` gives them back, and `decoded()`
  /// says what is wrong with them.
  ///
  /// Whatever follows the header is payload, but for the ECRC that TD promises: the last four bytes, if as many
  /// are left beyond the payload that Length asks for. `header` of a packet that ends within it reads as if zeros
  /// followed, and `payload` is then empty.
  public init(lenient bytes: some Collection<UInt8>) {
    var rest = bytes[...]
    var prefixes: [UInt32] = []
    while rest.count >= 4, let byte0 = rest.first, TLPPrefix.isPrefix(byte0: byte0) {
      prefixes.append(rest.prefix(4).bigEndianValue)
      rest = rest.dropFirst(4)
    }
    header = RawHeader(bytes: rest)
    guard rest.count >= header.byteCount else {
      payload = []
      extras = TLPExtras(prefixes: prefixes, cutHeaderBytes: rest.count)
      return
    }
    rest = rest.dropFirst(header.byteCount)
    guard header.hasDigest else {
      payload = Array(rest)
      extras = TLPExtras(prefixes: prefixes)
      return
    }
    guard rest.count >= header.payloadBytes + 4 else {
      payload = Array(rest)
      extras = TLPExtras(prefixes: prefixes, digest: .missing)
      return
    }
    payload = Array(rest.dropLast(4))
    extras = TLPExtras(prefixes: prefixes)
    ecrc = rest.suffix(4).bigEndianValue
  }

  /// How many bytes a packet has by the prefixes and the header that it begins with: ECRC and the payload that Length asks
  /// for included, Length of a reserved type not. Nil as long as `start` does not tell.
  public static func announcedBytes(_ start: some Collection<UInt8>) -> Int? {
    var rest = start[...]
    while rest.count >= 4, let byte0 = rest.first, TLPPrefix.isPrefix(byte0: byte0) { rest = rest.dropFirst(4) }
    guard rest.count >= 4 else { return nil }
    let header = RawHeader(bytes: rest)
    return start.count - rest.count + header.byteCount + header.payloadBytes + (header.hasDigest ? 4 : 0)
  }

  /// The decoded header of a packet that keeps all the rules. A wrong ECRC breaks none of them; see `hasValidECRC`.
  /// - Throws: `MalformedTLP` for the first rule of 2.2 broken, or if the payload exceeds `maxPayload` bytes.
  public func decoded(maxPayload: Int = 4096) throws(MalformedTLP) -> TLPHeader {
    if let extras { try checkExtras(extras) }
    return try TLPHeader(decoding: header, payloadBytes: payload.count, maxPayload: maxPayload)
  }

  private func checkExtras(_ extras: TLPExtras) throws(MalformedTLP) {
    _ = try prefixes()
    if let cut = extras.cutHeaderBytes {
      if cut == 0 && !extras.prefixes.isEmpty { throw .prefixWithoutHeader(prefixes: extras.prefixes.count) }
      if TLPPrefix.isPrefix(byte0: header.byte0) { throw .prefixTooShort(bytes: cut) }
      guard header.type != nil else { throw .reservedType(byte0: header.byte0) }
      throw .headerTooShort(bytes: cut, expected: header.byteCount)
    }
    guard header.type != nil else { throw .reservedType(byte0: header.byte0) }
    let beyond = payload.count - header.payloadBytes
    if extras.digest == .missing && beyond >= 0 { throw .missingECRC(bytes: beyond) }
  }
}

extension RawHeader {
  /// The first `count` of 16 bytes in wire order.
  func leadingBytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: dwords[$0 / 4] >> UInt32(24 - $0 % 4 * 8)) }
  }

  /// Bytes of payload that the header announces: 4 x Length in a type that carries data, none otherwise.
  var payloadBytes: Int { type?.carriesData == true ? lengthDW * 4 : 0 }
}

extension [UInt8] {
  mutating func append(bigEndian value: UInt32) {
    for shift in [24, 16, 8, 0] { append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
  }
}

extension Collection<UInt8> {
  /// The bytes as a number, the first one the most significant.
  var bigEndianValue: UInt32 { reduce(0) { $0 << 8 | UInt32($1) } }
}
