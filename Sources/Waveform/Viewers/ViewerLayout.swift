/// What a viewer shows of a dump when it opens: signals in groups, with labels, radices and colours, and a stretch of time.
public struct ViewerLayout: Sendable {
  /// How values are shown.
  public enum Radix: Hashable, Sendable {
    case binary, hexadecimal, unsigned, text
    /// By the names of the signal's enumeration.
    case names
  }

  /// Colours that all viewers have.
  public enum Color: String, Hashable, Sendable, CaseIterable {
    case red, orange, yellow, green, blue, indigo, violet
  }

  /// A signal.
  public struct Item: Hashable, Sendable {
    /// Scopes and name, with dots between them.
    public let path: String
    /// Bits; 0 for what is no vector.
    public let width: Int
    public let label: String
    public let radix: Radix
    /// Nil for the viewer's own.
    public let color: Color?

    public init(_ path: String, width: Int, label: String, radix: Radix, color: Color? = nil) {
      self.path = path
      self.width = width
      self.label = label
      self.radix = radix
      self.color = color
    }
  }

  /// Signals below a heading.
  public struct Group: Hashable, Sendable {
    public let title: String
    public let items: [Item]
    /// Whether the viewer shows only the heading at first.
    public let isClosed: Bool

    public init(_ title: String, _ items: [Item], isClosed: Bool = false) {
      self.title = title
      self.items = items
      self.isClosed = isClosed
    }
  }

  /// The file name of the dump, as seen from the layout's folder.
  public var dump: String
  public var groups: [Group]
  /// Picoseconds; what is shown first.
  public var window: ClosedRange<UInt64>

  public init(dump: String, groups: [Group], window: ClosedRange<UInt64>) {
    self.dump = dump
    self.groups = groups
    self.window = window
  }

  /// The first line of every file made from a layout, by which a later run knows that it may replace it: viewers write
  /// another one.
  static let mark = "written by \(writerName) with the trace"
}

/// Files by which viewers open a dump ready to read.
public enum ViewerFile: CaseIterable, Sendable {
  /// A save file of GTKWave.
  case gtkwave
  /// A command file of Surfer.
  case surfer

  /// What the file's name ends in.
  public var ending: String {
    switch self {
    case .gtkwave: ".gtkw"
    case .surfer: ".sucl"
    }
  }

  func text(_ layout: ViewerLayout) -> String {
    switch self {
    case .gtkwave: GTKWaveSaveFile.text(layout)
    case .surfer: SurferCommandFile.text(layout)
    }
  }

  /// Writes `layout` to `path`, unless there is a file that somebody else wrote, such as the viewer itself: that stays.
  ///
  /// - Returns: Whether it was written.
  /// - Throws: ``WaveformError`` when the file cannot be written.
  @discardableResult
  public func write(_ layout: ViewerLayout, to path: String) throws -> Bool {
    guard try SmallFile.begins(path, with: ViewerLayout.mark) else { return false }
    try SmallFile.write(text(layout), to: path)
    return true
  }
}
