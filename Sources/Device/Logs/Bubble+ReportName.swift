extension Bubble {
  /// The name of the cause in reports and logs: words joined by underscores.
  public var reportName: String {
    "\(self)".reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
  }
}
