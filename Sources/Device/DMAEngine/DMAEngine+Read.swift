import PCIe
import SimKernel

// Host memory: read requests while tags are free.
extension DMAEngine {
  /// One read request, if one is due. Returns whether it was sent.
  func requestRead(_ now: Cycle) -> Bool {
    let s = state.pointer
    guard hasFreeTag, let index = nextReader(), now >= s.pointee.nextRequestAt, door.readRequests.canSend else {
      return false
    }
    let channel = channels.pointer + index
    let length = requestLength(channel.pointee.source, Int(channel.pointee.unrequested))
    let tag = takeTag()
    tags.pointer[tag] = DMATag(
      active: true, channel: UInt8(index), remaining: UInt16(length), destination: channel.pointee.destination)
    door.readRequests.send(
      ReadRequest(
        address: channel.pointee.source, length: length, tag: UInt16(tag), timeout: spec.completionTimeout))
    channel.pointee.source &+= UInt64(length)
    channel.pointee.destination += UInt32(length)
    channel.pointee.unrequested -= UInt32(length)
    channel.pointee.outstanding += UInt32(length)
    s.pointee.granted = UInt8(index)
    s.pointee.nextRequestAt = now + spec.requestInterval
    return true
  }

  var hasFreeTag: Bool {
    let s = state.pointer
    return Int(s.pointee.activeTags) < min(tags.count, Int(s.pointee.tagLimit))
  }

  /// The channel whose read request goes next.
  func nextReader() -> Int? {
    let s = state.pointer
    guard s.pointee.transfers > 0 && s.pointee.maxReadRequest > 0 else { return nil }
    let first = spec.arbitration == .inOrder ? s.pointee.oldest : s.pointee.granted + 1
    for turn in 0..<channels.count {
      let index = (Int(first) + turn) % channels.count
      if channels.pointer[index].phase == .reading && channels.pointer[index].unrequested > 0 { return index }
    }
    return nil
  }

  /// At most MRRS in whole dwords, never across 4 KiB (Base Specification 2.2.7).
  private func requestLength(_ address: UInt64, _ remaining: Int) -> Int {
    let limit = min(spec.maxRequest, Int(state.pointer.pointee.maxReadRequest))
    if spec.alignRequests {
      return RequestSplitter.nextRequestLength(address: address, remaining: remaining, limit: limit)
    }
    return min(remaining, limit - Int(address & 3), 4096 - Int(address & 0xfff))
  }

  /// The lowest free tag.
  private func takeTag() -> Int {
    let s = state.pointer
    var tag = Int(s.pointee.freeTag)
    while tags.pointer[tag].active { tag += 1 }
    s.pointee.freeTag = UInt16(tag + 1)
    s.pointee.activeTags += 1
    observer?.readsOutstanding(Int(s.pointee.activeTags), time: clock.time)
    return tag
  }

  func release(_ tag: Int) {
    let s = state.pointer
    channels.pointer[Int(tags.pointer[tag].channel)].outstanding -= UInt32(tags.pointer[tag].remaining)
    tags.pointer[tag].active = false
    tags.pointer[tag].remaining = 0
    s.pointee.activeTags -= 1
    observer?.readsOutstanding(Int(s.pointee.activeTags), time: clock.time)
    s.pointee.freeTag = min(s.pointee.freeTag, UInt16(tag))
  }
}

extension ReadStatus {
  var error: DeviceError {
    switch self {
    case .successful: .none
    case .unsupportedRequest: .unsupportedRequest
    case .completerAbort: .completerAbort
    case .poisoned: .poisoned
    case .disabled: .disabled
    case .timeout: .timeout
    }
  }
}
