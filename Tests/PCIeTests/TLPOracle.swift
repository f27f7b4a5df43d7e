import Foundation
import PCIe

/// cocotbext-pcie, an independent model of PCIe packets, behind Tests/Support/tlp_oracle.py.
enum TLPOracle {
  static let missing = "SKIPPED: no cocotbext-pcie under .build/oracle; run scripts/setup.sh test"

  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let python = repository.appending(path: ".build/oracle/bin/python3")

  static let isAvailable = {
    let isThere = FileManager.default.isExecutableFile(atPath: python.path(percentEncoded: false))
    if !isThere { print(missing) }
    return isThere
  }()

  struct Failure: Error {
    let status: Int32
  }

  /// The answers to `questions`, in their order.
  static func ask<Answer: Decodable>(_ questions: [some Encodable]) throws -> [Answer] {
    let process = Process()
    process.executableURL = python
    process.arguments = [repository.appending(path: "Tests/Support/tlp_oracle.py").path(percentEncoded: false)]
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    for question in questions {
      try stdin.fileHandleForWriting.write(contentsOf: encoder.encode(question) + [UInt8(ascii: "\n")])
    }
    try stdin.fileHandleForWriting.close()
    let output = stdout.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try output.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Answer.self, from: $0) }
  }
}

/// One packet for cocotbext-pcie, and its fields under cocotbext-pcie's names.
struct OracleQuestion<Fields: Encodable>: Encodable {
  let kind: String
  let bytes: String
  let fields: Fields
}

/// The attributes of cocotbext-pcie's `Tlp`.
struct OracleFields: Codable, Equatable {
  var fmt, type, tc, attr, at, status, th, td, ep, length, bcm, byteCount, tag, firstBe, lastBe: Int
  var lowerAddress, ph, requesterId, completerId: Int
  var address: UInt64

  init(_ header: TLPHeader) {
    let byte0 = header.encoded().byte0
    (fmt, type) = (Int(byte0 >> 5), Int(byte0 & 0x1f))
    (tc, attr, at) = (Int(header.trafficClass), Int(header.attributes.rawValue), Int(header.addressType.rawValue))
    (th, td, ep) = (header.hasProcessingHint ? 1 : 0, header.digest ? 1 : 0, header.poisoned ? 1 : 0)
    (length, status, bcm) = (header.lengthDW, Int(header.status.rawValue), header.byteCountModified ? 1 : 0)
    (byteCount, lowerAddress, ph) = (header.byteCount, Int(header.lowerAddress), Int(header.processingHint))
    (tag, firstBe, lastBe) = (Int(header.tag), Int(header.firstBE), Int(header.lastBE))
    // cocotbext-pcie knows no steering tags: it sees them in the fields that they displace (2.2.7.1).
    if header.hasProcessingHint {
      let steering = Int(header.steeringTag)
      if header.type == .memoryWrite { tag |= steering } else { (firstBe, lastBe) = (steering & 0xf, steering >> 4) }
    }
    requesterId = Int(header.requesterID.rawValue)
    completerId = Int((header.type.isCompletion ? header.completerID : header.target).rawValue)
    address = header.type.isConfig ? UInt64(header.register) * 4 : header.address
  }
}

/// What cocotbext-pcie makes of a packet.
struct OracleAnswer: Decodable {
  /// The packet made from our fields, the fields read from our bytes, and the packet again after a copy.
  let packed: String
  let fields: OracleFields
  let copy: String
  /// The verdict of `check()`.
  let passes: Bool
  let size, credits, flowClass, byteCount, firstOffset: Int
  let lowerAddress: UInt64
  /// A completion with status UR, by completer 04:05.6.
  let completion: String
}

extension Collection<UInt8> {
  var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xf)]] }, as: UTF8.self)
  }
}
