import Logs
import SimKernel
import Transactions

/// A counter as its events name it. Most events are those of counters, so what they share is made once.
struct CounterTrack {
  /// What stands before the time, and between it and the value.
  private let head: [UInt8]
  private let middle: [UInt8]

  init(process: Int, name: String) {
    var head: [UInt8] = [], middle: [UInt8] = []
    head.append("{\"ph\":\"C\",\"pid\":")
    head.append(decimal: UInt64(process))
    head.append(",\"ts\":")
    middle.append(",\"name\":")
    middle.append(json: name)
    middle.append(",\"args\":{\"value\":")
    (self.head, self.middle) = (head, middle)
  }

  @inline(__always) func write(at time: Picoseconds, to text: inout [UInt8], value: (inout [UInt8]) -> Void) {
    text.append(contentsOf: head)
    text.append(microseconds: time)
    text.append(contentsOf: middle)
    value(&text)
    text.append("}}")
  }
}

// Pieces of an event as JSON.
extension [UInt8] {
  /// What every event begins with.
  /// - Parameters:
  ///   - phase: `ph`, one letter
  ///   - time: nil for an event that holds for the whole file
  ///   - name: nil for the end of a span, which has it from its begin
  mutating func beginEvent(
    _ phase: StaticString, process: Int, thread: Int? = nil, _ time: Picoseconds?, _ name: String? = nil
  ) {
    append("{\"ph\":\"")
    append(phase)
    append("\",\"pid\":")
    append(decimal: UInt64(process))
    if let thread {
      append(",\"tid\":")
      append(decimal: UInt64(thread))
    }
    if let time {
      append(",\"ts\":")
      append(microseconds: time)
    }
    if let name {
      append(",\"name\":")
      append(json: name)
    }
  }

  /// What an event ends with.
  mutating func append(arguments details: [TransactionDetail]) {
    if !details.isEmpty {
      append(",\"args\":{")
      for (index, detail) in details.enumerated() {
        if index > 0 { append(",") }
        append(json: detail.key)
        append(":")
        append(detail.value)
      }
      append("}")
    }
    append("}")
  }

  private mutating func append(_ value: TransactionDetail.Value) {
    switch value {
    case .number(let number): append(decimal: number)
    case .hex(let word):
      append("\"0x")
      append(hex: word)
      append("\"")
    case .text(let text): append(json: text)
    }
  }

  /// The unit of the format, with all digits of a picosecond.
  mutating func append(microseconds time: Picoseconds) { append(time, decimals: 6) }

  mutating func append(thousandths value: UInt64) { append(value, decimals: 3) }

  private mutating func append(_ value: UInt64, decimals: Int) {
    var scale: UInt64 = 1
    for _ in 0..<decimals { scale *= 10 }
    append(decimal: value / scale)
    append(".")
    var digit = scale / 10, rest = value % scale
    while digit > 0 {
      append(UInt8(ascii: "0") + UInt8(rest / digit))
      rest %= digit
      digit /= 10
    }
  }
}
