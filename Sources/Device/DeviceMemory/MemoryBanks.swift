import SimKernel

/// What the core did last at device RAM. It is kept beside the cells of a RAM with banks, which core and controller share
/// there; a RAM with a port for the core needs none.
final class CoreAccessRecord {
  struct Access {
    /// Of the core; for the time of its edges.
    let clock: Clock
    /// Offsets in BAR4 of the first and the last byte.
    var first: UInt32 = 0
    var last: UInt32 = 0
    /// The edge of the access; none has been made yet at the greatest time.
    var time = Picoseconds.max
  }

  let pointer: UnsafeMutablePointer<Access>

  init(clock: Clock) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: Access(clock: clock))
  }

  deinit {
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }

  /// Not inlined: cores that share no banks pay for a test only.
  @inline(never) static func note(
    _ record: UnsafeMutablePointer<Access>, _ address: UInt64, _ size: Int
  ) {
    guard address < UInt64(DeviceMap.p2p) else { return }
    record.pointee.first = UInt32(truncatingIfNeeded: address)
    record.pointee.last = UInt32(truncatingIfNeeded: address) + UInt32(truncatingIfNeeded: size - 1)
    record.pointee.time = record.pointee.clock.time
  }
}

/// The banks of device RAM, interleaved by the width of an access.
struct MemoryBanks {
  let count: Int
  let width: Int
  let core: CoreAccessRecord

  /// Whether the core is at the bank of `address`: it made an access between the last edge of `clock` and this one. An edge
  /// of the core at the same time counts for the next one.
  func isTaken(_ address: UInt32, at clock: Clock) -> Bool {
    let time = clock.time, access = core.pointer
    guard access.pointee.time < time, access.pointee.time + clock.period >= time else { return false }
    let bank = bank(address)
    return bank == self.bank(access.pointee.first) || bank == self.bank(access.pointee.last)
  }

  private func bank(_ address: UInt32) -> Int { Int(address) / width % count }
}
