/// Running figures over scored pairs: accuracy, margins, rewards, log loss and Brier score.
///
/// All sums are exact until read, so any batch size, any order and any split that is merged later
/// give the same bits.
public struct PairStatistics: Sendable {
  /// All pairs, those with a label of exactly ½, and those with equal scores.
  public private(set) var count = 0
  public private(set) var undecided = 0
  public private(set) var tied = 0
  /// Of the decided pairs: right ones, and those with equal scores.
  public private(set) var correct = 0
  private var tiedDecided = 0
  public private(set) var chosen = Moments()
  public private(set) var rejected = Moments()
  /// Of score of chosen − score of rejected.
  public private(set) var margin = Moments()
  private var logLossSum = ExactSum()
  private var brierSum = ExactSum()
  private var weights = ExactSum()
  private var weightedLogLossSum = ExactSum()
  private var decidedWeights = ExactSum()
  private var correctWeights = ExactSum()

  public init() {}

  /// Adds one pair.
  ///
  /// - Parameters:
  ///   - label: P(chosen ≻ rejected), 0…1.
  ///   - weight: ≥ 0.
  /// - Throws: `EvaluationError` naming the pair's running number when a value is out of range.
  public mutating func add(
    chosen: Double, rejected: Double, label: Double = 1, weight: Double = 1
  ) throws(EvaluationError) {
    try EvaluationError.check(
      pair: count, chosen: chosen, rejected: rejected, label: label, weight: weight)
    add(chosen, rejected, PairOutcome(chosen: chosen, rejected: rejected, label: label), weight)
  }

  /// Adds a batch in row order: scores as a model gives them, `[B]` each.
  ///
  /// - Throws: as for one pair, and when the lengths differ (then nothing is added).
  public mutating func add(
    chosen: [Float], rejected: [Float], labels: [Float]? = nil, weights: [Float]? = nil
  ) throws(EvaluationError) {
    let n = chosen.count
    for (what, found) in [
      ("rejected scores", rejected.count), ("labels", labels?.count ?? n),
      ("weights", weights?.count ?? n),
    ] where found != n {
      throw .lengthsDiffer(what, found: found, expected: n)
    }
    for row in 0..<n {
      try add(
        chosen: Double(chosen[row]), rejected: Double(rejected[row]),
        label: labels.map { Double($0[row]) } ?? 1, weight: weights.map { Double($0[row]) } ?? 1)
    }
  }

  /// All pairs of `scores`, which are checked already.
  public init(_ scores: PairScores) {
    for row in 0..<scores.count {
      add(
        scores.chosen[row], scores.rejected[row], scores.outcome(row), scores.weights?[row] ?? 1)
    }
  }

  private mutating func add(
    _ chosen: Double, _ rejected: Double, _ outcome: PairOutcome, _ weight: Double
  ) {
    count += 1
    if outcome.isTied { tied += 1 }
    if outcome.isDecided {
      if outcome.isTied { tiedDecided += 1 }
      decidedWeights.add(weight)
    } else {
      undecided += 1
    }
    if outcome.isCorrect {
      correct += 1
      correctWeights.add(weight)
    }
    self.chosen.add(chosen)
    self.rejected.add(rejected)
    margin.add(outcome.margin)
    logLossSum.add(outcome.logLoss)
    brierSum.add(outcome.brier)
    weights.add(weight)
    weightedLogLossSum.addProduct(weight, outcome.logLoss)
  }

  /// As if all pairs of `other` had been added here.
  public mutating func merge(_ other: PairStatistics) {
    count += other.count
    undecided += other.undecided
    tied += other.tied
    correct += other.correct
    tiedDecided += other.tiedDecided
    chosen.merge(other.chosen)
    rejected.merge(other.rejected)
    margin.merge(other.margin)
    logLossSum.merge(other.logLossSum)
    brierSum.merge(other.brierSum)
    weights.merge(other.weights)
    weightedLogLossSum.merge(other.weightedLogLossSum)
    decidedWeights.merge(other.decidedWeights)
    correctWeights.merge(other.correctWeights)
  }
}

extension PairStatistics {
  /// Pairs whose label names a winner: the denominator of accuracy.
  public var decided: Int { count - undecided }

  /// Share of decided pairs whose labelled side scores strictly higher; nil without such pairs.
  public var accuracy: Double? { decided == 0 ? nil : Double(correct) / Double(decided) }

  /// The same with a tie of the scores counted one half.
  public var accuracyHalf: Double? {
    decided == 0 ? nil : (Double(correct) + 0.5 * Double(tiedDecided)) / Double(decided)
  }

  /// Wilson's interval of `accuracy`; nil without decided pairs.
  ///
  /// - Throws: `EvaluationError` when `level` is not between 0 and 1.
  public func accuracyInterval(level: Double = 0.95) throws(EvaluationError) -> Interval? {
    decided == 0 ? nil : try .wilson(successes: correct, of: decided, level: level)
  }

  /// Share of all pairs with equal scores; nil without pairs.
  public var tieRate: Double? { count == 0 ? nil : Double(tied) / Double(count) }

  /// Mean −log likelihood of the labels, nats; nil without pairs.
  public var logLoss: Double? { count == 0 ? nil : logLossSum.value / Double(count) }

  /// Mean (σ(Δ) − label)²; nil without pairs.
  public var brier: Double? { count == 0 ? nil : brierSum.value / Double(count) }

  /// Σ w.
  public var weightSum: Double { weights.value }

  /// Σ w·loss / Σ w; nil without weight.
  public var weightedLogLoss: Double? {
    weightSum > 0 ? weightedLogLossSum.value / weightSum : nil
  }

  /// Share of the decided pairs' weight that is right; nil without weight.
  public var weightedAccuracy: Double? {
    let total = decidedWeights.value
    return total > 0 ? correctWeights.value / total : nil
  }

  /// Of all 2n scores.
  public var rewards: Moments {
    var both = chosen
    both.merge(rejected)
    return both
  }

  /// The figures every reward model logs, in the order and by the names of the methods reference,
  /// §0.6. Standard deviations have divisor n. Empty without pairs.
  public var metrics: [(name: String, value: Double)] {
    let rewards = rewards
    let all: [(String, Double?)] = [
      ("accuracy", accuracy), ("tie_rate", tieRate), ("accuracy_half", accuracyHalf),
      ("margin_mean", margin.mean), ("margin_std", margin.populationStandardDeviation),
      ("reward_mean", rewards.mean), ("reward_std", rewards.populationStandardDeviation),
      ("reward_min", rewards.minimum), ("reward_max", rewards.maximum),
      ("chosen_mean", chosen.mean), ("rejected_mean", rejected.mean),
      ("weight_sum", count == 0 ? nil : weightSum), ("n_pairs", count == 0 ? nil : Double(count)),
    ]
    return all.compactMap { name, value in value.map { (name, $0) } }
  }
}
