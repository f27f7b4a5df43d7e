import Check
import Foundation
import Logs
import PCIe
import Testing

/// TLPs are compared field by field, as a log names the fields.
struct TLPComparisonTests {
  private static let line =
    "link up MWr 4DW req=01:00.0 tag=0x05 addr=0x0000000100001000 len=1dw be=f/0 bytes=4 crc=0x2144df1c data=00000000"

  private func record(_ line: String, start: UInt64 = 0) throws -> TLPLogRecord {
    try TLPLogRecord(line: line + " ; seq=1 t=\(start)ps")
  }

  @Test(arguments: [
    ("type", "MWr", "MRd"), ("addr", "1000 len", "1004 len"), ("tag", "tag=0x05", "tag=0x06"),
    ("be", "be=f/0", "be=7/0"),
    ("req", "01:00.0", "02:00.0"), ("tc", "addr=", "tc=2 addr="), ("attr", "addr=", "attr=ro addr="),
    ("poisoned", "bytes=4", "poisoned bytes=4"), ("data", "data=00000000", "data=01000000"),
    ("crc", "crc=0x2144df1c", "crc=0x2144df1d"),
  ])
  func oneFieldDiffers(field: String, text: String, other: String) throws {
    var design = Self.line.replacing(text, with: other)
    if field == "type" { design = String(design[..<design.range(of: " bytes=")!.lowerBound]) }
    var rules = TLPRules()
    let model = try record(Self.line), found = model.differences(in: try record(design), rules).map(\.field)
    #expect(found == (field == "type" ? ["type", "bytes", "crc", "data"] : [field]))
    rules.ignored = Set(found)
    #expect(model.differences(in: try record(design), rules).isEmpty)
  }

  @Test func timesCountFromTheFirstTLP() throws {
    for (late, tolerance, isSame) in [(0, 0, true), (1, 0, false), (20, 20, true), (21, 20, false)]
      as [(UInt64, UInt64, Bool)]
    {
      var rules = TLPRules()
      rules.timeTolerance = tolerance
      let comparison = StreamComparison<TLPLogRecord>(rules, contextLines: 0)
      for (model, design) in [(1000, 5), (1500, 505 + late)] as [(UInt64, UInt64)] {
        comparison.model(try record(Self.line, start: model))
        comparison.design(try record(Self.line, start: design), line: 1)
      }
      #expect((comparison.divergence == nil) == isSame)
    }
  }

  @Test func whatDidNotArriveDoesNotCount() throws {
    let comparison = StreamComparison<TLPLogRecord>(TLPRules(), contextLines: 0)
    comparison.model(try record(Self.line + " fate=corrupted"))
    comparison.model(try record(Self.line + " replay"))
    comparison.design(try record(Self.line), line: 1)
    comparison.finish()
    #expect(comparison.divergence == nil && comparison.counts.map(\.value) == [1])
  }
}
