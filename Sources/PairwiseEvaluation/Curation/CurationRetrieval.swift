/// Which pairs of a pool to have labelled next: the neighbours of trusted pairs the model is unsure of.
///
/// - Source: Liu et al. 2025, "Skywork-Reward-V2", arXiv 2507.01352, first stage.
public enum CurationRetrieval {
  /// How many neighbours a trusted pair asks for: all of `most` where the model is wrong about it,
  /// ⌈most·(1 − p)⌉ where it is right with probability p.
  public static func count(probability p: Double, most: Int) -> Int {
    if !(p > 0.5) { return most }
    let exact = Double(most) * (1 - p)
    // 8·(1 − 0.75) must be 2, not 3: what is a whole number but for rounding is one.
    let nearest = exact.rounded()
    let count = abs(exact - nearest) < 1e-9 * max(1, Double(most)) ? nearest : exact.rounded(.up)
    return min(most, max(0, Int(count)))
  }

  /// The pool's rows nearest to trusted pairs, each once, in the order they were found.
  ///
  /// - Parameters:
  ///   - gold: embeddings of the trusted pairs, `[n, D]` row by row.
  ///   - probabilities: p = σ(Δ) of each of them under the best model.
  ///   - pool: embeddings of the pool, `[m, D]`.
  ///   - most: neighbours of a pair at most.
  /// - Returns: rows of the pool; nearest by cosine, equally near ones by row. Earlier trusted pairs
  ///   choose first; a row that was taken is not counted again, the next nearest takes its place.
  /// - Throws: `EvaluationError` for no trusted pair, columns of different lengths, probabilities out of
  ///   range, or embeddings that are not finite.
  public static func nearest(
    gold: [Double], probabilities: [Double], pool: [Double], width: Int, most: Int = 8
  ) throws(EvaluationError) -> [Int] {
    guard !probabilities.isEmpty else { throw .empty("trusted pairs") }
    guard most >= 1 else {
      throw .outOfRange("k_max", row: nil, found: "\(most)", expected: "at least 1")
    }
    guard width > 0, gold.count == width * probabilities.count else {
      throw .lengthsDiffer(
        "embeddings of trusted pairs", found: gold.count / max(1, width),
        expected: probabilities.count)
    }
    guard pool.count.isMultiple(of: width) else {
      throw .outOfRange(
        "pool embeddings", row: nil, found: "\(pool.count) numbers",
        expected: "a multiple of the width \(width)")
    }
    let references = try units(gold, width, "embedding of a trusted pair")
    let candidates = try units(pool, width, "pool embedding")
    var isTaken = [Bool](repeating: false, count: pool.count / width)
    var found: [Int] = []
    for (row, p) in probabilities.enumerated() {
      try EvaluationError.check(probability: p, "probability of a trusted pair", row: row)
      let wanted = count(probability: p, most: most)
      let similarities = isTaken.indices.map { other in
        (0..<width).reduce(0) {
          $0 + references[row * width + $1] * candidates[other * width + $1]
        }
      }
      let free = StrengthOrder.ascending(similarities.map { -$0 }).filter { !isTaken[$0] }
      for other in free.prefix(wanted) {
        isTaken[other] = true
        found.append(other)
      }
    }
    return found
  }

  /// Rows of length 1; a row of zeros stays as it is.
  private static func units(
    _ values: [Double], _ width: Int, _ what: String
  ) throws(EvaluationError) -> [Double] {
    var result = values
    for row in 0..<values.count / width {
      var square = 0.0
      for place in row * width..<(row + 1) * width {
        try EvaluationError.check(
          values[place], within: Moments.largestMagnitude, what, row: row)
        square += values[place] * values[place]
      }
      guard square > 0 else { continue }
      for place in row * width..<(row + 1) * width { result[place] /= square.squareRoot() }
    }
    return result
  }
}
