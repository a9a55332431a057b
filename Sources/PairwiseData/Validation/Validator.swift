/// Checks preference data as a whole: duplicates, contradictions, leakage, odd values, length bias.
///
/// Reads in blocks and keeps 128-bit fingerprints instead of texts and features: about 60 bytes a row.
public enum Validator {
  /// What to look for.
  public struct Options: Sendable, Equatable {
    /// Texts of more bytes than this are reported.
    public var longText = 65_536
    /// Rows read at a time.
    public var blockRows = 1024

    public init() {}
  }

  /// Checks all rows of a source.
  ///
  /// - Throws: if the source cannot be read at all; rows that cannot be read are findings.
  public static func run(
    source: any PairSource, options: Options = .init()
  ) throws(DataError) -> ValidationReport {
    var scan = ValidationScan(source, options)
    var start = 0
    while start < source.count {
      let end = min(start + max(options.blockRows, 1), source.count)
      try scan.read(start..<end)
      start = end
    }
    return scan.report()
  }
}
