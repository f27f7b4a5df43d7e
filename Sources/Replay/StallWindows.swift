import PCIe
import SimKernel

/// When a host does not take what the device sends: windows of 1 to 64 edges for each class, drawn at random, about a
/// tenth of the time. Asked in the order of edges.
struct StallWindows {
  private var classes: [Windows]

  /// - Parameter seed: nil for no windows
  init(seed: UInt64?) {
    classes =
      seed.map { seed in FlowClass.allCases.map { Windows(RandomStream(seed: seed, name: "stall.\($0)")) } } ?? []
  }

  /// When `flowClass` is not taken at `edge`, the first edge at which it is taken again; else nil.
  mutating func end(of flowClass: FlowClass, at edge: Cycle) -> Cycle? {
    classes.isEmpty ? nil : classes[Int(flowClass.rawValue)].end(at: edge)
  }

  /// The classes that are not taken at `edge`.
  mutating func stalled(at edge: Cycle) -> [Bool] { FlowClass.allCases.map { end(of: $0, at: edge) != nil } }

  /// The first edge after the one asked for last at which a class begins or ends to be taken.
  var nextChange: Cycle { classes.map(\.nextChange).min() ?? .max }

  /// The windows of one class.
  private struct Windows {
    private var random: RandomStream
    private var start: Cycle = 0
    private var end: Cycle = 0
    private(set) var nextChange: Cycle = 0

    init(_ random: RandomStream) { self.random = random }

    /// The mean of a gap is nine times that of a window.
    mutating func end(at edge: Cycle) -> Cycle? {
      while edge >= end {
        start = end + 1 + random.next(below: 585)
        end = start + 1 + random.next(below: 64)
      }
      nextChange = edge >= start ? end : start
      return edge >= start ? end : nil
    }
  }
}
