import Device
import PCIe
import SimKernel
import Testing

@testable import Scenario

/// Packets as they are, legal or not: each ends in the error that the specification says, and the device goes on (Base
/// Specification 2.3, 6.2).
@Suite("Packets that send_tlp sends")
struct PacketTests {
  /// What a packet leaves in the registers of the function.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let hex: String
    /// The completion that must come; nil for none.
    var status: String?
    /// Bits of Uncorrectable and Correctable Error Status (AER + 0x04, + 0x10), and of Device Status 3:0.
    var uncorrectable: UInt32 = 0
    var correctable: UInt32 = 0
    var deviceStatus: UInt32 = 0
    var testDescription: String { name }

    static func legal(_ name: String, _ hex: String) -> Case { Case(name: name, hex: hex, status: "SC") }

    /// A non-posted request that is answered: an advisory error, masked out of reset (6.2.3.2.4.1).
    static func refused(_ name: String, _ hex: String, answered: Bool = true) -> Case {
      Case(name: name, hex: hex, status: answered ? "UR" : nil, correctable: 0x2000, deviceStatus: 0x9)
    }

    /// A posted request that nobody takes (2.3.1).
    static func lost(_ name: String, _ hex: String) -> Case {
      Case(name: name, hex: hex, uncorrectable: 0x10_0000, deviceStatus: 0xa)
    }

    /// Malformed: fatal, no completion (2.3, 6.2.3.4).
    static func malformed(_ name: String, _ hex: String) -> Case {
      Case(name: name, hex: hex, uncorrectable: 0x4_0000, deviceStatus: 0x4)
    }
  }

  static let cases: [Case] = [
    .legal("a read of a dword", "00000001 0000010f e0400000"),
    .legal("a read of two dwords", "00000002 000001ff e0400000"),
    .legal("a read of a byte", "00000001 00000104 e0400000"),
    .legal("a read without a byte, a flush", "00000001 00000100 e0400000"),
    .legal("a read with a 4 DW header below 4 GiB", "20000001 0000010f 00000000 e0400000"),
    .legal("a configuration read", "04000001 0000010f 01000000"),
    Case(name: "a write", hex: "40000001 0000000f e0800000 11223344"),
    .refused("a read outside the BAR", "00000001 0000010f d0000000"),
    .refused("a read of the last dword of all", "20000001 0000010f ffffffff fffffffc"),
    .refused("an I/O read", "02000001 0000010f 00001000"),
    .refused("a locked read", "01000001 0000010f e0400000"),
    .refused("an atomic operation on the BAR", "4c000001 00000100 e0400000 00000001"),
    .refused("a read of somebody else's", "00000001 0001010f d0000000", answered: false),
    .lost("a write outside the BAR", "40000001 0000000f d0000000 11223344"),
    .lost("a write up to the last byte of all", "60000001 0000000f ffffffff fffffffc 11223344"),
    .lost("a message of an unknown kind", "34000000 00000001 00000000 00000000"),
    .malformed("a byte", "00"),
    .malformed("a header that ends too early", "00000001 0000000f"),
    .malformed("a reserved Fmt and Type", "1f000001 0000000f e0400000"),
    .malformed("a prefix without a packet", "90000000"),
    .malformed("a read with data", "00000001 0000000f e0400000 11223344"),
    .malformed("a write that is shorter than its Length", "40000002 000000ff e0400000 11223344"),
    .malformed("a write that is longer than its Length", "40000001 0000000f e0400000 1122334455667788"),
    .malformed("a write without data", "40000001 0000000f e0400000"),
    .malformed("a write beyond MPS", "40000041 000000ff e0400000" + String(repeating: "00", count: 260)),
    .malformed("a read that crosses 4 KiB", "00000002 000000ff e0400ffc"),
    .malformed("a read of 4 KiB that is not aligned", "00000000 000000ff e0400004"),
    .malformed("a read that wraps at 2^64", "20000002 000000ff ffffffff fffffffc"),
    .malformed("a write that wraps at 2^64", "60000002 000000ff ffffffff fffffffc 1122334455667788"),
    .malformed("byte enables with a hole", "00000002 000000f5 e0400004"),
    .malformed("last byte enables of a single dword", "00000001 000000ff e0400000"),
    .malformed("an ECRC that is missing", "40008001 0000000f e0400000 11223344"),
    .malformed("a configuration read of two dwords", "04000002 0000000f 01000000"),
    Case(
      name: "a poisoned write", hex: "40004001 0000000f e0400000 ffffffff", uncorrectable: 0x1000, deviceStatus: 0x2),
    Case(
      name: "a completion that nobody waits for", hex: "0a000000 00000004 01001f00", correctable: 0x2000,
      deviceStatus: 0x1),
  ]

  private static func aer(_ test: Case) -> String {
    #"""
    {"config_read": {"register": "0x104", "expect": \#(test.uncorrectable)}},
    {"config_read": {"register": "0x110", "expect": \#(test.correctable)}},
    {"config_read": {"register": "0x78", "expect": {"value": \#(test.deviceStatus << 16), "mask": "0xf0000"}}}
    """#
  }

  @Test("each ends as defined, and the device works afterwards", arguments: cases)
  func packets(_ test: Case) throws {
    let expect = test.status.map { ", \"expect\": {\"status\": \"\($0)\"}" } ?? ""
    let system = try pass(
      #""peers": []"#,
      steps: #"""
        {"load_data": {"hex": "0102030405060708"}}, {"send_tlp": {"hex": "\#(test.hex)"\#(expect)}}, {"wait": "5us"},
        \#(Self.aer(test)), {"mmio_read": {"address": "0x400000", "size": 8, "expect": "0x0807060504030201"}},
        {"load_data": {"fill": {"bytes": 9000}}}, {"expect_memory": {"address": "0x400000", "fill": {"bytes": 9000}}},
        \#(Self.aer(test))
        """#)
    // Fatal and non-fatal errors are told to the root; advisory ones are masked.
    let port = system.host.portStates.pointer[0]
    #expect(port.fatalMessages == (test.deviceStatus & 0x4 == 0 ? 0 : 1))
    #expect(port.nonFatalMessages == (test.deviceStatus & 0x2 == 0 ? 0 : 1))
    #expect(port.bridge.errors.uncorrectableStatus == 0)
  }

  @Test("the value of a legal read comes back")
  func values() throws {
    let system = try pass(
      steps: #"""
        {"load_data": {"hex": "0102030405060708"}}, {"send_tlp": {"hex": "00000001 0000000f e0400004"}},
        {"send_tlp": {"hex": "00000002 000005ff e0400000"}}, {"send_tlp": {"hex": "04000001 0000070f 01000000"}}
        """#)
    #expect(system.records("send_tlp").map(\.value) == [0x0807_0605, 0x0807_0605_0403_0201, 0x3000_1de5])
  }

  @Test("a status that is not the expected one is a failure")
  func wrongStatus() throws {
    let system = try simulate(
      steps: #"{"send_tlp": {"hex": "00000001 0000000f d0000000", "expect": {"status": "SC"}}}"#)
    #expect(
      system.driver.failures == [
        .init(step: 0, path: "$.steps[0].send_tlp.expect.status", expected: "SC", found: "UR")
      ])
  }

  /// The switch judges what it routes: what is malformed, or goes nowhere, ends at its port upstream.
  @Test("below a switch, too, the device goes on", arguments: cases)
  func behindASwitch(_ test: Case) throws {
    let hex = test.hex.replacing(" 01000000", with: " 03000000")
    _ = try pass(
      #""peers": [], "topology": [{"switch": "sw", "ports": ["device"]}]"#,
      steps: #"""
        {"send_tlp": {"hex": "\#(hex)"}}, {"wait": "5us"}, {"load_data": {"fill": {"bytes": 9000}}},
        {"expect_memory": {"address": "0x400000", "fill": {"bytes": 9000}}}
        """#)
  }

  @Test("any bytes at all leave a device that works", arguments: 0..<8)
  func randomBytes(_ seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed), name: "packets")
    let packets = (0..<40).map { _ in
      let count = 4 * random.next(below: 12) + (random.next(below: 8) == 0 ? 2 : 0) + 1
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let hex = bytes.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
      return "{\"send_tlp\": {\"hex\": \"\(hex)\"}}"
    }
    // A random packet may be a legal write of configuration or memory; a reset makes both good.
    _ = try pass(
      #""host": {"completion_timeout": "20us"}"#,
      steps: packets.joined(separator: ", ") + #"""
        , {"reset": {"kind": "hot"}}, {"load_data": {"fill": {"bytes": 9000}}},
        {"expect_memory": {"address": "0x400000", "fill": {"bytes": 9000}}}
        """#)
  }
}
