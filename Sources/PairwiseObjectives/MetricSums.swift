public import PairwiseTensor

/// Running figures over pairs: means, totals, smallest and largest, summed in Double in row order, so that no
/// split into microbatches or evaluation batches changes a bit.
public struct MetricSums: Sendable, Equatable {
  private enum Kind: Sendable, Equatable {
    case mean, sum, minimum, maximum
    /// Between two means, if there are both.
    case difference(String, String)
  }

  private struct Entry: Sendable, Equatable {
    let name: String
    let kind: Kind
    var sum: Double
    /// What a mean is divided by.
    var count: Double
  }

  private var entries: [Entry] = []
  private var cursor = 0
  /// Entries that an earlier part of a sum has written, and those of the present part.
  private var taken: Set<Int> = []
  private var written: Set<Int> = []
  /// The rewards behind `rewards/*`, pair by pair; nil unless they are kept.
  public private(set) var rewards: SideRewards?
  private var hasRewards = false

  public init() {}

  /// The plain mean of each figure over several batches, as TRL logs gradient accumulation: a figure that
  /// some batches lack is averaged over the others. Totals are added up.
  public init(averaging batches: [MetricSums]) {
    for batch in batches {
      for entry in batch.entries {
        guard let value = batch.value(of: entry) else { continue }
        if entry.kind == .sum {
          sum(entry.name, value)
        } else {
          mean(entry.name, sum: value, count: 1)
        }
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
  public mutating func nextMicrobatch() { (cursor, hasRewards) = (0, false) }

  /// Keeps the rewards of every pair from here on.
  public mutating func keepRewards() { rewards = SideRewards() }

  /// Adds rewards as an objective defines them, to be kept. Of several objectives the first one's count, as
  /// with figures.
  mutating func keep(chosen: [Float], rejected: [Float]) {
    guard rewards != nil, !hasRewards else { return }
    rewards?.chosen += chosen
    rewards?.rejected += rejected
    hasRewards = true
  }

  /// Adds values to a mean.
  public mutating func mean(_ name: String, _ values: Tensor) {
    let (sum, count) = values.withSpan { span in
      var sum = slot(name, .mean, start: 0)
      for i in 0..<span.count { sum += Double(span[i]) }
      return (sum, span.count)
    }
    store(sum, Double(count))
  }

  /// Adds `share` of `count` pairs to a mean: how often something held.
  public mutating func mean(_ name: String, sum: Double, count: Int) {
    mean(name, sum: sum, over: Double(count))
  }

  /// Adds a sum over what may be no whole number: tokens, weights.
  public mutating func mean(_ name: String, sum: Double, over count: Double) {
    store(slot(name, .mean, start: 0) + sum, count)
  }

  /// Adds to a total.
  public mutating func sum(_ name: String, _ value: Double) {
    store(slot(name, .sum, start: 0) + value, 1)
  }

  /// How far one mean lies above another, where there are both: means over different rows.
  public mutating func difference(_ name: String, of first: String, _ second: String) {
    store(slot(name, .difference(first, second), start: 0), 1)
  }

  public mutating func minimum(_ name: String, _ value: Double) {
    store(min(slot(name, .minimum, start: .infinity), value), 1)
  }

  public mutating func maximum(_ name: String, _ value: Double) {
    store(max(slot(name, .maximum, start: -.infinity), value), 1)
  }

  /// Names and figures in the order they were first added; a mean of nothing is left out.
  public var values: [(name: String, value: Double)] {
    entries.compactMap { entry in value(of: entry).map { (entry.name, $0) } }
  }

  private func value(of entry: Entry) -> Double? {
    guard entry.count > 0 else { return nil }
    switch entry.kind {
    case .mean: return entry.sum / entry.count
    case .sum, .minimum, .maximum: return entry.sum
    case .difference(let first, let second):
      guard let first = entries.first(where: { $0.name == first }).flatMap(value),
        let second = entries.first(where: { $0.name == second }).flatMap(value)
      else { return nil }
      return first - second
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

  private mutating func store(_ sum: Double, _ count: Double) {
    if !taken.contains(cursor) {
      entries[cursor].sum = sum
      entries[cursor].count += count
      written.insert(cursor)
    }
    cursor += 1
  }
}

/// Rewards of both sides of some pairs as an objective defines them, each `[n]`; of single completions those
/// of the desirable and of the undesirable ones.
public struct SideRewards: Sendable, Equatable {
  public var chosen: [Float]
  public var rejected: [Float]

  public init(chosen: [Float] = [], rejected: [Float] = []) {
    (self.chosen, self.rejected) = (chosen, rejected)
  }
}

extension MetricSums {
  /// The figures of every scalar reward model, from scores `[b]` of both sides.
  ///
  /// `accuracy` counts strictly greater, `accuracy_half` ties as one half, `tie_rate` is their share.
  /// `margin` is the mean of chosen − rejected score (TRL's name), not the data's margin;
  /// `mean_reward`, `min_reward` and `max_reward` run over both sides.
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
    mean("chosen_mean", sum: sumC, count: count)
    mean("rejected_mean", sum: sumR, count: count)
    mean("mean_reward", sum: sumC + sumR, count: 2 * count)
    minimum("min_reward", low)
    maximum("max_reward", high)
  }
}
