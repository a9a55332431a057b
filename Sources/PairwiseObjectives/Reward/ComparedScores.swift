internal import PairwiseAutodiff
internal import PairwiseTensor

// Comparisons that need not have a winner: both sides have names of their own, a and b, in place of chosen
// and rejected.

extension InputName {
  /// Rewards of the two completions of a comparison, `[B]`.
  public static let aScores: InputName = "a_scores"
  public static let bScores: InputName = "b_scores"
  /// g(own completion, other one) of a model that reads both at once, `[B]`.
  public static let aJointScores: InputName = "a_joint_scores"
  public static let bJointScores: InputName = "b_joint_scores"
}

extension InputSpec {
  /// Rewards of both completions, `[B]` each.
  static let comparedScores: [InputSpec] = [.computed(.aScores), .computed(.bScores)]
}

extension ObjectiveInputs {
  /// a minus b score, `[B]`.
  var comparedMargin: Variable { self[.aScores] - self[.bScores] }
}

extension MetricSums {
  /// `mean_reward`, `reward_std`, `min_reward` and `max_reward` over both completions.
  mutating func addComparedScores(
    _ x: ObjectiveInputs, _ sides: (InputName, InputName) = (.aScores, .bScores)
  ) {
    // Pair by pair, so that no split changes the order.
    let scores = zip(x[sides.0].value.array, x[sides.1].value.array).flatMap { [$0, $1] }
    mean("mean_reward", Tensor(scores))
    deviation("reward_std") { spread in for score in scores { spread.add(Double(score)) } }
    minimum("min_reward", Double(scores.min() ?? .infinity))
    maximum("max_reward", Double(scores.max() ?? -.infinity))
  }

  /// Figures of comparisons with signed outcomes, from margins a − b, `[b]`: `accuracy` over those that are not 0,
  /// `margin`, the mean lead of their winner, its `margin_std`, and `tie_rate_observed`, the share of those that are.
  mutating func addOutcomes(_ outcomes: [Float], margins: [Float]) {
    let decided = zip(outcomes, margins).filter { $0.0 != 0 }
    let leads = decided.map { $0.0 > 0 ? $0.1 : -$0.1 }
    let (wins, ties) = (leads.count { $0 > 0 }, leads.count { $0 == 0 })
    mean("accuracy", sum: Double(wins), count: leads.count)
    mean("accuracy_half", sum: Double(wins) + 0.5 * Double(ties), count: leads.count)
    mean("margin", sum: leads.reduce(0) { $0 + Double($1) }, count: leads.count)
    deviation("margin_std") { spread in for lead in leads { spread.add(Double(lead)) } }
    mean(
      "tie_rate_observed", sum: Double(outcomes.count - leads.count), count: outcomes.count)
  }
}
