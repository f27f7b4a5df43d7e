import Device
import PCIe
import Scenario
import SimKernel
import Testing

/// Every parameter that takes time takes exactly the time it says: not ready at n - 1, ready at n.
@Suite struct ParameterTests {
  static let timed =
    LinkTiming.parameters + DeviceTiming.parameters + HostTiming.parameters + PeerTiming.parameters
    + DriverTiming.parameters

  @Test(arguments: TimedCase.all(timed))
  func takesExactlyItsTime(timed: TimedCase) throws {
    let found = try timed.parameter.measure(timed.value), expected = timed.parameter.expected(timed.value)
    #expect(found == expected)
  }

  /// Parameters that take no time: sizes that only shape packets and addresses, and options.
  private static let untimed: Set<String> = [
    "clocks.pcie", "clocks.core", "endpoint.max_payload", "endpoint.max_read_request", "endpoint.bar64",
    "endpoint.tag_bits", "endpoint.relaxed_ordering", "endpoint.no_snoop", "endpoint.id_ordering", "endpoint.ecrc",
    "commands.p2p_offset", "commands.ret64", "commands.msi", "dma.align_requests", "dma.arbitration",
    // Seen by whoever shares a memory; measured in DeviceMemoryTests.
    "memory.burst_length", "memory.banks", "host.memory_base", "host.memory_size", "host.bar_base",
    "host.acs_redirect", "driver.completion",
    // Seen by who competes for a port; measured in SwitchFlowTests.
    "switch.tlps_per_cycle", "switch.arbitration", "switch.egress_buffer",
    "host.cut_at_every_boundary", "host.iommu", "host.iommu_tlb_entries", "host.iommu_page", "host.cache_hit_permille",
    "host.remote_node", "driver.page_size", "driver.buffer_offset",
  ]

  /// A new field has to be measured, or to be named as one that takes no time. The core has its own tests.
  @Test func everyFieldIsKnown() {
    func names<Spec: ComponentSpec>(_ part: String, _: Spec.Type) -> [String] {
      Spec.fields.map { "\(part).\($0.name)" }
    }
    let fields = [
      names("clocks", ClockSpec.self), names("link", LinkSpec.self), names("endpoint", EndpointSpec.self),
      names("decoder", BARDecoderSpec.self), names("commands", CommandUnitSpec.self), names("dma", DMASpec.self),
      names("memory", MemorySpec.self), names("host", HostSpec.self), names("driver", DriverSpec.self),
      names("peer", PeerSpec.self), names("switch", SwitchSpec.self),
    ]
    let measured = Set(Self.timed.map(\.name))
    #expect(measured.count == Self.timed.count && measured.isDisjoint(with: Self.untimed))
    #expect(Set(fields.flatMap { $0 }) == measured.union(Self.untimed))
  }
}
