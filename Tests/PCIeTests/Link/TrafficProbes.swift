import Bench
import PCIeBench
import SimKernel

@testable import PCIe

extension TLP {
  private static let payloads: [[UInt8]] = (0..<512).map { index in
    let number = UInt8(truncatingIfNeeded: index)
    return [number, UInt8(index >> 8)] + [UInt8](repeating: number, count: [2, 2, 14, 30, 62, 126][index % 6])
  }

  /// A TLP of any class with any attributes, of one of four requesters and completers, as raw as it is cheap: a stress
  /// test makes a million of them. `serial` makes it unlike those before and after it.
  static func random(_ random: inout RandomStream, serial: Int? = nil) -> TLP {
    let bits = random.next(), number = UInt32(truncatingIfNeeded: serial ?? Int(bits >> 40))
    let attributes = UInt32(bits & 1) << 13 | UInt32(bits >> 1 & 1) << 18
    let function = UInt32(bits >> 2 & 3) << 24, other = UInt32(bits >> 4 & 3) << 24
    let payload = payloads[Int(number % 512)]
    let length = UInt32(payload.count / 4)
    func packet(_ type: TLPType, _ y: UInt32, _ z: UInt32, _ payload: [UInt8] = []) -> TLP {
      TLP(header: RawHeader(dwords: [UInt32(type.rawValue) << 24 | attributes | length, y, z, 0]), payload: payload)
    }
    switch bits >> 8 & 7 {
    case 0, 1, 2: return packet(.memoryWrite, function | 0xff, number << 2, payload)
    case 3: return packet(.memoryRead, function | number & 0xff << 8 | 0xff, number << 2)
    case 4: return packet(.fetchAdd, function | 0xf, number << 2, Array(payload.prefix(4)))
    // Few tags, so that many completions belong to one transaction.
    case 5, 6: return packet(.completionData, function | 4, other | UInt32(bits >> 16 & 3) << 8, payload)
    default:
      return packet(.message, function | 0x7e, number)
    }
  }
}

extension LinkCommand {
  /// A fault, a delay, a starvation or a retraining, none of them long.
  static func random(_ random: inout RandomStream) -> LinkCommand {
    let direction: LinkDirection = random.next(below: 2) == 0 ? .down : .up
    let faults: [WireFault] = [.dropTLP, .corruptTLP, .dropDLLP, .corruptDLLP]
    switch random.next(below: 8) {
    case 0: return .retrain(random.next(below: 400_000))
    case 1: return .delay(direction, random.next(below: 400_000))
    case 2:
      let flowClass = FlowClass(rawValue: UInt8(random.next(below: 3)))!
      return .starve(direction, flowClass, random.next(below: 1_000_000))
    default:
      return .fault(
        faults[Int(random.next(below: 4))], direction, skip: UInt32(random.next(below: 6)),
        count: UInt32(1 + random.next(below: 4)))
    }
  }
}

extension LinkSpec {
  /// A link of any speed, with few credits and short timers.
  static func random(_ random: inout RandomStream) -> LinkSpec {
    func pick<Value>(_ values: [Value]) -> Value { values[Int(random.next(below: UInt64(values.count)))] }
    var spec = LinkSpec()
    spec.rate = pick([2_500_000_000, 8_000_000_000, 32_000_000_000])
    spec.lanes = pick([1, 4, 16])
    spec.propagation = pick([0, 1, 20_000, 100_000])
    spec.dllpBytes = pick([0, 8])
    spec.ackLatency = pick([0, 1, 100_000])
    spec.replayTimeout = pick([0, 300_000, 1_000_000])
    spec.creditLatency = pick([0, 1, 100_000])
    (spec.creditRefresh, spec.initInterval) = (1_000_000, 1_000_000)
    (spec.trainingTime, spec.recoveryTime) = (pick([0, 50_000]), pick([0, 100_000]))
    spec.retryBuffer = pick([1, 3, 16, 256])
    (spec.postedHeaders, spec.postedData) = pick([(1, 8), (4, 20), (64, 1_024)])
    (spec.nonPostedHeaders, spec.nonPostedData) = pick([(1, 1), (4, 2), (64, 64)])
    (spec.completionHeaders, spec.completionData) = pick([(0, 0), (1, 8), (4, 20), (0, 16)])
    return spec
  }
}
