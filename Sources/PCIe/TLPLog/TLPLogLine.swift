import Logs

/// A line that grows field by field, in either form.
struct TLPLogLine {
  var text: [UInt8]
  let form: TLPLogForm

  /// Whether fields are written that have their usual value.
  var isComplete: Bool { form == .jsonLines }

  mutating func put(_ key: TLPLogKey, word: StaticString) {
    open(key)
    quote()
    text.append(word)
    quote()
  }

  mutating func put(_ key: TLPLogKey, word: String) {
    open(key)
    quote()
    text.append(contentsOf: word.utf8)
    quote()
  }

  mutating func put(_ key: TLPLogKey, decimal value: UInt64) {
    open(key)
    text.append(decimal: value)
    if form == .text { text.append(key.unit) }
  }

  /// With `0x`.
  mutating func put(_ key: TLPLogKey, hex value: UInt64, digits: Int) {
    open(key)
    quote()
    text.append("0x")
    text.append(hex: value, digits: digits)
    quote()
  }

  /// Bytes in wire order.
  mutating func put(_ key: TLPLogKey, bytes value: UInt64, count: Int) {
    open(key)
    quote()
    text.append(hex: value, digits: 2 * count)
    quote()
  }

  /// As lspci writes it: `01:00.0`.
  mutating func put(_ key: TLPLogKey, _ id: DeviceID) {
    open(key)
    quote()
    text.append(hex: UInt64(id.bus), digits: 2)
    text.append(UInt8(ascii: ":"))
    text.append(hex: UInt64(id.device), digits: 2)
    text.append(UInt8(ascii: "."))
    text.append(UInt8(ascii: "0") + id.function)
    quote()
  }

  /// First and last, a digit each.
  mutating func put(_ key: TLPLogKey, first: UInt8, last: UInt8) {
    open(key)
    quote()
    text.append(hex: UInt64(first & 0xf))
    text.append(UInt8(ascii: "/"))
    text.append(hex: UInt64(last & 0xf))
    quote()
  }

  /// Joined by points.
  mutating func put(_ key: TLPLogKey, dwords: some Collection<UInt32>) {
    open(key)
    quote()
    var isFirst = true
    for dword in dwords {
      if !isFirst { text.append(UInt8(ascii: ".")) }
      isFirst = false
      text.append(hex: UInt64(dword), digits: 8)
    }
    quote()
  }

  mutating func put(_ key: TLPLogKey, flag: Bool) {
    if form == .text {
      if flag { text.append(key.text) }
    } else {
      text.append(key.json)
      text.append(flag ? "true" : "false")
    }
  }

  mutating func beginTiming() { text.append(form == .text ? " ;" : ",\"timing\":") }
  mutating func endTiming() { if form == .jsonLines { text.append("}}") } }

  private mutating func open(_ key: TLPLogKey) { text.append(form == .text ? key.text : key.json) }
  private mutating func quote() { if form == .jsonLines { text.append(UInt8(ascii: "\"")) } }
}
