extension HelperTable {
  /// The functions that uBPF's test tool provides, by the same numbers and names; conformance programs call them.
  public static let test = HelperTable([
    HelperEntry(number: 0, name: "gather_bytes", function: gatherBytes),
    HelperEntry(number: 1, name: "memfrob", function: memfrob),
    HelperEntry(number: 2, name: "trash_registers", function: trashRegisters),
    HelperEntry(number: 3, name: "sqrti", function: squareRoot),
    HelperEntry(number: 4, name: "strcmp_ext", function: compareStrings),
    HelperEntry(number: 5, name: "unwind", function: unwind),
  ])

  /// The low bytes of r1...r5, r1 the most significant.
  private static let gatherBytes: Helper = { call in
    .value([call.r1, call.r2, call.r3, call.r4, call.r5].reduce(0) { $0 << 8 | $1 & 0xff })
  }

  /// XORs r2 bytes at r1 with 42 and returns r1.
  private static let memfrob: Helper = { call in
    guard let bytes = call.mutableBytes(call.r1, call.r2) else {
      return .outOfBounds(.storeOutOfBounds, call.r1, call.r2)
    }
    for index in bytes.indices { bytes[index] ^= 42 }
    return .value(call.r1)
  }

  /// Overwrites what a native call may: only r0 is visible to the program.
  private static let trashRegisters: Helper = { _ in .value(0xf0) }

  /// The integer square root of the low 32 bits of r1.
  private static let squareRoot: Helper = { call in
    .value(UInt64(Double(UInt32(truncatingIfNeeded: call.r1)).squareRoot()))
  }

  /// Compares the zero-terminated strings at r1 and r2: the difference of the first bytes that differ, or 0.
  private static let compareStrings: Helper = { call in
    var offset: UInt64 = 0
    while true {
      let (left, right) = (call.r1 &+ offset, call.r2 &+ offset)
      guard let a = call.bytes(left, 1)?[0] else { return .outOfBounds(.loadOutOfBounds, left, 1) }
      guard let b = call.bytes(right, 1)?[0] else { return .outOfBounds(.loadOutOfBounds, right, 1) }
      if a != b || a == 0 { return .value(UInt64(truncatingIfNeeded: Int(a) - Int(b))) }
      offset &+= 1
    }
  }

  /// A result of 0 ends the program with r0 = 0.
  private static let unwind: Helper = { call in call.r1 == 0 ? .exit(0) : .value(call.r1) }
}
