extension PairScores {
  /// Rows ranked wrong, by the largest margin first; equal margins in row order.
  ///
  /// - Parameter limit: at most so many.
  /// - Complexity: O(n log n).
  public func worstRows(_ limit: Int) -> [Int] {
    let wrong = (0..<count).compactMap { row -> (row: Int, margin: Double)? in
      let outcome = outcome(row)
      guard outcome.isDecided, !outcome.isCorrect, !outcome.isTied else { return nil }
      return (row, abs(outcome.margin))
    }
    return wrong.sorted { ($1.margin, $0.row) < ($0.margin, $1.row) }.prefix(max(0, limit))
      .map(\.row)
  }
}
