/// The waveform formats this module writes.
public enum WaveformFormat: Hashable, Sendable, CaseIterable {
  /// Fast Signal Trace: GTKWave's compressed binary format.
  case fst
  /// Value Change Dump: the text format of IEEE 1800-2017, clause 21.7.
  case vcd

  /// The format that the ending of `path` names (`.fst` or `.vcd`, in any case), or nil when it is neither.
  public init?(path: String) {
    let ending = path.suffix(4).lowercased()
    switch ending {
    case ".fst": self = .fst
    case ".vcd": self = .vcd
    default: return nil
    }
  }
}
