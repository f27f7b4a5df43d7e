import SimKernel

/// Steps that carry bytes.
extension StepReader {
  func loadText(_ fields: StepFields) throws(ScenarioError) -> Step.LoadText {
    let offset = try fields.number("offset") ?? 0
    // A later piece of a program that is loaded in pieces is no program of its own.
    let check = try fields.flag("check") ?? (offset == 0)
    let program = try payloads.program(fields, checked: check)
    return .init(name: program.name, transfer: try transfer(program.bytes, fields))
  }

  func loadData(_ fields: StepFields) throws(ScenarioError) -> Step.LoadData {
    let usesPeer = try fields.choice("via") == Step.Route.p2p.rawValue
    let payload = try payloads.payload(fields, limit: usesPeer ? .window : .hostMemory(system.host.memorySize))
    return .init(name: payload.name, transfer: try transfer(payload.bytes, fields))
  }

  func expectMemory(_ fields: StepFields) throws(ScenarioError) -> Step.ExpectMemory {
    let payload = try payloads.payload(fields, limit: .bar)
    let address = try fields.requiredNumber("address")
    try checkEnd(address, payload.bytes, Payloads.barSize, "the 16 MiB of BAR4", fields)
    return .init(address: address, bytes: payload.bytes)
  }

  private func transfer(_ bytes: [UInt8], _ fields: StepFields) throws(ScenarioError) -> Step.Transfer {
    let route = Step.Route(rawValue: try fields.choice("via") ?? "dma")!
    let pageSize = try fields.number("page_size")
    if route == .p2p, let written = fields.object["page_size"] {
      throw written.mismatch("no \"page_size\" beside \"via\": \"p2p\"")
    }
    let transfer = Step.Transfer(
      bytes: bytes, route: route, pageSize: pageSize.map { Int($0) } ?? system.driver.pageSize,
      offset: UInt32(try fields.number("offset") ?? 0),
      expectedError: try fields.fields("expect")?.choice("error"),
      peer: route == .p2p ? try peer(fields) : 0)
    if route == .dma, let written = fields.object["peer"] {
      throw written.mismatch("no \"peer\" without \"via\": \"p2p\"")
    }
    if route == .dma { try checkPages(transfer, fields) }
    return transfer
  }

  /// The pages that hold a buffer, with its offset in the first, must find place in host memory.
  private func checkPages(_ transfer: Step.Transfer, _ fields: StepFields) throws(ScenarioError) {
    let inFirst = system.driver.bufferOffset, size = Int(system.host.memorySize)
    let end = inFirst + transfer.bytes.count
    let needed = (end + transfer.pageSize - 1) / transfer.pageSize, available = max(1, size / transfer.pageSize)
    guard needed > available || end > size else { return }
    throw fields.object.value.mismatch(
      "a buffer that fits host.memory_size (\(size) bytes)",
      found: "\(transfer.bytes.count) bytes from byte \(inFirst) of their first page, in pages of \(transfer.pageSize)")
  }

  func checkEnd(
    _ start: UInt64, _ bytes: [UInt8], _ size: UInt64, _ place: String, _ fields: StepFields
  ) throws(ScenarioError) {
    guard start + UInt64(bytes.count) > size else { return }
    throw fields.object.value.mismatch(
      "an end inside \(place)", found: "\(bytes.count) bytes at 0x\(String(start, radix: 16))")
  }
}
