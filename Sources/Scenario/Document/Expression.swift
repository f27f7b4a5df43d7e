import Diagnostics

/// The indices of the repeats around a step, outermost first.
struct Scope: Sendable {
  private(set) var indices: [(name: String, value: UInt64)] = []

  /// The innermost index of that name.
  subscript(_ name: String) -> UInt64? { indices.last { $0.name == name }?.value }

  func adding(_ name: String, _ value: UInt64) -> Scope {
    var scope = self
    scope.indices.append((name, value))
    return scope
  }

  /// For messages: `i = 2, j = 0`.
  var description: String { indices.map { "\($0.name) = \($0.value)" }.joined(separator: ", ") }
}

/// The integer arithmetic of `"${i * 4096}"`: + - * / % and parentheses over whole numbers and repeat indices.
///
/// Evaluates in 128 bits, so that every 64-bit value and its negation is exact; division truncates towards zero.
struct Expression {
  /// Why a text is no expression, or has no value.
  struct Failure: Error {
    let found: String
    let expected: String
  }

  private static let depthLimit = 64
  private let text: [UInt8]
  private let scope: Scope
  private var at = 0
  private var depth = 0

  private init(_ text: String, _ scope: Scope) {
    self.text = Array(text.utf8)
    self.scope = scope
  }

  /// The value of `text`, which is what stands between the braces.
  static func evaluate(_ text: String, in scope: Scope) throws(Failure) -> Int128 {
    var expression = Expression(text, scope)
    let value = try expression.sum()
    guard expression.next == nil else { throw expression.unexpected("an operator or the end") }
    return value
  }

  /// The next byte that is no space.
  private var next: UInt8? {
    mutating get {
      while at < text.count, text[at] == 0x20 { at += 1 }
      return at < text.count ? text[at] : nil
    }
  }

  private func unexpected(_ expected: String) -> Failure {
    guard at < text.count else { return Failure(found: "the end", expected: expected) }
    let rest = String(decoding: text[at...], as: UTF8.self)
    return Failure(found: String(rest.prefix(1)).quoted, expected: expected)
  }

  private mutating func sum() throws(Failure) -> Int128 {
    var value = try product()
    while let sign = next, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
      at += 1
      let right = try product()
      let plus = sign == UInt8(ascii: "+")
      value = try whole(plus ? value.addingReportingOverflow(right) : value.subtractingReportingOverflow(right))
    }
    return value
  }

  private mutating func product() throws(Failure) -> Int128 {
    var value = try factor()
    while let sign = next, [UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%")].contains(sign) {
      at += 1
      let right = try factor()
      guard sign != UInt8(ascii: "*") else {
        value = try whole(value.multipliedReportingOverflow(by: right))
        continue
      }
      guard right != 0 else { throw Failure(found: "a division by zero", expected: "a divisor that is not zero") }
      let quotient = sign == UInt8(ascii: "/")
      value = try whole(
        quotient ? value.dividedReportingOverflow(by: right) : value.remainderReportingOverflow(dividingBy: right))
    }
    return value
  }

  private mutating func factor() throws(Failure) -> Int128 {
    var negative = false
    while next == UInt8(ascii: "-") {
      negative.toggle()
      at += 1
    }
    let value = try atom()
    return negative ? try whole(Int128(0).subtractingReportingOverflow(value)) : value
  }

  private mutating func atom() throws(Failure) -> Int128 {
    guard let first = next else { throw unexpected("a number, a name or \"(\"") }
    if first == UInt8(ascii: "(") { return try group() }
    let word = String(decoding: text[at...].prefix { $0.isNameByte }, as: UTF8.self)
    guard !word.isEmpty else { throw unexpected("a number, a name or \"(\"") }
    at += word.utf8.count
    if first.isDigit {
      guard let number = UInt64(number: word) else {
        throw Failure(found: word.quoted, expected: "a whole number below 2^64")
      }
      return Int128(number)
    }
    guard let value = scope[word] else {
      let names = scope.indices.map(\.name).joined(separator: ", ")
      throw Failure(
        found: "the unknown name \(word.quoted)",
        expected: names.isEmpty ? "numbers only, since indices exist inside \"repeat\"" : "one of the indices \(names)")
    }
    return Int128(value)
  }

  private mutating func group() throws(Failure) -> Int128 {
    guard depth < Expression.depthLimit else {
      throw Failure(found: "too many parentheses", expected: "at most \(Expression.depthLimit) levels")
    }
    at += 1
    depth += 1
    let value = try sum()
    depth -= 1
    guard next == UInt8(ascii: ")") else { throw unexpected("\")\"") }
    at += 1
    return value
  }

  private func whole(_ result: (partialValue: Int128, overflow: Bool)) throws(Failure) -> Int128 {
    guard !result.overflow else { throw Failure(found: "an overflow", expected: "values below 2^127") }
    return result.partialValue
  }
}

extension UInt64 {
  /// Reads decimal digits, or hexadecimal ones after "0x"; nil for anything else, signs included.
  init?(number text: String) {
    let isHex = text.hasPrefix("0x") || text.hasPrefix("0X")
    let digits = isHex ? text.dropFirst(2) : text[...]
    // The standard library also takes a sign.
    guard digits.utf8.first?.isNameByte == true, let value = UInt64(digits, radix: isHex ? 16 : 10) else { return nil }
    self = value
  }
}
