public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// The loss of PAL, whose scores say how near a completion is to what its user likes.
///
/// On t = r_c − r_r: `hinge` is max(0, 1 − t), `logistic` softplus(−t), `smooth_hinge` (max(0, 1 − t))²/(2γ) from t
/// = 1 − γ on and 1 − γ/2 − t below. Scores are −distance to the user's ideal point (model A) or a scaled cosine
/// (model B), where `logistic` is the cross-entropy of the pair. The derivative at the hinge's kink is 0.
///
/// ## When to use
///
/// With the model head `ideal_point`, when each pair tells which user judged it and users differ: few prototypes
/// are learned, and a user is a mixture of them. New users need a handful of pairs.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, and `loss/zero`, the share of pairs that a hinge is done with. Of evaluations, with the head
/// `ideal_point`: `users/entropy`, the mean entropy of users' weights in nats, `prototypes/unused`, how many are no
/// user's largest, `prototypes/distance/i/j`; `accuracy_known` and `accuracy_new` of users in the training pairs and
/// of others.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Chen et al. 2024, PAL (arXiv 2406.08469).
public struct PAL: ScoreObjective {
  public static let name = "pal"
  public static let summary = "hinge or likelihood of the choice under a user's own ideal point"
  public static let formula = """
    t = r_chosen - r_rejected, scores of the pair's user
    hinge: loss = max(0, 1 - t)        logistic: loss = softplus(-t)
    smooth_hinge: loss = max(0, 1 - t)^2/(2 gamma) if t >= 1 - gamma, else 1 - gamma/2 - t
    Chen et al. 2024, arXiv 2406.08469
    """

  /// The shape of the loss.
  public enum Loss: Sendable, Equatable {
    case hinge, logistic
    /// With the width γ > 0 of its round part.
    case smoothHinge(Float)
  }

  private enum Kind: String, Sendable, CaseIterable {
    case hinge, logistic
    case smoothHinge = "smooth_hinge"
  }

  /// Required in configs.
  public var loss: Loss

  public init(loss: Loss = .logistic) { self.loss = loss }

  public init(from reader: inout SectionReader) {
    let kind = reader.requiredChoice(
      "loss", fallback: Kind.logistic,
      "The shape of the loss: likelihood (logistic), or done at a lead of 1 (hinge, smooth_hinge).")
    let gamma = reader.optional(
      "gamma", Float.self, .greater(than: 0),
      "Width of the round part of smooth_hinge, which needs it; for that loss only.")
    if kind == .smoothHinge, gamma == nil, !reader.contains("gamma") {
      reader.report("gamma", "missing, loss smooth_hinge needs it")
    } else if kind != .smoothHinge, gamma != nil {
      reader.report("gamma", "expected only with loss smooth_hinge, found it with \(kind.rawValue)")
    }
    switch kind {
    case .hinge: loss = .hinge
    case .logistic: loss = .logistic
    case .smoothHinge: loss = .smoothHinge(gamma ?? 1)
    }
  }

  public var undecidedLoss: Double? {
    switch loss {
    case .logistic: .ln2
    case .hinge: 1
    case .smoothHinge(let gamma): gamma < 1 ? 1 - Double(gamma) / 2 : 1 / (2 * Double(gamma))
    }
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let t = x.scoreMargin
    switch loss {
    case .logistic: return (-t).softplus()
    case .hinge: return (1 - t).relu()
    case .smoothHinge(let gamma):
      let gap = (1 - t).relu()
      let round = gap.atMost(gamma)
      // Beyond γ the rounded part is constant and the rest is linear; before, there is no rest.
      return round.squared() / (2 * gamma) + (gap - round)
    }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    let losses = losses(x).value.array
    sums.mean("loss/zero", sum: Double(losses.count { $0 == 0 }), count: losses.count)
  }
}
