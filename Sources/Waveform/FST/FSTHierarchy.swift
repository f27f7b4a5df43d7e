/// Collects the declarations: the contents of the GEOM and HIER blocks, and which signals share words.
struct FSTHierarchy: ~Copyable {
  private var entries = ByteBuffer()
  private(set) var types: [SignalType] = []
  private(set) var initialValues: [SignalValue] = []
  private var words: [(fields: [PlacedField], initial: UInt64)] = []
  private var isInWord: [Bool] = []
  private(set) var scopeCount = 0
  /// Signals and aliases.
  private(set) var variableCount = 0
  private(set) var depth = 0
  /// The signal that says why the dump ends, or nil.
  var endSignal: Int?
  private var enumHandles: [EnumKey: UInt64] = [:]
  private var paths: [String: UInt64] = [:]

  /// Tables are written with values of the signal's width, which is how readers compare them.
  private struct EnumKey: Hashable {
    let table: EnumTable
    let width: Int
  }

  var wordCount: Int { words.count }

  /// The fields of each column of changes: the words, the first one last, then the signals; the column of a signal that
  /// is in a word stays empty.
  var columns: [[PlacedField]] {
    words.reversed().map(\.fields)
      + types.enumerated().map { index, type in
        if isInWord[index] { return [] }
        return [PlacedField(signal: index, mask: type.isWord ? bitMask(width: type.width) : ~0)]
      }
  }

  /// The initial values of the columns.
  var initialWords: [UInt64] {
    words.reversed().map(\.initial) + initialValues.map { if case .bits(let bits) = $0 { bits } else { 0 } }
  }

  // MARK: - Scopes

  mutating func beginScope(_ scope: WaveformScope) {
    if let source = scope.source { appendStem(source) }
    entries.append(FSTFormat.Hierarchy.scope)
    entries.append(scope.kind.rawValue)
    entries.append(terminated: printableName(scope.name))
    entries.append(terminated: scope.component.isEmpty ? "" : printableName(scope.component))
    scopeCount += 1
    depth += 1
  }

  mutating func endScope() {
    precondition(depth > 0, "endScope without beginScope")
    entries.append(FSTFormat.Hierarchy.upscope)
    depth -= 1
  }

  mutating func addComment(_ text: String) {
    appendAttribute(FSTFormat.Hierarchy.comment, oneLine(text), argument: 0)
  }

  /// The path gets a number where it is first used; a stem is that number, as the bytes of a variable-length integer,
  /// and the line.
  private mutating func appendStem(_ source: WaveformScope.SourceStem) {
    let known = paths[source.path]
    let number = known ?? UInt64(paths.count + 1)
    if known == nil {
      paths[source.path] = number
      appendAttribute(FSTFormat.Hierarchy.pathName, oneLine(source.path), argument: number)
    }
    entries.append(FSTFormat.Hierarchy.attributeBegin)
    entries.append(FSTFormat.Hierarchy.miscAttribute)
    entries.append(FSTFormat.Hierarchy.sourceStem)
    entries.append(varint: number)
    entries.append(0)
    entries.append(varint: UInt64(source.line))
  }

  private mutating func appendAttribute(_ kind: UInt8, _ text: String, argument: UInt64) {
    entries.append(FSTFormat.Hierarchy.attributeBegin)
    entries.append(FSTFormat.Hierarchy.miscAttribute)
    entries.append(kind)
    entries.append(terminated: text)
    entries.append(varint: argument)
  }

  // MARK: - Signals

  mutating func addVariable(_ variable: WaveformVariable) -> SignalHandle {
    let type = variable.type
    if type.isVector {
      precondition((1...SignalType.widthLimit).contains(type.width), "a vector has 1...\(SignalType.widthLimit) bits")
    }
    append(variable.name, type, variable.enumeration, direction: variable.direction.rawValue, alias: 0)
    types.append(type)
    initialValues.append(variable.initial)
    isInWord.append(false)
    return SignalHandle(index: types.count - 1)
  }

  mutating func addAlias(_ name: String, of signal: SignalHandle, enumeration: EnumTable?) {
    append(name, types[signal.index], enumeration, direction: 0, alias: UInt64(signal.index + 1))
  }

  mutating func addWord(_ fields: [WordField], initial: UInt64) -> WordHandle {
    for field in fields {
      precondition(types[field.signal.index].isWord, "a field of a word has two states and at most 64 bits")
      precondition(!isInWord[field.signal.index], "a signal is in one word")
      isInWord[field.signal.index] = true
    }
    words.append((fields.map { PlacedField($0, width: types[$0.signal.index].width) }, initial))
    // Nobody knows yet how many signals there will be, so words count downwards.
    return WordHandle(index: -words.count)
  }

  private mutating func append(
    _ name: String, _ type: SignalType, _ enumeration: EnumTable?, direction: UInt8, alias: UInt64
  ) {
    let variable: UInt8
    switch type {
    case .event: variable = FSTFormat.Hierarchy.eventVariable
    case .bits, .logic: variable = FSTFormat.Hierarchy.regVariable
    case .real: variable = FSTFormat.Hierarchy.realVariable
    case .text: variable = FSTFormat.Hierarchy.textVariable
    }
    if let enumeration, type.width > 0 { referTo(enumeration, width: type.width) }
    entries.append(variable)
    entries.append(direction)
    entries.append(terminated: variableName(name, width: type.width))
    entries.append(varint: type == .real ? 8 : UInt64(type.width))
    entries.append(varint: alias)
    variableCount += 1
  }

  // MARK: - Enumerations

  /// Says that the next variable shows its values by `table`, which is defined where it is first used.
  private mutating func referTo(_ table: EnumTable, width: Int) {
    let cases = table.cases(fitting: min(width, 64))
    if cases.isEmpty { return }
    let key = EnumKey(table: table, width: width)
    if let handle = enumHandles[key] {
      appendAttribute(FSTFormat.Hierarchy.enumTable, "", argument: handle)
      return
    }
    let handle = UInt64(enumHandles.count + 1)
    enumHandles[key] = handle
    let words =
      [Self.escaped(printableName(table.name)), String(cases.count)] + cases.map { Self.escaped($0.name) }
      + cases.map { binaryDigits($0.value, width: width) }
    // With text, the definition of a table: name, number of cases, names, values. Without, a reference to it.
    appendAttribute(FSTFormat.Hierarchy.enumTable, words.joined(separator: " "), argument: handle)
    appendAttribute(FSTFormat.Hierarchy.enumTable, "", argument: handle)
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

  // MARK: - Blocks

  func appendGeometry(to bytes: inout ByteBuffer) {
    var geometry = ByteBuffer(capacity: types.count + 16)
    for type in types { geometry.append(varint: FSTSignal(type, frameOffset: 0).geometry) }
    var packed = ByteBuffer(capacity: types.count + 64)
    let packedCount = packed.append(zlib: geometry.base, count: geometry.count)
    bytes.append(FSTFormat.Block.geometry)
    bytes.append(bigEndian: UInt64(24 + packedCount))
    bytes.append(bigEndian: UInt64(geometry.count))
    bytes.append(bigEndian: UInt64(types.count))
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
