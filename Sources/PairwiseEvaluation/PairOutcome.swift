/// What one scored pair says: its margin, and whether the model agrees with the label.
package struct PairOutcome {
  /// Score of chosen − score of rejected.
  package let margin: Double
  /// P(chosen ≻ rejected) as the data has it: 1 for a plain pair, 0.5 for a tie.
  package let label: Double

  package init(chosen: Double, rejected: Double, label: Double = 1) {
    margin = chosen - rejected
    self.label = label
  }

  /// The same pair with its margin times `factor`.
  func scaled(by factor: Double) -> PairOutcome {
    PairOutcome(chosen: margin * factor, rejected: 0, label: label)
  }

  /// False for a label of exactly ½, which has no right answer and stays out of accuracy.
  package var isDecided: Bool { label != 0.5 }

  /// Both scores are equal.
  package var isTied: Bool { margin == 0 }

  /// The side with the higher score is the labelled one; a tie of the scores is not correct.
  package var isCorrect: Bool { label > 0.5 ? margin > 0 : label < 0.5 && margin < 0 }

  /// −log likelihood of the label in nats: p·softplus(−Δ) + (1 − p)·softplus(Δ).
  package var logLoss: Double {
    // Written out for plain labels, so that a factor 0 never meets a large loss.
    if label == 1 { return Logistic.softplus(-margin) }
    if label == 0 { return Logistic.softplus(margin) }
    return label * Logistic.softplus(-margin) + (1 - label) * Logistic.softplus(margin)
  }

  /// (σ(Δ) − p)².
  package var brier: Double {
    let gap = label == 1 ? Logistic.sigmoid(-margin) : Logistic.sigmoid(margin) - label
    return gap * gap
  }
}
