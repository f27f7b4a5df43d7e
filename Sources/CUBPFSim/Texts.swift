import CUBPFSimHeader

/// Copies `text` into a buffer of the caller, with a NUL at its end.
/// - Returns: the bytes that all of it takes
@discardableResult
func copy(_ text: String, to buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  let bytes = Array(text.utf8)
  guard let buffer, capacity > 0 else { return bytes.count + 1 }
  let count = min(bytes.count, capacity - 1)
  for index in 0..<count { buffer[index] = CChar(bitPattern: bytes[index]) }
  buffer[count] = 0
  return bytes.count + 1
}
