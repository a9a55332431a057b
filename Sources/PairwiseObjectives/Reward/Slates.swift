internal import PairwiseAutodiff
internal import PairwiseTensor

// Slates: several completions of one prompt and their order.

extension InputName {
  /// Rewards of the completions of a slate, `[B, n]`.
  public static let slateScores: InputName = "scores"
  /// Positions of a slate's completions, best first, `[B, n]`.
  public static let ranking: InputName = "ranking"
  /// Completions of each slate, `[B]`, where some have fewer than n: what lies behind counts for nothing.
  public static let slateSize: InputName = "slate_size"
  /// Places of each slate whose order is known, `[B]`: those behind are worse, in no order.
  public static let topK: InputName = "top_k"
}

/// What is known of the order of one slate.
struct SlateExtent: Equatable {
  /// Its completions.
  var size: Int
  /// Places whose order is known, 1 … size − 1.
  var known: Int

  /// Pairs of completions whose order is known.
  var pairs: Int { known * (2 * size - known - 1) / 2 }
}

extension InputSpec {
  /// Scores of slates and their order.
  static let slates: [InputSpec] = [
    .computed(.slateScores, width: .symbol("n")),
    .columns(.ranking, width: .symbol("n"), .atLeast(0)),
    .column(.slateSize, optional: true, .atLeast(2)),
    .column(.topK, optional: true, .atLeast(1)),
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

  /// What is known of each slate's order; nil where it is all of n completions.
  ///
  /// - Parameter k: places that count at most; nil: all that are known.
  func slateExtents(of n: Int) -> [SlateExtent]? {
    let (sizes, tops) = (optional(.slateSize)?.value.array, optional(.topK)?.value.array)
    guard let rows = sizes?.count ?? tops?.count else { return nil }
    let extents = (0..<rows).map { row in
      let size = min(n, max(2, Int(sizes?[row] ?? Float(n))))
      return SlateExtent(size: size, known: min(size - 1, max(1, Int(tops?[row] ?? Float(n)))))
    }
    return extents.allSatisfy { $0.size == n && $0.known == n - 1 } ? nil : extents
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
  ///
  /// - Parameter extents: what is known of each order; nil: all of it.
  mutating func addSlates(_ ranked: Tensor, _ extents: [SlateExtent]?) {
    let (rows, n) = (ranked.shape[0], ranked.shape[1])
    var (pairs, completions) = (0, 0)
    var (wins, ties, tops) = (0, 0, 0)
    var (sum, low, high) = (0.0, Double.infinity, -Double.infinity)
    ranked.withSpan { scores in
      for row in 0..<rows {
        var isTop = true
        let extent = extents?[row] ?? SlateExtent(size: n, known: n - 1)
        completions += extent.size
        for i in 0..<extent.size {
          let better = scores[row * n + i]
          sum += Double(better)
          (low, high) = (min(low, Double(better)), max(high, Double(better)))
          if i >= extent.known { continue }
          pairs += extent.size - i - 1
          for j in i + 1..<max(extent.size, i + 1) {
            let worse = scores[row * n + j]
            if better > worse { wins += 1 } else if better == worse { ties += 1 }
            if i == 0, better <= worse { isTop = false }
          }
        }
        if isTop { tops += 1 }
      }
    }
    mean("accuracy", sum: Double(wins), count: pairs)
    mean("accuracy_half", sum: Double(wins) + 0.5 * Double(ties), count: pairs)
    mean("tie_rate", sum: Double(ties), count: pairs)
    mean("top_1_accuracy", sum: Double(tops), count: rows)
    mean("mean_reward", sum: sum, count: completions)
    deviation("reward_std") { spread in
      for row in 0..<rows {
        for i in 0..<(extents?[row].size ?? n) { spread.add(Double(ranked[flat: row * n + i])) }
      }
    }
    minimum("min_reward", low)
    maximum("max_reward", high)
  }
}
