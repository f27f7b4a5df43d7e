/// Bandwidths of a link in closed form, in Gb/s (Neugebauer et al., "Understanding PCIe performance for end host
/// networking", SIGCOMM 2018). They count TLPs only; scale `link` down first for the share of DLLPs.
public enum LinkRate {
  /// Header of a read request with 64-bit address plus framing, sequence number and LCRC, in bytes.
  public static let longRequestBytes = 24
  /// Completion header plus framing, sequence number and LCRC, in bytes; also a request with 32-bit address.
  public static let shortHeaderBytes = 20

  /// Physical rate in Gb/s after line coding: 8b/10b up to 5 GT/s, 128b/130b from 8 to 32 GT/s
  /// (PCI Express Base Specification 4.2.1, 4.2.2).
  public static func bandwidth(gtPerSecond: Double, lanes: Int) -> Double {
    gtPerSecond * Double(lanes) * (gtPerSecond <= 5 ? 8.0 / 10.0 : 128.0 / 130.0)
  }

  /// Rate of payload in back-to-back writes of `size` bytes, cut at `maxPayload` (MPS).
  /// - Parameters:
  ///   - link: physical rate in Gb/s.
  ///   - headerBytes: everything around one payload: 24 with a 64-bit address, 20 with a 32-bit one.
  public static func writeBandwidth(
    link: Double, size: Int, maxPayload: Int, headerBytes: Int = longRequestBytes
  ) -> Double {
    link * Double(size) / Double(packets(size, maxPayload) * headerBytes + size)
  }

  /// Rate of payload in back-to-back reads of `size` bytes, cut at `maxReadRequest` (MRRS) and answered in completions
  /// of `maxPayload` (MPS) or of the whole request, where that is shorter: the slower of the completions one way and the
  /// requests the other way. The published form leaves the second case out.
  /// - Parameters:
  ///   - link: physical rate in Gb/s, each way.
  ///   - requestBytes: one read request with all around it: 24 with a 64-bit address, 20 with a 32-bit one.
  public static func readBandwidth(
    link: Double, size: Int, maxPayload: Int, maxReadRequest: Int, requestBytes: Int = longRequestBytes
  ) -> Double {
    let completions = packets(size, min(maxPayload, maxReadRequest)) * shortHeaderBytes + size
    let requests = packets(size, maxReadRequest) * requestBytes
    return link * Double(size) / Double(max(completions, requests))
  }

  /// Rate of payload each way when writes and reads of `size` bytes alternate: read requests share the way of the
  /// writes.
  public static func bothWaysBandwidth(
    link: Double, size: Int, maxPayload: Int, maxReadRequest: Int, headerBytes: Int = longRequestBytes
  ) -> Double {
    let sent = packets(size, maxPayload) * headerBytes + size + packets(size, maxReadRequest) * headerBytes
    let received = packets(size, maxPayload) * shortHeaderBytes + size
    return link * Double(size) / Double(max(sent, received))
  }

  /// Cap in Gb/s that latency puts on reads: `outstanding` requests of `requestSize` bytes per `roundTripNs`.
  public static func latencyBound(outstanding: Int, requestSize: Int, roundTripNs: Double) -> Double {
    Double(outstanding * requestSize * 8) / roundTripNs
  }

  private static func packets(_ size: Int, _ limit: Int) -> Int { (size + limit - 1) / limit }
}
