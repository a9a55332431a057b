internal import PairwiseConfig

/// How large a toy problem may be asked to be.
enum ToySize {
  /// Pairs of a split.
  static let rows = 1...1_000_000
  /// Features of all pairs of a split, both sides: 800 MB in double precision.
  static let features = 100_000_000

  /// Reports a split whose features would not fit.
  static func check(_ key: String, rows: Int, width: Int, _ reader: inout SectionReader) {
    if rows * width * 2 > features {
      reader.report(key, "\(rows) pairs of \(width) features are more than \(features) numbers")
    }
  }
}
