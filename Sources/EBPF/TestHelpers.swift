/// The helper functions that uBPF's test tool provides, by the same numbers; conformance programs call them.
public enum TestHelpers {
  public static let all: [Int32: Helper] = [
    0: gatherBytes, 1: memfrob, 2: trashRegisters, 3: squareRoot, 4: compareStrings, 5: unwind,
  ]

  /// The names under which an object may call them, for ``ProgramLoader``.
  public static let numbers: [String: Int32] = [
    "gather_bytes": 0, "memfrob": 1, "trash_registers": 2, "sqrti": 3, "strcmp_ext": 4, "unwind": 5,
  ]

  /// The low bytes of r1...r5, r1 the most significant.
  static let gatherBytes: Helper = { call in
    .value([call.r1, call.r2, call.r3, call.r4, call.r5].reduce(0) { $0 << 8 | $1 & 0xff })
  }

  /// XORs r2 bytes at r1 with 42 and returns r1.
  static let memfrob: Helper = { call in
    guard let bytes = call.mutableBytes(call.r1, call.r2) else {
      return .fault(.storeOutOfBounds, address: call.r1, size: Int(clamping: call.r2))
    }
    for index in bytes.indices { bytes[index] ^= 42 }
    return .value(call.r1)
  }

  /// Overwrites what a native call may: only r0 is visible to the program.
  static let trashRegisters: Helper = { _ in .value(0xf0) }

  /// The integer square root of the low 32 bits of r1.
  static let squareRoot: Helper = { call in
    .value(UInt64(Double(UInt32(truncatingIfNeeded: call.r1)).squareRoot()))
  }

  /// Compares the zero-terminated strings at r1 and r2: the difference of the first bytes that differ, or 0.
  static let compareStrings: Helper = { call in
    var offset: UInt64 = 0
    while true {
      guard let left = call.bytes(call.r1 &+ offset, 1) else {
        return .fault(.loadOutOfBounds, address: call.r1 &+ offset, size: 1)
      }
      guard let right = call.bytes(call.r2 &+ offset, 1) else {
        return .fault(.loadOutOfBounds, address: call.r2 &+ offset, size: 1)
      }
      if left[0] != right[0] || left[0] == 0 {
        return .value(UInt64(truncatingIfNeeded: Int(left[0]) - Int(right[0])))
      }
      offset &+= 1
    }
  }

  /// A result of 0 ends the program with r0 = 0.
  static let unwind: Helper = { call in call.r1 == 0 ? .exit(0) : .value(call.r1) }
}
