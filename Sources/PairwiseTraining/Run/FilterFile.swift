public import PairwiseData

/// Drops pairs of a JSONL file by a column of numbers.
public enum FilterFile {
  public struct Summary: Sendable, Equatable {
    public var pairs: Int
    public var kept: Int
    /// Smallest and greatest value that were kept.
    public var range: ClosedRange<Double>
  }

  /// Drops shares of the pairs from the top and the bottom, each rounded down to whole pairs; of equal values
  /// the later ones count as greater.
  ///
  /// - Parameters:
  ///   - scores: a file with as many lines that has the column; nil: the input itself.
  ///   - dropTop: with `dropBottom` a share of less than 1.
  /// - Throws: for files that cannot be read, a line without the number, or if nothing would be left.
  public static func run(
    input: String, scores: String?, by column: String, dropTop: Double, dropBottom: Double,
    output: String
  ) throws(DataError) -> Summary {
    let values = try JSONLFilter.numbers(column, in: scores ?? input)
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    let bottom = Int(dropBottom * Double(values.count))
    let top = Int(dropTop * Double(values.count))
    let staying = order.dropFirst(bottom).dropLast(top)
    guard let lowest = staying.first, let highest = staying.last else {
      throw DataError(.invalid, file: input, "no pairs would be left of \(values.count)")
    }
    var kept = [Bool](repeating: false, count: values.count)
    for index in staying { kept[index] = true }
    try JSONLFilter.copy(input, to: output, keeping: kept)
    return Summary(
      pairs: values.count, kept: staying.count, range: values[lowest]...values[highest])
  }
}
