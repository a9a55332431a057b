/// The one number that scales scores so that σ(Δ / T) fits how often pairs come out right.
///
/// Minimises the mean −log likelihood of σ(bΔ) over b = 1/T by bisection on its derivative
/// mean(Δ·(σ(bΔ) − label)), which only grows. Scaling never changes accuracy or ranking.
/// - Source: Guo et al. 2017; methods reference, §8.2.
public struct Temperature: Sendable, Equatable {
  /// What kind of optimum was found.
  public enum Outcome: String, Sendable, CaseIterable {
    /// The minimum, to the last bit of bisection.
    case optimum
    /// Every pair is right (`E_SEPARABLE`): the best b is infinite, the largest allowed was taken.
    case separable
    /// Scores are right no more often than wrong, by margin: the best b is 0, the smallest allowed
    /// was taken.
    case uninformative
    /// The minimum lies beyond the allowed range of b; its nearest end was taken.
    case clamped
    /// All margins are 0, so that no b differs from another: 1 was taken.
    case flat
  }

  /// b = 1/T, in `allowed`.
  public var inverse: Double
  public var outcome: Outcome

  /// T; scores are divided by it.
  public var value: Double { 1 / inverse }

  public init(inverse: Double, outcome: Outcome = .optimum) {
    self.inverse = inverse
    self.outcome = outcome
  }

  /// The range b is kept in: 10⁻⁴ … 10⁴.
  public static let allowed = 1e-4...1e4

  /// Fits to scores, best of pairs the model was not trained on.
  public init(fitting scores: PairScores) {
    let outcomes = (0..<scores.count).map { scores.outcome($0) }
    guard outcomes.contains(where: { !$0.isTied }) else {
      self.init(inverse: 1, outcome: .flat)
      return
    }
    let slope = { (b: Double) in Self.slope(outcomes, at: b) }
    if slope(0) >= 0 {
      self.init(inverse: Self.allowed.lowerBound, outcome: .uninformative)
    } else if outcomes.allSatisfy({ $0.isTied || Self.isCertain($0) }) {
      self.init(inverse: Self.allowed.upperBound, outcome: .separable)
    } else if slope(Self.allowed.lowerBound) >= 0 {
      self.init(inverse: Self.allowed.lowerBound, outcome: .clamped)
    } else if slope(Self.allowed.upperBound) <= 0 {
      self.init(inverse: Self.allowed.upperBound, outcome: .clamped)
    } else {
      self.init(inverse: Self.root(of: slope))
    }
  }

  /// A pair that pulls b up at every b: a hard label that the margin agrees with.
  private static func isCertain(_ outcome: PairOutcome) -> Bool {
    (outcome.label == 1 && outcome.margin > 0) || (outcome.label == 0 && outcome.margin < 0)
  }

  /// Bisection between the ends of `allowed`, where `slope` changes sign, until no double is left.
  private static func root(of slope: (Double) -> Double) -> Double {
    // Powers of two first: this finds the scale in a few steps, whatever the scores' unit.
    var low = allowed.lowerBound
    var high = 2 * low
    while high < allowed.upperBound, slope(high) < 0 {
      low = high
      high *= 2
    }
    high = min(high, allowed.upperBound)
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { return middle }
      if slope(middle) < 0 { low = middle } else { high = middle }
    }
  }

  /// d/db of the summed −log likelihood: Σ Δ·(σ(bΔ) − label), rounded once.
  private static func slope(_ outcomes: [PairOutcome], at b: Double) -> Double {
    var sum = ExactSum()
    for outcome in outcomes {
      // For label 1 as −Δ·σ(−bΔ): no cancellation where σ is close to 1.
      let gap =
        outcome.label == 1
        ? -Logistic.sigmoid(-b * outcome.margin)
        : Logistic.sigmoid(b * outcome.margin) - outcome.label
      sum.add(outcome.margin * gap)
    }
    return sum.value
  }
}
