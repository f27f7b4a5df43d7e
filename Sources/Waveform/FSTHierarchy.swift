/// Collects the contents of the GEOM and HIER blocks.
struct FSTHierarchy: ~Copyable {
  private var entries = ByteBuffer()
  private(set) var widths: [Int] = []
  private(set) var initialValues: [UInt64] = []
  private(set) var scopeCount = 0
  private(set) var depth = 0
  private var enumHandles: [EnumKey: UInt64] = [:]

  /// Tables are written with values of the signal's width, which is how readers compare them.
  private struct EnumKey: Hashable {
    let table: EnumTable
    let width: Int
  }

  mutating func beginScope(_ name: String) {
    entries.append(FSTFormat.Hierarchy.scope)
    entries.append(FSTFormat.Hierarchy.moduleScope)
    entries.append(terminated: printableName(name))
    // No component name: the scope's type says enough.
    entries.append(0)
    scopeCount += 1
    depth += 1
  }

  mutating func endScope() {
    precondition(depth > 0, "endScope without beginScope")
    entries.append(FSTFormat.Hierarchy.upscope)
    depth -= 1
  }

  mutating func addVariable(
    _ name: String, width: Int, enumeration: EnumTable?, initial: UInt64
  ) -> SignalHandle {
    precondition((1...64).contains(width), "a signal has 1...64 bits")
    if let enumeration { referTo(enumeration, width: width) }
    entries.append(FSTFormat.Hierarchy.regVariable)
    entries.append(FSTFormat.Hierarchy.implicitDirection)
    entries.append(terminated: variableName(name, width: width))
    entries.append(varint: UInt64(width))
    // 0: not an alias of an earlier variable.
    entries.append(varint: 0)
    widths.append(width)
    initialValues.append(initial)
    return SignalHandle(index: widths.count - 1)
  }

  /// Says that the next variable shows its values by `table`, which is defined where it is first used.
  private mutating func referTo(_ table: EnumTable, width: Int) {
    let cases = table.cases(fitting: width)
    if cases.isEmpty { return }
    let key = EnumKey(table: table, width: width)
    if let handle = enumHandles[key] {
      appendEnumAttribute("", handle: handle)
      return
    }
    let handle = UInt64(enumHandles.count + 1)
    enumHandles[key] = handle
    let words =
      [Self.escaped(printableName(table.name)), String(cases.count)] + cases.map { Self.escaped($0.name) }
      + cases.map { binaryDigits($0.value, width: width) }
    appendEnumAttribute(words.joined(separator: " "), handle: handle)
    appendEnumAttribute("", handle: handle)
  }

  /// With text, the definition of table `handle`: name, number of cases, names, values. Without, a reference to it.
  private mutating func appendEnumAttribute(_ text: String, handle: UInt64) {
    entries.append(FSTFormat.Hierarchy.attributeBegin)
    entries.append(FSTFormat.Hierarchy.miscAttribute)
    entries.append(FSTFormat.Hierarchy.enumTable)
    entries.append(terminated: text)
    entries.append(varint: handle)
  }

  /// Words of an enum table are separated by spaces: what is not a plain character is written as a backslash and three
  /// octal digits.
  private static func escaped(_ word: String) -> String {
    if word.isEmpty { return "_" }
    let special = Array("'\"\\?".utf8)
    var text = ""
    for byte in word.utf8 {
      if (0x21...0x7E).contains(byte) && !special.contains(byte) {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\\(byte >> 6)\(byte >> 3 & 7)\(byte & 7)"
      }
    }
    return text
  }

  func appendGeometry(to bytes: inout ByteBuffer) {
    var geometry = ByteBuffer(capacity: widths.count + 16)
    for width in widths { geometry.append(varint: UInt64(width)) }
    var packed = ByteBuffer(capacity: widths.count + 64)
    let packedCount = packed.append(zlib: geometry.base, count: geometry.count)
    bytes.append(FSTFormat.Block.geometry)
    bytes.append(bigEndian: UInt64(24 + packedCount))
    bytes.append(bigEndian: UInt64(geometry.count))
    bytes.append(bigEndian: UInt64(widths.count))
    bytes.append(bytes: packed.base, count: packedCount)
  }

  func appendHierarchy(to bytes: inout ByteBuffer) {
    var packed = ByteBuffer(capacity: entries.count + 64)
    let packedCount = packed.append(lz4: entries.base, count: entries.count)
    bytes.append(FSTFormat.Block.hierarchy)
    bytes.append(bigEndian: UInt64(16 + packedCount))
    bytes.append(bigEndian: UInt64(entries.count))
    bytes.append(bytes: packed.base, count: packedCount)
  }
}
