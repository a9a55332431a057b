internal import PairwiseAutodiff
public import PairwiseTensor

/// Running figures over pairs: means, smallest and largest, summed in Double in row order, so that no
/// split into microbatches or evaluation batches changes a bit.
public struct MetricSums: Sendable, Equatable {
  private enum Kind: Sendable { case mean, minimum, maximum }

  private struct Entry: Sendable, Equatable {
    let name: String
    let kind: Kind
    var sum: Double
    var count: Int
  }

  private var entries: [Entry] = []
  private var cursor = 0
  /// Entries that an earlier part of a sum has written, and those of the present part.
  private var taken: Set<Int> = []
  private var written: Set<Int> = []

  public init() {}

  /// The plain mean of each figure over several batches, as TRL logs gradient accumulation: a figure that
  /// some batches lack is averaged over the others.
  public init(averaging batches: [MetricSums]) {
    for batch in batches {
      for entry in batch.entries where entry.count > 0 {
        let value = entry.kind == .mean ? entry.sum / Double(entry.count) : entry.sum
        mean(entry.name, sum: value, count: 1)
      }
      nextMicrobatch()
    }
  }

  /// Lets several objectives measure the same pairs: a figure that more than one has is the first one's.
  mutating func merging(_ measures: [(inout MetricSums) -> Void]) {
    written = []
    for measure in measures {
      measure(&self)
      taken.formUnion(written)
      written = []
    }
    taken = []
  }

  /// Ends a microbatch: the next figures add to the first ones again.
  public mutating func nextMicrobatch() { cursor = 0 }

  /// Adds values to a mean.
  public mutating func mean(_ name: String, _ values: Tensor) {
    let (sum, count) = values.withSpan { span in
      var sum = slot(name, .mean, start: 0)
      for i in 0..<span.count { sum += Double(span[i]) }
      return (sum, span.count)
    }
    store(sum, count)
  }

  /// Adds `share` of `count` pairs to a mean: how often something held.
  public mutating func mean(_ name: String, sum: Double, count: Int) {
    store(slot(name, .mean, start: 0) + sum, count)
  }

  public mutating func minimum(_ name: String, _ value: Double) {
    store(min(slot(name, .minimum, start: .infinity), value), 1)
  }

  public mutating func maximum(_ name: String, _ value: Double) {
    store(max(slot(name, .maximum, start: -.infinity), value), 1)
  }

  /// Names and figures in the order they were first added; a mean of nothing is left out.
  public var values: [(name: String, value: Double)] {
    entries.compactMap { entry in
      guard entry.count > 0 else { return nil }
      return (entry.name, entry.kind == .mean ? entry.sum / Double(entry.count) : entry.sum)
    }
  }

  /// The figure of that name.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  /// The entry at the cursor (figures come in the same order each time), or wherever the name is.
  private mutating func slot(_ name: String, _ kind: Kind, start: Double) -> Double {
    if cursor < entries.count, entries[cursor].name == name { return entries[cursor].sum }
    if let index = entries.firstIndex(where: { $0.name == name }) {
      cursor = index
    } else {
      cursor = entries.count
      entries.append(Entry(name: name, kind: kind, sum: start, count: 0))
    }
    return entries[cursor].sum
  }

  private mutating func store(_ sum: Double, _ count: Int) {
    if !taken.contains(cursor) {
      entries[cursor].sum = sum
      entries[cursor].count += count
      written.insert(cursor)
    }
    cursor += 1
  }
}

extension MetricSums {
  /// The figures of every scalar reward model, from scores `[b]` of both sides.
  ///
  /// `accuracy` counts strictly greater, `accuracy_half` ties as one half, `tie_rate` is their share.
  /// `margin` is the mean of chosen − rejected score (TRL's name), not the data's margin;
  /// `mean_reward`, `min_reward` and `max_reward` run over both sides.
  public mutating func addRewards(chosen: Tensor, rejected: Tensor) {
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
    mean("chosen_mean", sum: sumC, count: count)
    mean("rejected_mean", sum: sumR, count: count)
    mean("mean_reward", sum: sumC + sumR, count: 2 * count)
    minimum("min_reward", low)
    maximum("max_reward", high)
  }

  /// The figures of every policy that is trained on pairs, from summed log-probs of both sides.
  ///
  /// `rewards/*` are scale·log-ratio; `rewards/accuracies` counts strictly greater, so equal rewards count
  /// as wrong, as in TRL. `ranking_accuracy` is the share of pairs with log-prob chosen ≥ rejected.
  public mutating func addPolicyRewards(_ x: ObjectiveInputs, scale: Float) {
    let (pc, pr) = (x[.policyChosenLogps].value, x[.policyRejectedLogps].value)
    let (a, b) = (x.chosenLogRatio.value, x.rejectedLogRatio.value)
    let count = pc.count
    var sums = PolicySums()
    for i in 0..<count {
      sums.add(
        a: a[flat: i], b: b[flat: i], scale: scale, pc: pc[flat: i], pr: pr[flat: i])
    }
    for (name, sum) in sums.named { mean(name, sum: sum, count: count) }
    if let reference = x.optional(.refChosenLogps)?.value { mean("logps/ref_chosen", reference) }
    if let reference = x.optional(.refRejectedLogps)?.value {
      mean("logps/ref_rejected", reference)
    }
  }
}

/// Sums of the figures of a policy over pairs.
private struct PolicySums {
  private var chosen = 0.0
  private var rejected = 0.0
  private var wins = 0
  private var ranked = 0
  private var logps = (chosen: 0.0, rejected: 0.0)
  private var ratio = (chosen: 0.0, rejected: 0.0)

  mutating func add(a: Float, b: Float, scale: Float, pc: Float, pr: Float) {
    let (c, r) = (scale * a, scale * b)
    chosen += Double(c)
    rejected += Double(r)
    if c > r { wins += 1 }
    if pc >= pr { ranked += 1 }
    logps.chosen += Double(pc)
    logps.rejected += Double(pr)
    ratio.chosen += Double(a)
    ratio.rejected += Double(b)
  }

  var named: [(String, Double)] {
    [
      ("rewards/chosen", chosen), ("rewards/rejected", rejected),
      ("rewards/accuracies", Double(wins)), ("rewards/margins", chosen - rejected),
      ("logps/chosen", logps.chosen), ("logps/rejected", logps.rejected),
      ("ranking_accuracy", Double(ranked)), ("logratio/chosen", ratio.chosen),
      ("logratio/rejected", ratio.rejected),
    ]
  }
}
