public import PairwiseTensor

extension MetricSums {
  /// The figures of every scalar reward model, from scores `[b]` of both sides.
  ///
  /// `accuracy` counts strictly greater, `accuracy_half` ties as one half, `tie_rate` is their share.
  /// `margin` is the mean of chosen − rejected score (TRL's name), not the data's margin, and `margin_std` its
  /// standard deviation; `mean_reward`, `reward_std`, `min_reward` and `max_reward` run over both sides.
  public mutating func addRewards(chosen: Tensor, rejected: Tensor) {
    keep(chosen: chosen.array, rejected: rejected.array)
    let count = chosen.count
    var (wins, ties, margin, sumC, sumR) = (0, 0, 0.0, 0.0, 0.0)
    var (low, high) = (Double.infinity, -Double.infinity)
    chosen.withSpan { c in
      rejected.withSpan { r in
        for i in 0..<count {
          let (x, y) = (Double(c[i]), Double(r[i]))
          if x > y { wins += 1 } else if x == y { ties += 1 }
          margin += x - y
          sumC += x
          sumR += y
          low = min(low, min(x, y))
          high = max(high, max(x, y))
        }
      }
    }
    mean("accuracy", sum: Double(wins), count: count)
    mean("accuracy_half", sum: Double(wins) + 0.5 * Double(ties), count: count)
    mean("tie_rate", sum: Double(ties), count: count)
    mean("margin", sum: margin, count: count)
    chosen.withSpan { c in
      rejected.withSpan { r in
        deviation("margin_std") { spread in
          for i in 0..<count { spread.add(Double(c[i]) - Double(r[i])) }
        }
        deviation("reward_std") { spread in
          for i in 0..<count {
            spread.add(Double(c[i]))
            spread.add(Double(r[i]))
          }
        }
      }
    }
    mean("chosen_mean", sum: sumC, count: count)
    mean("rejected_mean", sum: sumR, count: count)
    mean("mean_reward", sum: sumC + sumR, count: 2 * count)
    minimum("min_reward", low)
    maximum("max_reward", high)
  }

  /// What a batch counts: `n_pairs`, and `weight_sum`, the sum of their weights.
  public mutating func add(_ totals: BatchTotals) {
    sum("n_pairs", Double(totals.pairs))
    sum("weight_sum", totals.weight)
  }
}
