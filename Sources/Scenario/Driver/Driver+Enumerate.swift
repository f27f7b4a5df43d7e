import PCIe
import SimKernel

extension Driver {
  /// The next access of the enumeration; at its end what was found is compared with the scenario.
  func enumerate() {
    guard let access = enumerator.next() else { return finishEnumeration() }
    request(access)
  }

  private func request(_ access: ConfigAccess) {
    if let value = access.value {
      request(
        .configWrite(
          target: access.target, register: Int(access.register), value: value, byteEnable: access.byteEnable),
        answered: true)
    } else {
      request(.configRead(target: access.target, register: Int(access.register)), answered: true)
    }
  }

  func enumerated(_ response: HostResponse) {
    if let access = enumerator.next(), access.value != nil { configuration.append(access) }
    do throws(EnumerationError) {
      try enumerator.receive(UInt32(truncatingIfNeeded: response.value), response.status)
    } catch {
      fail("", expected: "a hierarchy that can be enumerated", found: error.description)
      abandonScenario()
    }
  }

  private func finishEnumeration() {
    discovered = enumerator.functions
    let found = endpoints
    guard found.count == script.functions.count else {
      fail(
        "", expected: "\(script.functions.count) endpoints",
        found: "\(found.count); is a link's training_time above host.completion_timeout?")
      return abandonScenario()
    }
    advance()
  }

  /// The next of the writes that enumeration did to a function.
  func reconfigure(_ function: Int) {
    let target = id(function), s = state.pointer
    let writes = configuration.filter { $0.target == target }
    guard Int(s.pointee.access) < writes.count else {
      forgetCommands(of: function)
      return advance()
    }
    request(writes[Int(s.pointee.access)])
    s.pointee.access += 1
  }
}
