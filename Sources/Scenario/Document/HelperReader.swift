import Device
import EBPF

/// Reads "helpers" of "device": helper functions beside the standard ones, or in the place of one with the same number.
struct HelperReader {
  let payloads: Payloads

  static let keys: [StepKey] = [
    StepKey(
      "number", .spec(.count(of: "the number that CALL names", 0...UInt64(Int32.max))), required: true,
      "what programs call; one of the standard numbers replaces that function"),
    StepKey("name", .text("a name"), "for calls by name from object files; default that of the function"),
    StepKey("function", .spec(.choice(HelperSpec.library.keys.sorted())), "a function of the library"),
    StepKey("program", .program, "an eBPF program as the function: r1 to r5 in, r0 out; for results, not timed"),
    .entry,
    StepKey(
      "cycles", .spec(.count(of: "core cycles", 1...1_000_000)),
      "from the edge at which the core sends the call to that at which the accelerator sends the answer; default 1"),
  ]

  /// The standard helpers with those of `value`, a list, added or replaced.
  func read(_ value: JSONValue) throws(ScenarioError) -> [HelperSpec] {
    var added: [HelperSpec] = []
    for entry in try value.list("a list of helper functions") {
      let helper = try helper(entry)
      if added.contains(where: { $0.number == helper.number }) {
        throw entry.mismatch("helper functions with different numbers", found: "number \(helper.number) twice")
      }
      added.append(helper)
    }
    let kept = HelperSpec.standard.filter { standard in !added.contains { $0.number == standard.number } }
    let all = kept + added
    for (place, helper) in all.enumerated() where all[..<place].contains(where: { $0.name == helper.name }) {
      throw value.mismatch("helper functions with different names", found: "the name \"\(helper.name)\" twice")
    }
    return all.sorted { $0.number < $1.number }
  }

  private func helper(_ value: JSONValue) throws(ScenarioError) -> HelperSpec {
    let fields = try StepFields(value, HelperReader.keys, of: "helper function", in: Scope())
    let number = try fields.requiredNumber("number"), library = try fields.choice("function")
    guard (library == nil) != (fields.object["program"] == nil) else {
      let found = library == nil ? "neither" : "both"
      throw value.mismatch("exactly one of function, program", found: found)
    }
    let function: HelperSpec.Function = if let library { .library(library) } else { .program(try program(fields)) }
    if library != nil, let entry = fields.object["entry"] {
      throw entry.mismatch("no \"entry\" beside \"function\"")
    }
    return HelperSpec(
      number: Int32(number), name: try fields.text("name") ?? library ?? "helper\(number)", function: function,
      cycles: try fields.number("cycles") ?? 1)
  }

  /// It can call no helpers itself.
  private func program(_ fields: StepFields) throws(ScenarioError) -> Program {
    let value = fields.object["program"]!, bytes = try payloads.program(fields, checked: false).bytes
    do throws(LoadError) {
      return try CoreShell.load(bytes, helpers: .empty, dataBase: HelperSpec.programDataBase)
    } catch {
      throw value.mismatch("a loadable program", found: "\(value.shown): \(error.description.oneMessage)")
    }
  }
}
