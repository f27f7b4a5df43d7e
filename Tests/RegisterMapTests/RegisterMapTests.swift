import Device
import Foundation
import Testing

/// specs/registers/ubpf_device.rdl, which the documentation and a C header come from, is the map that the model has.
@Suite(
  .enabled(
    if: RegisterMap.isAvailable,
    "SKIPPED: no peakrdl under .build/oracle; run scripts/setup.sh test"))
struct RegisterMapTests {
  @Test func placesAreThoseOfTheModel() throws {
    var expected: [RegisterMap.Place] = [
      .init("OPCODE", DeviceMap.opcode, 1), .init("CTRL", DeviceMap.control, 1), .init("LENGTH", DeviceMap.length, 4),
      .init("OFFSET", DeviceMap.offset, 4), .init("ADDR_LOW", DeviceMap.addressLow, 4),
      .init("ADDR_HIGH", DeviceMap.addressHigh, 4), .init("ERROR_CODE", DeviceMap.errorCode, 4),
      .init("ERROR_PC", DeviceMap.errorPC, 4), .init("TEXT_LEN", DeviceMap.textLength, 4),
      .init("DATA_LEN", DeviceMap.dataLength, 4), .init("TEXT", DeviceMap.text, DeviceMap.textCapacity),
      .init("RET", DeviceMap.ret, 4), .init("READY", DeviceMap.ready, 4),
      .init("DATA", DeviceMap.data, DeviceMap.dataCapacity), .init("P2P", DeviceMap.p2p, DeviceMap.p2pCapacity),
    ]
    for index in 0..<DeviceMap.counterCount {
      expected.append(.init("COUNTERS[\(index)]", DeviceMap.counters + 8 * index, 8))
    }
    for index in 0..<DeviceMap.registerCount {
      expected.append(.init("REGS[\(index)]", DeviceMap.registers + 8 * index, 8))
    }
    let found = try RegisterMap.list().map { RegisterMap.Place($0.name, $0.address, $0.bytes) }
    #expect(found.sorted() == expected.sorted())
  }

  @Test func commandsBitsAndErrorsAreThoseOfTheModel() throws {
    let map = Dictionary(uniqueKeysWithValues: try RegisterMap.list().map { ($0.name, $0) })
    let opcode = try #require(map["OPCODE"]?.fields.first), control = try #require(map["CTRL"])
    #expect(Set(opcode.values.values) == Set(DeviceOpcode.allValues.map { Int($0.rawValue) }))
    #expect(opcode.values["RUN_PROG"] == Int(DeviceOpcode.runProgram.rawValue))
    let bits = Dictionary(uniqueKeysWithValues: control.fields.map { ($0.name, UInt8(1) << UInt8($0.low)) })
    #expect(
      bits == [
        "START": DeviceControl.start, "DMA_DONE": DeviceControl.dmaDone, "ERROR": DeviceControl.error,
        "BUSY": DeviceControl.busy,
      ])
    #expect(control.fields.filter(\.writable).map(\.name) == ["START"])
    let errors = try #require(map["ERROR_CODE"]?.fields.first { $0.name == "CODE" }).values
    #expect(errors == Dictionary(uniqueKeysWithValues: DeviceError.allCases.map { ($0.name, Int($0.rawValue)) }))
    for name in ["ERROR_CODE", "ERROR_PC", "COUNTERS[0]"] {
      #expect(map[name]?.fields.allSatisfy { !$0.writable } == true)
    }
  }

  @Test func whatIsGeneratedIsUpToDate() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "registers-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    _ = try RegisterMap.run([folder.path])
    for name in ["registers.md", "ubpf_device.h"] {
      let made = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let kept = try String(contentsOf: RegisterMap.folder.appending(path: name), encoding: .utf8)
      #expect(made == kept, "\(name) is out of date: run make registers")
    }
  }
}

extension DeviceOpcode {
  fileprivate static let allValues = (0...255).compactMap { DeviceOpcode(rawValue: UInt8($0)) }
}

/// specs/registers/generate.py in the Python of scripts/setup.sh.
enum RegisterMap {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let folder = repository.appending(path: "specs/registers")
  /// Of PeakRDL alone: a register map that cannot be read is a failure.
  static let isAvailable = (try? run(script: "-c", ["import peakrdl, systemrdl"])) != nil

  struct Place: Comparable {
    let name: String
    let address, bytes: Int

    init(_ name: String, _ address: Int, _ bytes: Int) {
      (self.name, self.address, self.bytes) = (name, address, bytes)
    }

    static func < (left: Place, right: Place) -> Bool { left.address < right.address }
  }

  struct Item: Decodable {
    struct Field: Decodable {
      let name: String
      let low, high: Int
      let writable: Bool
      let values: [String: Int]
    }

    let name: String
    let address, bytes: Int
    let fields: [Field]
  }

  struct Failure: Error {}

  static func list() throws -> [Item] { try JSONDecoder().decode([Item].self, from: run(["--list"])) }

  /// What the script prints.
  static func run(_ arguments: [String]) throws -> Data {
    try run(script: folder.appending(path: "generate.py").path, arguments)
  }

  private static func run(script: String, _ arguments: [String]) throws -> Data {
    let process = Process(), output = Pipe()
    process.executableURL = repository.appending(path: ".build/oracle/bin/python3")
    process.arguments = [script] + arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure() }
    return data
  }
}
