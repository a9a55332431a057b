/// Hidden states of a completion, as a model predicts it.
public struct HiddenSum: Sendable, Equatable {
  /// Σ of the states that predict its tokens, `[D]`.
  public var sum: [Double]
  /// How many those are.
  public var count: Int
  /// The state at its last token, `[D]`.
  public var last: [Double]

  public init(sum: [Double], count: Int, last: [Double]) {
    (self.sum, self.count, self.last) = (sum, count, last)
  }
}

/// How alike the two completions of a pair look to a model: what tells beforehand whether training on the pair
/// will make the chosen completion less likely too.
///
/// - Source: Razin et al. 2024 (arXiv 2410.08847), section 5; `ches` is their score, the others their
///   baselines.
public struct PairSimilarity: Sendable, Equatable {
  /// Centred hidden embedding similarity ⟨S⁺, S⁻⟩ − ‖S⁺‖², S the sums of hidden states. The greater, the more
  /// displacement is to be expected; usually below 0, and longer chosen completions lie lower.
  public var ches: Double
  /// The same with means in place of sums: ⟨S⁺, S⁻⟩/(n⁺n⁻) − ‖S⁺‖²/(n⁺)². 0 for a completion without tokens.
  public var normalizedCHES: Double
  /// Inner product of the states at the last tokens.
  public var lastHidden: Double
  /// Fewest insertions, deletions and replacements of tokens that make one completion the other.
  public var editDistance: Int
  /// 1 − distance / the longer length: 1 for equal completions, 0 if all tokens differ.
  public var editSimilarity: Double

  public init(
    chosen: HiddenSum, rejected: HiddenSum, chosenTokens: [Int32], rejectedTokens: [Int32]
  ) {
    let product = PairSimilarity.dot(chosen.sum, rejected.sum)
    let square = PairSimilarity.dot(chosen.sum, chosen.sum)
    ches = product - square
    let (n, m) = (Double(chosen.count), Double(rejected.count))
    normalizedCHES = n > 0 && m > 0 ? product / (n * m) - square / (n * n) : 0
    lastHidden = PairSimilarity.dot(chosen.last, rejected.last)
    editDistance = PairSimilarity.editDistance(chosenTokens, rejectedTokens)
    let longest = max(chosenTokens.count, rejectedTokens.count)
    editSimilarity = longest == 0 ? 1 : 1 - Double(editDistance) / Double(longest)
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for (x, y) in zip(a, b) { sum += x * y }
    return sum
  }

  /// Levenshtein's distance, in one row of memory.
  public static func editDistance(_ a: [Int32], _ b: [Int32]) -> Int {
    let start = zip(a, b).prefix { $0 == $1 }.count
    let (a, b) = (a.dropFirst(start), b.dropFirst(start))
    var row = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, y) in b.enumerated() {
        let replaced = diagonal + (x == y ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, min(diagonal, row[j]) + 1)
      }
    }
    return row[b.count]
  }

  /// Names of its figures, as `score` writes them.
  public static let names = [
    "ches", "ches_normalized", "last_hidden", "edit_distance", "edit_similarity",
  ]

  /// Its figures under those names.
  public var named: [(name: String, value: Double)] {
    let values = [ches, normalizedCHES, lastHidden, Double(editDistance), editSimilarity]
    return zip(PairSimilarity.names, values).map { ($0, $1) }
  }
}
