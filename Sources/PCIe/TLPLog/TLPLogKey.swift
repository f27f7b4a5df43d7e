/// What a record of a TLP log consists of. The order is that of a line.
enum TLPLogKey: UInt8, CaseIterable {
  // In text these have places, not names.
  case link, direction, type, format
  // The packet.
  case reason, header, prefixes, requester, completer, tag, target, register, address, length, byteEnables, addressType
  case processingHint, steeringTag, code, route, fields, status, byteCount, byteCountModified, lowerAddress
  case trafficClass, attributes, poisoned, ecrc, payloadBytes, crc, data
  // The link.
  case replay, fate
  case sequence, wireBytes, start, end, arrival

  /// What stands before the value in text. A flag is its key alone.
  var text: StaticString {
    switch self {
    case .link: ""
    case .direction, .type, .format: " "
    case .reason: " why="
    case .header: " header="
    case .prefixes: " prefix="
    case .requester: " req="
    case .completer: " cpl="
    case .tag: " tag="
    case .target: " target="
    case .register: " reg="
    case .address: " addr="
    case .length: " len="
    case .byteEnables: " be="
    case .addressType: " at="
    case .processingHint: " ph="
    case .steeringTag: " st="
    case .code: " code="
    case .route: " route="
    case .fields: " fields="
    case .status: " status="
    case .byteCount: " count="
    case .byteCountModified: " bcm"
    case .lowerAddress: " lower="
    case .trafficClass: " tc="
    case .attributes: " attr="
    case .ecrc: " ecrc="
    case .poisoned: " poisoned"
    case .payloadBytes: " bytes="
    case .crc: " crc="
    case .data: " data="
    case .replay: " replay"
    case .fate: " fate="
    case .sequence: " seq="
    case .wireBytes: " wire="
    case .start: " t="
    case .end: " end="
    case .arrival: " arr="
    }
  }

  /// What stands before the value in JSON.
  var json: StaticString {
    switch self {
    case .link: "{\"link\":"
    case .direction: ",\"direction\":"
    case .type: ",\"type\":"
    case .format: ",\"format\":"
    case .reason: ",\"why\":"
    case .header: ",\"header\":"
    case .prefixes: ",\"prefixes\":"
    case .requester: ",\"requester\":"
    case .completer: ",\"completer\":"
    case .tag: ",\"tag\":"
    case .target: ",\"target\":"
    case .register: ",\"register\":"
    case .address: ",\"address\":"
    case .length: ",\"length_dw\":"
    case .byteEnables: ",\"byte_enables\":"
    case .addressType: ",\"address_type\":"
    case .processingHint: ",\"processing_hint\":"
    case .steeringTag: ",\"steering_tag\":"
    case .code: ",\"code\":"
    case .route: ",\"route\":"
    case .fields: ",\"fields\":"
    case .status: ",\"status\":"
    case .byteCount: ",\"byte_count\":"
    case .byteCountModified: ",\"byte_count_modified\":"
    case .lowerAddress: ",\"lower_address\":"
    case .trafficClass: ",\"traffic_class\":"
    case .attributes: ",\"attributes\":"
    case .ecrc: ",\"ecrc\":"
    case .poisoned: ",\"poisoned\":"
    case .payloadBytes: ",\"payload_bytes\":"
    case .crc: ",\"crc\":"
    case .data: ",\"data\":"
    case .replay: ",\"replay\":"
    case .fate: ",\"fate\":"
    case .sequence: "{\"sequence\":"
    case .wireBytes: ",\"wire_bytes\":"
    case .start: ",\"start_ps\":"
    case .end: ",\"end_ps\":"
    case .arrival: ",\"arrival_ps\":"
    }
  }

  /// What follows a number in text.
  var unit: StaticString {
    switch self {
    case .length: "dw"
    case .start, .end, .arrival: "ps"
    default: ""
    }
  }

  var hasPlace: Bool { rawValue <= TLPLogKey.format.rawValue }
  var isTiming: Bool { rawValue >= TLPLogKey.sequence.rawValue }
  var isFlag: Bool { self == .byteCountModified || self == .poisoned || self == .replay }

  /// The name alone, as messages give it: `tag=` or `"tag"`.
  func name(in form: TLPLogForm) -> String {
    switch form {
    case .text: hasPlace ? "the \(self)" : String("\(text)".dropFirst())
    case .jsonLines: String("\(json)".dropFirst().dropLast())
    }
  }
}
