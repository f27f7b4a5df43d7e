import PCIe
import Scenario
import WaveReader

extension DesignLog<TLPLogRecord> {
  /// The TLPs of all streams of `map`, as they begin.
  /// - Throws: `ScenarioError` for a map that does not fit the dump, `WaveReadError` for a dump that cannot be read
  public init(dumpOfTLPs file: WaveFile, _ map: DumpMap) throws {
    let merge = DumpTLPMerge(try map.tlps.map { try DumpTLPs(file, map, $0) })
    self.init(path: file.path, unit: .cycle) { () throws(Failure) in
      do throws(WaveReadError) {
        return try merge.next()
      } catch {
        throw Failure(description: error.description)
      }
    }
  }
}

/// Several streams as one, in the order of time.
private final class DumpTLPMerge {
  private typealias Head = Result<(record: TLPLogRecord, position: Int), WaveReadError>

  private let sources: [DumpTLPs]
  /// What comes next of each; nil at its end.
  private var heads: [Head?]

  init(_ sources: [DumpTLPs]) {
    self.sources = sources
    heads = sources.map(Self.head)
  }

  private static func head(_ source: DumpTLPs) -> Head? {
    do throws(WaveReadError) {
      return try source.next().map { .success($0) }
    } catch {
      return .failure(error)
    }
  }

  /// - Throws: what is wrong with a stream, when the others have ended: before, they may show what it comes from
  func next() throws(WaveReadError) -> (record: TLPLogRecord, position: Int)? {
    var first: (index: Int, found: (record: TLPLogRecord, position: Int))?
    for (index, head) in heads.enumerated() {
      guard case .success(let found)? = head, found.record.start < first?.found.record.start ?? .max else { continue }
      first = (index, found)
    }
    if let (index, found) = first {
      heads[index] = Self.head(sources[index])
      return found
    }
    for case .failure(let error)? in heads { throw error }
    return nil
  }
}
