internal import PairwiseAutodiff
internal import PairwiseTensor

// Slates: several completions of one prompt and their order.

extension InputName {
  /// Rewards of the completions of a slate, `[B, n]`.
  public static let slateScores: InputName = "scores"
  /// Positions of a slate's completions, best first, `[B, n]`.
  public static let ranking: InputName = "ranking"
}

extension InputSpec {
  /// Scores of slates and their order.
  static let slates: [InputSpec] = [
    .computed(.slateScores, width: .symbol("n")),
    .columns(.ranking, width: .symbol("n"), .atLeast(0)),
  ]
}

extension ObjectiveInputs {
  /// Scores in the order of the ranking, best first, `[B, n]`.
  ///
  /// Traps unless each row of the ranking has every position once, which `slateProblem` tells before.
  func rankedScores() -> Variable {
    let scores = self[.slateScores]
    let (rows, n) = (scores.shape[0], scores.shape[1])
    let places = self[.ranking].value.array.enumerated().map { index, position in
      Int32(index / n * n) + Int32(position)
    }
    return scores.reshaped([rows * n, 1]).rows(places).reshaped([rows, n])
  }

  /// Why a ranking is none, or nil.
  static func slateProblem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    guard let ranking = given.first(where: { $0.name == .ranking })?.tensor else { return nil }
    let n = ranking.shape[1]
    guard n > 1 else { return "\(InputName.ranking): expected two items at least, found \(n)" }
    for row in 0..<ranking.shape[0] {
      var seen = [Bool](repeating: false, count: n)
      for place in 0..<n {
        let value = ranking[flat: row * n + place]
        guard let item = Int(exactly: value), (0..<n).contains(item) else {
          return
            "\(InputName.ranking): row \(row): expected whole numbers in 0 ..< \(n), found \(value)"
        }
        if seen[item] { return "\(InputName.ranking): row \(row): item \(item) occurs twice" }
        seen[item] = true
      }
    }
    return nil
  }
}

extension MetricSums {
  /// Figures of slates from scores in the order of the ranking, `[b, n]`: `accuracy`, the share of ordered pairs
  /// whose better item has the higher score, `top_1_accuracy`, the share of slates whose best item has the
  /// highest, and those of all scores.
  mutating func addSlates(_ ranked: Tensor) {
    let (rows, n) = (ranked.shape[0], ranked.shape[1])
    var (wins, ties, tops) = (0, 0, 0)
    var (sum, low, high) = (0.0, Double.infinity, -Double.infinity)
    ranked.withSpan { scores in
      for row in 0..<rows {
        var isTop = true
        for i in 0..<n {
          let better = scores[row * n + i]
          sum += Double(better)
          (low, high) = (min(low, Double(better)), max(high, Double(better)))
          for j in i + 1..<max(n, i + 1) {
            let worse = scores[row * n + j]
            if better > worse { wins += 1 } else if better == worse { ties += 1 }
            if i == 0, better <= worse { isTop = false }
          }
        }
        if isTop { tops += 1 }
      }
    }
    let pairs = rows * n * (n - 1) / 2
    mean("accuracy", sum: Double(wins), count: pairs)
    mean("accuracy_half", sum: Double(wins) + 0.5 * Double(ties), count: pairs)
    mean("tie_rate", sum: Double(ties), count: pairs)
    mean("top_1_accuracy", sum: Double(tops), count: rows)
    mean("mean_reward", sum: sum, count: rows * n)
    minimum("min_reward", low)
    maximum("max_reward", high)
  }
}
