import SimKernel

/// Steps that touch BAR4 by address.
extension StepReader {
  func mmioWrite(_ fields: StepFields) throws(ScenarioError) -> Step.MMIOWrite {
    let (address, size) = try access(fields)
    let value = try fields.requiredNumber("value")
    try checkFits(value, size, fields, "value")
    return .init(address: address, size: size, value: value)
  }

  func mmioRead(_ fields: StepFields) throws(ScenarioError) -> Step.MMIORead {
    let (address, size) = try access(fields)
    return .init(address: address, size: size, expected: try expectation(fields, size))
  }

  func poll(_ fields: StepFields) throws(ScenarioError) -> Step.Poll {
    let (address, size) = try access(fields)
    return .init(
      address: address, size: size, expected: try masked(fields, size),
      interval: try fields.number("interval") ?? system.driver.pollInterval,
      timeout: try fields.number("timeout") ?? system.driver.runTimeout)
  }

  /// Address and size of an access that lies inside the BAR and in one 4 KiB block, as one TLP must (Base
  /// Specification 2.2.7).
  private func access(_ fields: StepFields) throws(ScenarioError) -> (UInt64, Int) {
    let address = try fields.requiredNumber("address")
    let size = try fields.number("size") ?? 4
    guard address + size <= Payloads.barSize else {
      let value = fields.object["address"]!
      throw value.mismatch(
        "an access inside the 16 MiB of BAR4", found: "\(value.shown(in: fields.scope)) with a size of \(size)")
    }
    guard address % 4096 + size <= 4096 else {
      let value = fields.object["address"]!
      throw value.mismatch(
        "an access that crosses no 4 KiB boundary", found: "\(value.shown(in: fields.scope)) with a size of \(size)")
    }
    return (address, Int(size))
  }

  /// "expect" as a bare number, or with a mask.
  func expectation(_ fields: StepFields, _ size: Int) throws(ScenarioError) -> Step.Masked? {
    guard let expect = fields.object["expect"] else { return nil }
    if case .object = expect.content {
      return try masked(StepFields(expect, StepKey.masked, of: "expect", in: fields.scope), size)
    }
    let value = try expect.number(.value, in: fields.scope)
    try checkFits(value, size, fields, "expect")
    return .init(value: value, mask: allOnes(size))
  }

  private func masked(_ fields: StepFields, _ size: Int) throws(ScenarioError) -> Step.Masked {
    let value = try fields.requiredNumber("value")
    let mask = try fields.number("mask") ?? allOnes(size)
    try checkFits(value, size, fields, "value")
    try checkFits(mask, size, fields, "mask")
    guard value & ~mask == 0 else {
      throw fields.object["value"]!.mismatch("no bits outside the mask 0x\(String(mask, radix: 16))")
    }
    return .init(value: value, mask: mask)
  }

  private func allOnes(_ size: Int) -> UInt64 { UInt64.max >> (64 - 8 * UInt64(size)) }

  func checkFits(_ value: UInt64, _ size: Int, _ fields: StepFields, _ name: String) throws(ScenarioError) {
    guard value > allOnes(size) else { return }
    let written = fields.object[name]!
    throw written.mismatch(
      "a value of \(size) byte\(size == 1 ? "" : "s")", found: written.shown(in: fields.scope))
  }
}
