/// The HDR block. It is written first and again after each section, so that the file always ends, for a reader, where
/// the last whole section ends, even when the simulator gets killed.
struct FSTHeader {
  var startTime: UInt64 = 0
  var endTime: UInt64 = 0
  var scopeCount = 0
  /// With aliases.
  var variableCount = 0
  var signalCount = 0
  var sectionCount = 0
  /// Memory the writer used, of interest to nobody; a constant keeps files comparable.
  var writerMemory = 0
  /// Why the dump ended, once it has.
  var endReason = unfinishedText

  func append(to bytes: inout ByteBuffer) {
    bytes.append(FSTFormat.Block.header)
    bytes.append(bigEndian: FSTFormat.headerLength)
    bytes.append(bigEndian: startTime)
    bytes.append(bigEndian: endTime)
    withUnsafeBytes(of: FSTFormat.endianTest) { bytes.append(bytes: $0.baseAddress!, count: $0.count) }
    bytes.append(bigEndian: UInt64(writerMemory))
    bytes.append(bigEndian: UInt64(scopeCount))
    bytes.append(bigEndian: UInt64(variableCount))
    bytes.append(bigEndian: UInt64(signalCount))
    bytes.append(bigEndian: UInt64(sectionCount))
    bytes.append(UInt8(bitPattern: FSTFormat.timescaleExponent))
    bytes.append(text: "\(writerName) (\(endReason))", paddedTo: FSTFormat.writerTextSize)
    bytes.append(text: constantDate, paddedTo: FSTFormat.dateTextSize)
    // File type: Verilog. Then the offset of time zero.
    bytes.append(0)
    bytes.append(bigEndian: 0)
  }
}

/// What both formats name as their writer.
let writerName = "ubpf-sim"

/// The date in both formats: equal simulations give equal files, so there is no wall clock.
let constantDate = "Thu Jan  1 00:00:00 1970"
