import WaveReader

/// What a file says, whatever its format: for each path the values and since when.
///
/// Free, and therefore normalised: the order of changes within a time step, several changes of a signal in one (the last
/// one counts), changes to the value it already has, and whether a file says at its start that nothing is known.
struct Story: Equatable {
  struct Change: Equatable {
    let time: UInt64
    let value: String
  }

  var signals: [String: [Change]] = [:]
  var endTime: UInt64 = 0

  init(signals: [String: [Change]], endTime: UInt64) {
    self.signals = signals.mapValues { Self.normalised($0) }
    self.endTime = endTime
  }

  init(of file: WaveFile) throws {
    var changes = [[Change]](repeating: [], count: file.hierarchy.handles.count)
    let cursor = file.cursor()
    while try cursor.next() {
      for change in cursor.changes {
        changes[change.handle].append(Change(time: cursor.time, value: cursor.value(of: change).characters))
      }
    }
    var signals: [String: [Change]] = [:]
    for (index, signal) in file.hierarchy.signals.enumerated() {
      signals[file.hierarchy.path(of: index)] = changes[signal.handle]
    }
    self.init(signals: signals, endTime: cursor.endTime)
  }

  init(path: String) throws { try self.init(of: WaveFile(path: path)) }

  private static func normalised(_ changes: [Change]) -> [Change] {
    var result: [Change] = []
    for change in changes {
      if result.last?.time == change.time { result.removeLast() }
      if result.last?.value != change.value { result.append(change) }
    }
    let saysNothing = result.first.map { $0.value.allSatisfy { $0 == "x" } || $0.value == "nan" } ?? false
    return saysNothing ? Array(result.dropFirst()) : result
  }

  /// The paths whose values differ, for messages.
  func difference(from other: Story) -> String {
    let paths = Set(signals.keys).union(other.signals.keys).sorted()
    let different = paths.filter { signals[$0] != other.signals[$0] }.prefix(3).map { path in
      let left = signals[path] ?? [], right = other.signals[path] ?? []
      let first = zip(left, right).first { $0 != $1 }
      return
        "\(path): \(left.count) and \(right.count) changes, first \(first.map { "\($0) and \($1)" } ?? "at the end")"
    }
    return "end \(endTime) and \(other.endTime); \(different.joined(separator: "; "))"
  }
}
