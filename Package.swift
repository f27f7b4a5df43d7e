// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "ubpf-sim",
  products: [
    .executable(name: "ubpf-sim", targets: ["ubpf-sim"]),
    .library(name: "UBPFSim", targets: ["UBPFSim"]),
    .library(name: "Waveform", targets: ["Waveform"]),
    // The C ABI: libubpfsim.so.
    .library(name: "ubpfsim", type: .dynamic, targets: ["CUBPFSim"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CLibELF", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),

    .target(name: "SimKernel"),
    .target(name: "Waveform", dependencies: ["CColumns", "CZlib", "CLZ4"]),
    // Which words of memory changed, with vectors.
    .target(name: "CColumns"),
    // Reads waveforms of any writer, and compares two of them.
    .target(name: "WaveReader", dependencies: ["CZlib", "CLZ4", "Diagnostics"]),
    // How error messages quote and what they suggest; patterns of names.
    .target(name: "Diagnostics"),
    // Files of lines that are written while a simulation runs, and read again.
    .target(name: "Logs"),
    // What happens in a system, in the order of time, for whoever shows it.
    .target(name: "Transactions", dependencies: ["SimKernel"]),
    .target(name: "Timeline", dependencies: ["Logs", "SimKernel", "Transactions"]),
    .target(name: "EBPF", dependencies: ["CLibELF", "Diagnostics", "Logs"]),
    .target(name: "PCIe", dependencies: ["CZlib", "Logs", "SimKernel"]),
    .target(name: "Device", dependencies: ["PCIe", "EBPF", "Logs"]),
    .target(name: "Measure", dependencies: ["SimKernel"]),
    .target(name: "Tracing", dependencies: ["Diagnostics", "SimKernel", "Transactions", "Waveform"]),
    // A device alone, with what it heard in a scenario.
    .target(name: "Replay", dependencies: ["Device", "Logs", "PCIe", "SimKernel"]),
    // What a design did beside what the model does: the first difference.
    .target(
      name: "Check",
      dependencies: ["Diagnostics", "EBPF", "Logs", "PCIe", "Scenario", "SimKernel", "WaveReader", "Waveform"]),
    // Seeded random numbers, and eBPF programs: assembly, random ones.
    .target(name: "Stimulus", dependencies: ["EBPF"]),
    // Random scenarios that the model must pass, by seed.
    .target(name: "RandomScenarios", dependencies: ["Device", "EBPF", "Stimulus"]),
    // Which of the declared bins runs hit.
    .target(name: "Coverage", dependencies: ["Device", "EBPF", "Measure", "PCIe", "Scenario", "SimKernel"]),
    .target(name: "Scenario", dependencies: ["Device", "Diagnostics", "EBPF", "Measure", "PCIe", "SimKernel"]),
    .target(
      name: "UBPFSim",
      dependencies: [
        "Check", "Coverage", "Device", "EBPF", "Logs", "PCIe", "Replay", "Scenario", "SimKernel", "Timeline", "Tracing",
        "Transactions", "WaveReader", "Waveform",
      ]),
    .target(name: "CUBPFSimHeader"),
    .target(name: "CUBPFSim", dependencies: ["CUBPFSimHeader", "Check", "EBPF", "PCIe", "Scenario", "UBPFSim"]),
    .executableTarget(
      name: "ubpf-sim",
      dependencies: [
        "UBPFSim", "Check", "Coverage", "Scenario", "Device", "Diagnostics", "EBPF", "RandomScenarios", "SimKernel",
        "WaveReader",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Measures the link alone, for `make bench`.
    .executableTarget(name: "TLPBench", dependencies: ["PCIe", "SimKernel"], path: "Bench/TLPs"),
    // Measures the FST writer alone, for `make bench`.
    .executableTarget(name: "WaveformBench", dependencies: ["Waveform"], path: "Bench/Waveform"),

    // Writes random programs as files, for the RTL of the tests.
    .executableTarget(name: "RTLPrograms", dependencies: ["EBPF", "Stimulus"], path: "Tests/Support/RTLPrograms"),

    // GTKWave's own FST library, as Debian ships it inside verilator: an oracle of the tests.
    .systemLibrary(
      name: "CVerilator", path: "Tests/Support/CVerilator", pkgConfig: "verilator", providers: [.apt(["verilator"])]),
    .target(name: "CLibFST", dependencies: ["CVerilator", "CZlib"], path: "Tests/Support/CLibFST"),
    .testTarget(name: "SimKernelTests", dependencies: ["SimKernel"]),
    .testTarget(name: "MeasureTests", dependencies: ["Measure", "SimKernel", "TestSupport"]),
    // eBPF programs: a vector for each encoding, the corpus. Passes on what Stimulus has.
    .target(name: "TestSupport", dependencies: ["EBPF", "Stimulus"], path: "Tests/Support/TestSupport"),
    // Reads traces back, for every test target that writes some.
    .target(name: "TraceSupport", path: "Tests/Support/TraceSupport"),
    .testTarget(
      name: "WaveformTests", dependencies: ["Waveform", "CLZ4", "CLibFST", "TestSupport", "TraceSupport", "WaveReader"]),
    .testTarget(
      name: "WaveReaderTests",
      dependencies: ["Diagnostics", "WaveReader", "Waveform", "CLibFST", "TestSupport", "TraceSupport"]),
    .testTarget(
      name: "TracingTests",
      dependencies: [
        "Tracing", "UBPFSim", "Scenario", "Device", "EBPF", "PCIe", "SimKernel", "TraceSupport", "Transactions",
      ]),
    .testTarget(name: "EBPFTests", dependencies: ["EBPF", "Logs", "TestSupport"]),
    .testTarget(name: "CoreTests", dependencies: ["Device", "EBPF", "Logs", "SimKernel", "TestSupport"]),
    // Probes that drive and record the ports of a component under test.
    .target(name: "Bench", dependencies: ["SimKernel"], path: "Tests/Support/Bench"),
    // Probes for TLP ports, and a link with probes at its ends.
    .target(name: "PCIeBench", dependencies: ["Bench", "PCIe"], path: "Tests/Support/PCIeBench"),
    .testTarget(name: "PCIeTests", dependencies: ["PCIe", "Bench", "Logs", "PCIeBench", "TestSupport"]),
    .testTarget(name: "DeviceTests", dependencies: ["Device", "Bench", "PCIeBench", "Scenario"]),
    .testTarget(name: "TimingTests", dependencies: ["Device", "Bench", "PCIeBench", "Scenario"]),
    .testTarget(
      name: "ReplayTests", dependencies: ["Replay", "UBPFSim", "Device", "Logs", "PCIe", "Scenario", "SimKernel"]),
    .testTarget(
      name: "CheckTests",
      dependencies: ["Check", "EBPF", "Logs", "PCIe", "Scenario", "SimKernel", "TestSupport", "WaveReader"]),
    .testTarget(
      name: "CUBPFSimTests",
      dependencies: ["CUBPFSim", "CUBPFSimHeader", "EBPF", "PCIe", "Replay", "SimKernel", "TestSupport", "UBPFSim"]),
    // The reference RTL under Verilator, beside the library and what writes its programs.
    .testTarget(name: "RTLTests", dependencies: ["RTLPrograms", "CUBPFSim", "ubpf-sim"], path: "Tests/RTLTests"),
    .testTarget(name: "CoverageTests", dependencies: ["Coverage", "EBPF", "PCIe", "Scenario", "UBPFSim"]),
    .testTarget(
      name: "RandomScenariosTests", dependencies: ["Coverage", "RandomScenarios", "Scenario", "SimKernel", "UBPFSim"]),
    .testTarget(name: "RegisterMapTests", dependencies: ["Device"]),
    .testTarget(name: "ScenarioTests", dependencies: ["Scenario"]),
    .testTarget(
      name: "TimelineTests",
      dependencies: ["Timeline", "Transactions", "UBPFSim", "Device", "Logs", "PCIe", "Scenario", "SimKernel"]),
    .testTarget(name: "AcceptanceTests", dependencies: ["ubpf-sim", "TestSupport", "Scenario", "SimKernel"]),
  ],
  swiftLanguageModes: [.v6]
)

// `make test` sets it: what is tested is optimised, so that long tests are quick, and most tests are not, which builds
// faster. Modules are optimised as a whole, as in release builds; with several threads since each file has to have its
// object file. Flags like these would keep other packages from using the libraries.
if Context.environment["UBPFSIM_OPTIMISED"] != nil {
  let longTests = ["CoreTests", "WaveReaderTests", "WaveformTests"]
  for target in package.targets
  where target.type == .regular || target.type == .executable || longTests.contains(target.name) {
    target.swiftSettings = [
      .unsafeFlags(["-O", "-whole-module-optimization", "-num-threads", "2", "-disable-batch-mode"])
    ]
  }
}
