public import PairwiseTensor

/// Running figures over pairs: means, totals, smallest and largest, summed in Double in row order, so that no
/// split into microbatches or evaluation batches changes a bit.
public struct MetricSums: Sendable, Equatable {
  private enum Kind: Sendable, Equatable {
    case mean, sum, minimum, maximum
    case deviation, correlation, ranks
    /// Between two means, if there are both.
    case difference(String, String)
    /// s²/(s² + v) of a standard deviation s and a variance v, if there are both.
    case explained(String, String)
    /// 1 where a mean lies below a number, else 0.
    case below(String, Double)
  }

  private struct Entry: Sendable, Equatable {
    let name: String
    let kind: Kind
    var sum: Double
    /// What a mean is divided by.
    var count: Double
    var spread = Spread()
    var covariation = Covariation()
    var columns = RankedColumns()
    var rankCorrelation: Double?
  }

  private var entries: [Entry] = []
  private var cursor = 0
  /// Entries that an earlier part of a sum has written, and those of the present part.
  private var taken: Set<Int> = []
  private var written: Set<Int> = []
  /// The rewards behind `rewards/*`, pair by pair; nil unless pairs are kept.
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

  /// Keeps, from here on, what can only be told of all pairs together: the rewards of every pair, and columns to rank.
  public mutating func keepPairs() { rewards = SideRewards() }

  /// Whether the figures are of all pairs of a set, as in an evaluation.
  var keepsPairs: Bool { rewards != nil }

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

  /// The share s²/(s² + v) of a standard deviation's square in a whole with a variance, where there are both.
  mutating func explained(_ name: String, by deviation: String, beside variance: String) {
    store(slot(name, .explained(deviation, variance), start: 0), 1)
  }

  /// Whether a mean lies below a number: 1 or 0.
  mutating func below(_ name: String, _ mean: String, _ bound: Double) {
    store(slot(name, .below(mean, bound), start: 0), 1)
  }

  /// A standard deviation (divisor n) of all the numbers that `add` adds.
  mutating func deviation(_ name: String, _ add: (inout Spread) -> Void) {
    change(name, .deviation) { add(&$0.spread) }
  }

  /// Pearson's correlation of all the pairs of numbers that `add` adds.
  mutating func correlation(_ name: String, _ add: (inout Covariation) -> Void) {
    change(name, .correlation) { add(&$0.covariation) }
  }

  /// Spearman's correlation of all the pairs of numbers that `add` adds, where pairs are kept: ranks take all of them.
  /// Whoever evaluates a set then calls `compareRanks`.
  mutating func ranks(_ name: String, _ add: (inout RankedColumns) -> Void) {
    guard keepsPairs else { return }
    change(name, .ranks) { add(&$0.columns) }
  }

  /// Compares the columns kept for `ranks`, once all pairs are there.
  ///
  /// - Parameter correlation: of two columns; nil where there is none.
  public mutating func compareRanks(by correlation: ([Double], [Double]) -> Double?) {
    for index in entries.indices where entries[index].kind == .ranks {
      let columns = entries[index].columns
      entries[index].rankCorrelation = correlation(columns.first, columns.second)
    }
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
    case .deviation: return entry.spread.deviation
    case .correlation: return entry.covariation.correlation
    case .ranks: return entry.rankCorrelation
    case .difference(let first, let second):
      return both(first, second).map { $0 - $1 }
    case .below(let mean, let bound):
      return entries.first { $0.name == mean }.flatMap(value).map { $0 < bound ? 1 : 0 }
    case .explained(let deviation, let variance):
      guard let (s, v) = both(deviation, variance), s * s + v > 0 else { return nil }
      return s * s / (s * s + v)
    }
  }

  private func both(_ first: String, _ second: String) -> (Double, Double)? {
    guard let first = entries.first(where: { $0.name == first }).flatMap(value),
      let second = entries.first(where: { $0.name == second }).flatMap(value)
    else { return nil }
    return (first, second)
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

  /// Adds to an entry that keeps more than a sum.
  private mutating func change(_ name: String, _ kind: Kind, _ add: (inout Entry) -> Void) {
    let sum = slot(name, kind, start: 0)
    if !taken.contains(cursor) { add(&entries[cursor]) }
    store(sum, 1)
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
