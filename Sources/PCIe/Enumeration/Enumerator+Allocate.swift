extension Enumerator {
  /// Granularity of the windows of a bridge (PCI Express Base Specification 7.5.1.3.8).
  private static let windowUnit: UInt64 = 1 << 20

  /// Gives every BAR an address, aligned to its size, and every bridge the windows around them.
  ///
  /// Addresses go up along the hierarchy, depth first in the order of discovery, except that the way to the leading
  /// function comes first on every bus.
  mutating func allocate() throws(EnumerationError) {
    var children = [[Int]](repeating: [], count: functions.count)
    var roots: [Int] = []
    let lead = wayToLeadingFunction()
    for index in functions.indices {
      if let parent = self.index(of: functions[index].parent) {
        children[parent].append(index)
      } else {
        roots.append(index)
      }
    }
    func leadFirst(_ list: [Int]) -> [Int] { list.filter(lead.contains) + list.filter { !lead.contains($0) } }
    children = children.map(leadFirst)
    for space in AddressSpace.allCases {
      var next = aperture(space).lowerBound
      for root in leadFirst(roots) { try place(root, space, children, &next) }
    }
  }

  /// Places what `index` is or has below it, from `next` on.
  private mutating func place(
    _ index: Int, _ space: AddressSpace, _ children: [[Int]], _ next: inout UInt64
  ) throws(EnumerationError) {
    for bar in functions[index].bars.indices where functions[index].bars[bar].space == space {
      try place(bar, of: index, &next)
    }
    guard functions[index].isBridge else { return }
    let base = Self.windowBoundary(from: next)
    var end = base
    for child in children[index] { try place(child, space, children, &end) }
    guard end > base else { return }
    let limit = Self.windowBoundary(from: end)
    switch space {
    case .memory: functions[index].memoryWindow = base..<limit
    case .prefetchable: functions[index].prefetchableWindow = base..<limit
    }
    next = limit
  }

  private mutating func place(_ bar: Int, of index: Int, _ next: inout UInt64) throws(EnumerationError) {
    let size = functions[index].bars[bar].size
    let aperture = aperture(functions[index].bars[bar].space)
    let (sum, overflow) = next.addingReportingOverflow(size - 1)
    let base = sum & ~(size - 1)
    guard !overflow, base < aperture.upperBound, aperture.upperBound - base >= size else {
      throw .apertureExhausted(
        functions[index].id, bar: functions[index].bars[bar].index, size: size, aperture: aperture)
    }
    functions[index].bars[bar].base = base
    next = base + size
  }

  /// The whole window units in what the host gives. 32-bit addresses end at 4 GiB, whatever it says.
  private func aperture(_ space: AddressSpace) -> Range<UInt64> {
    let given =
      space == .memory ? parameters.memoryAperture.clamped(to: 0..<1 << 32) : parameters.prefetchableAperture
    let end = given.upperBound & ~(Self.windowUnit - 1)
    guard given.lowerBound < end else { return end..<end }
    let base = Self.windowBoundary(from: given.lowerBound)
    return base..<end
  }

  /// The leading function and the bridges above it.
  private func wayToLeadingFunction() -> Set<Int> {
    guard let kind = parameters.leading,
      var index = functions.firstIndex(where: { $0.vendorID == kind.vendorID && $0.deviceID == kind.deviceID })
    else { return [] }
    var way: Set<Int> = [index]
    while let parent = self.index(of: functions[index].parent) {
      way.insert(parent)
      index = parent
    }
    return way
  }

  private func index(of id: DeviceID?) -> Int? { functions.firstIndex { $0.id == id } }

  /// The next multiple of the window unit; `address` is in an aperture, whose end is one.
  private static func windowBoundary(from address: UInt64) -> UInt64 { (address + windowUnit - 1) & ~(windowUnit - 1) }
}
