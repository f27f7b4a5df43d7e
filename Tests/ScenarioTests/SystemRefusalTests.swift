import Testing

@testable import Scenario

@Suite("Refusals: Top-level keys and parameters")
struct SystemRefusalTests {
  @Test("each with its place, what was found and what was expected", arguments: refusals)
  func refuses(_ refusal: Refusal) throws {
    #expect(try ScenarioTests.refusal(refusal.text) == refusal.message)
  }

  static let refusals: [Refusal] = [
    Refusal(
      #"{}"#,
      #"1:1: $: found no keys, expected the key "steps""#),
    Refusal(
      #"[]"#,
      #"1:1: $: found a list, expected an object"#),
    Refusal(
      #""x""#,
      #"1:1: $: found "x", expected an object"#),
    Refusal(
      #"{"steps": {}}"#,
      #"1:11: $.steps: found an object, expected a list of steps"#),
    Refusal(
      #"{"step": []}"#,
      #"1:2: $.step: unknown key "step"; did you mean "steps"? known keys: name, description, seed, device, devices, "#
        + #"peers, topology, host, driver, steps"#),
    Refusal(
      #"{"steps": [], "name": ""}"#,
      #"1:23: $.name: found "", expected a name"#),
    Refusal(
      #"{"steps": [], "name": 3}"#,
      #"1:23: $.name: found 3, expected a name"#),
    Refusal(
      #"{"steps": [], "description": 3}"#,
      #"1:30: $.description: found 3, expected a text"#),
    Refusal(
      #"{"steps": [], "seed": -1}"#,
      #"1:23: $.seed: found -1, expected a whole number below 2^64"#),
    Refusal(
      #"{"steps": [], "seed": 18446744073709551616}"#,
      #"1:23: $.seed: found 18446744073709551616, expected a whole number below 2^64"#),
    Refusal(
      #"{"steps": [], "seed": 1e999}"#,
      #"1:23: $.seed: found 1e999, expected a whole number below 2^64"#),
    Refusal(
      #"{"steps": [], "seed": 1.5}"#,
      #"1:23: $.seed: found 1.5, expected a whole number below 2^64"#),
    Refusal(
      #"{"steps": [], "seed": "0xg"}"#,
      #"1:23: $.seed: found "0xg", expected a whole number below 2^64"#),
    Refusal(
      #"{"steps": [], "seed": "${1 / 0}"}"#,
      #"1:23: $.seed: found a division by zero in "${1 / 0}", expected a divisor that is not zero"#),
    Refusal(
      #"{"steps": [], "device": "gen3x7"}"#,
      #"1:25: $.device: found "gen3x7", expected gen1x1 to gen5x16 (generation 1 to 5; 1, 2, 4, 8 or 16 lanes)"#),
    Refusal(
      #"{"steps": [], "device": 3}"#,
      #"1:25: $.device: found 3, expected the name of a preset such as "gen3x8", or an object"#),
    Refusal(
      #"{"steps": [], "device": {"preset": "gen9x8"}}"#,
      #"1:36: $.device.preset: found "gen9x8", expected gen1x1 to gen5x16 "#
        + #"(generation 1 to 5; 1, 2, 4, 8 or 16 lanes)"#),
    Refusal(
      #"{"steps": [], "device": {"lnk": {}}}"#,
      #"1:26: $.device.lnk: unknown key "lnk"; did you mean "link"? known keys: preset, clocks, link, endpoint, "#
        + #"decoder, commands, dma, core, memory, helpers"#),
    Refusal(
      #"{"steps": [], "device": {"link": "fast"}}"#,
      #"1:34: $.device.link: found "fast", expected an object of link parameters"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"lane": 8}}}"#,
      #"1:35: $.device.link.lane: unknown key "lane"; did you mean "lanes"? known keys: rate, lanes, propagation, "#
        + #"framing, dllp_bytes, ack_latency, replay_timeout, credit_latency, credit_refresh, init_interval, "#
        + #"training_time, recovery_time, retry_buffer, posted_headers, posted_data, nonposted_headers, "#
        + #"nonposted_data, completion_headers, completion_data"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"lanes": 3}}}"#,
      #"1:44: $.device.link.lanes: found 3, expected one of 1, 2, 4, 8, 16 lanes"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"rate": "9GT/s"}}}"#,
      #"1:43: $.device.link.rate: found "9GT/s", expected one of "2.5GT/s", "5GT/s", "8GT/s", "16GT/s", "32GT/s""#),
    Refusal(
      #"{"steps": [], "device": {"link": {"rate": 8}}}"#,
      #"1:43: $.device.link.rate: found 8, expected one of "2.5GT/s", "5GT/s", "8GT/s", "16GT/s", "32GT/s""#),
    Refusal(
      #"{"steps": [], "device": {"link": {"propagation": 100}}}"#,
      #"1:50: $.device.link.propagation: found 100, expected a duration such as "400ns" (ps, ns, us, ms, s) from 0ps "#
        + #"to 10us"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"propagation": "1s"}}}"#,
      #"1:50: $.device.link.propagation: found "1s", expected a duration such as "400ns" (ps, ns, us, ms, s) from 0ps "#
        + #"to 10us"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"propagation": "99999999999999999999ns"}}}"#,
      #"1:50: $.device.link.propagation: found "99999999999999999999ns", expected a duration such as "400ns" (ps, ns, "#
        + #"us, ms, s) from 0ps to 10us"#),
    Refusal(
      #"{"steps": [], "device": {"link": {"framing": "1KiB"}}}"#,
      #"1:46: $.device.link.framing: found "1KiB", expected a size such as "64KiB" (B, KiB, MiB, GiB, kB, MB) from 0B "#
        + #"to 64B"#),
    Refusal(
      #"{"steps": [], "device": {"clocks": {"pcie": "250"}}}"#,
      #"1:45: $.device.clocks.pcie: found "250", expected a frequency such as "250MHz" (Hz, kHz, MHz, GHz) from 1MHz "#
        + #"to 10GHz"#),
    Refusal(
      #"{"steps": [], "device": {"clocks": {"synchroniser": true}}}"#,
      #"1:53: $.device.clocks.synchroniser: found true, expected a whole number of edges of the listening side from 1 "#
        + #"to 8"#),
    Refusal(
      #"{"steps": [], "device": {"core": {"preset": "classic4"}}}"#,
      #"1:45: $.device.core.preset: found "classic4", expected one of "classic5", "deep8", "hbpf", "functional"; did you mean "classic5"?"#
    ),
    Refusal(
      #"{"steps": [], "device": {"core": {"predictor": "Backward"}}}"#,
      #"1:48: $.device.core.predictor: found "Backward", expected one of "none", "backward_taken""#),
    Refusal(
      #"{"steps": [], "device": {"core": {"predictor": 1}}}"#,
      #"1:48: $.device.core.predictor: found 1, expected one of "none", "backward_taken""#),
    Refusal(
      #"{"steps": [], "device": {"core": {"stack_size": 100}}}"#,
      #"1:49: $.device.core.stack_size: found 100 with frames of 256, expected multiples of 8"#),
    Refusal(
      #"{"steps": [], "device": {"endpoint": {"bar64": "yes"}}}"#,
      #"1:48: $.device.endpoint.bar64: found "yes", expected true or false"#),
    Refusal(
      #"{"steps": [], "host": "xeon_e5"}"#,
      #"1:23: $.host: found "xeon_e5", expected an object of host parameters"#),
    Refusal(
      #"{"steps": [], "host": {"preset": "xeon_e5_iomu"}}"#,
      #"1:34: $.host.preset: found "xeon_e5_iomu", expected one of "generic", "xeon_e5", "xeon_e3", "xeon_e5_iommu", "#
        + #""xeon_e5_remote", "xeon_e5_ddio"; did you mean "xeon_e5_iommu"?"#),
    Refusal(
      #"{"steps": [], "host": {"preset": 5}}"#,
      #"1:34: $.host.preset: found 5, expected one of "generic", "xeon_e5", "xeon_e3", "xeon_e5_iommu", "#
        + #""xeon_e5_remote", "xeon_e5_ddio""#),
    Refusal(
      #"{"steps": [], "host": {"preset": "xeon_e5", "iommu_tlb_entries": 0}}"#,
      #"1:66: $.host.iommu_tlb_entries: found 0, expected a whole number of pages from 1 to 4096"#),
    Refusal(
      #"{"steps": [], "host": {"iommu_page": "8KiB"}}"#,
      #"1:38: $.host.iommu_page: found "8KiB", expected one of "4KiB", "2MiB""#),
    Refusal(
      #"{"steps": [], "host": {"cache_hit_permille": 1001}}"#,
      #"1:46: $.host.cache_hit_permille: found 1001, expected a whole number of permille from 0 to 1000"#),
    Refusal(
      #"{"steps": [], "host": {"bar_base": "8GiB"}}"#,
      #"1:36: $.host.bar_base: found "8GiB", expected an address below 4 GiB, or "bar64": true in device.endpoint"#),
    Refusal(
      #"{"steps": [], "host": {"bar_base": "0xe0000001"}}"#,
      #"1:36: $.host.bar_base: found 0xe0000001, expected a multiple of 16 MiB"#),
    Refusal(
      #"{"steps": [], "host": {"memory_base": "0xe0000000"}}"#,
      #"1:23: $.host.bar_base: found 0xe0000000, expected an address outside host memory"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": 3}}"#,
      #"1:40: $.host.read_latency: found 3, expected a duration such as "400ns", {"min": …, "max": …} or "#
        + #"{"quantiles": [[0, "520ns"], [500, …], [1000, …]]}"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {}}}"#,
      #"1:40: $.host.read_latency: found no keys, expected the key "min""#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"min": "3ns"}}}"#,
      #"1:40: $.host.read_latency: found only min, expected the key "max""#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"min": "3ns", "mx": "5ns"}}}"#,
      #"1:55: $.host.read_latency.mx: unknown key "mx"; did you mean "max"? known keys: min, max"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"min": "3ns", "max": "2ns"}}}"#,
      #"1:62: $.host.read_latency.max: found "2ns", expected at least "min", 3ns"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"min": "3ns", "max": "2s"}}}"#,
      #"1:62: $.host.read_latency.max: found "2s", expected at most 1s"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"quantiles": [[0, "3ns"], [900, "4ns"]]}}}"#,
      #"1:54: $.host.read_latency.quantiles: found corners [0, 3000 ps], [900, 4000 ps], expected two or more "#
        + #"[permille, delay] corners that rise from permille 0 to 1000"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"quantiles": [[0]]}}}"#,
      #"1:55: $.host.read_latency.quantiles[0]: found a list of 1, expected a corner such as [500, "300ns"]"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"quantiles": [0]}}}"#,
      #"1:55: $.host.read_latency.quantiles[0]: found 0, expected a corner such as [500, "300ns"]"#),
    Refusal(
      #"{"steps": [], "host": {"read_latency": {"quantiles": "3ns"}}}"#,
      #"1:54: $.host.read_latency.quantiles: found "3ns", expected a list of [permille, duration] corners"#),
    Refusal(
      #"{"steps": [], "a key\nwith \"odd\" characters": 1}"#,
      #"1:15: $["a key\nwith \"odd\" characters"]: unknown key "a key\nwith \"odd\" characters"; known keys: name, "#
        + #"description, seed, device, devices, peers, topology, host, driver, steps"#),
  ]
}
