/// Who met whom, and who won: the rows that ratings are made from.
public struct MatchTable: Sendable, Equatable {
  /// What a tie counts for.
  public enum TieRule: String, Sendable, CaseIterable {
    /// Half a win for each.
    case half
    /// Every match counts twice and a tie as one win each. The same ratings as `half` from doubled counts, so
    /// intervals are those of `half`; with a regularization the data weighs twice as much against it.
    case double
    /// A tie says nothing.
    case drop
  }

  /// Names of the items, `[n]`.
  public let items: [String]
  /// Indices into `items`, `[m]`.
  public let first: [Int32]
  public let second: [Int32]
  /// 1: the first won, −1: the second, 0: a tie; `[m]`.
  public let outcomes: [Int8]
  /// How often each match counts, ≥ 0, `[m]`; nil: once.
  public let weights: [Double]?

  /// The number of matches.
  public var count: Int { first.count }

  /// - Throws: for no matches or more than 10⁹, columns of different lengths, an index without an item, an item
  ///   that meets itself, an outcome that is none, or a weight below 0 or above 1e6.
  public init(
    items: [String], first: [Int32], second: [Int32], outcomes: [Int8], weights: [Double]? = nil
  ) throws(EvaluationError) {
    let m = first.count
    guard m > 0 else { throw .empty("matches") }
    guard m <= 1_000_000_000 else {
      throw .outOfRange("matches", row: nil, found: "\(m)", expected: "1000000000 at most")
    }
    for (what, count) in [
      ("second items", second.count), ("outcomes", outcomes.count),
      ("match weights", weights?.count ?? m),
    ] where count != m {
      throw .lengthsDiffer(what, found: count, expected: m)
    }
    let range = 0..<Int32(clamping: items.count)
    for row in 0..<m {
      guard range.contains(first[row]), range.contains(second[row]) else {
        throw .outOfRange(
          "matches", row: row, found: "items \(first[row]) and \(second[row])",
          expected: "indices below \(items.count)")
      }
      guard first[row] != second[row] else {
        throw .outOfRange(
          "matches", row: row, found: "'\(items[Int(first[row])])' against itself",
          expected: "two items")
      }
      guard (-1...1).contains(outcomes[row]) else {
        throw .outOfRange(
          "outcome", row: row, found: "\(outcomes[row])", expected: "1, -1 or 0 for a tie")
      }
      if let weights {
        try EvaluationError.check(
          weight: weights[row], upTo: Self.largestWeight, "match weight", row: row)
      }
    }
    (self.items, self.first, self.second) = (items, first, second)
    (self.outcomes, self.weights) = (outcomes, weights)
  }

  /// Sums of 10⁹ weights of this size are exact to a part in a billion.
  static let largestWeight = 1e6
}
