internal import Glibc
internal import PairwiseEvaluation

/// Strengths of items and one number about ties, from how often each pair of items was won, tied and lost.
///
/// - Source: Rao and Kupper 1967; Davidson 1970.
public struct TiesFit: Sendable, Equatable {
  public enum Model: Sendable, Equatable {
    /// P(a ≻ b) = σ(Δ − τ), P(b ≻ a) = σ(−Δ − τ), the rest are ties; τ > 0.
    case raoKupper
    /// Softmax over Δ/2, −Δ/2 and ln ν.
    case davidson
    /// Bradley and Terry, a tie being half a win for either.
    case halfWins
    /// Bradley and Terry without the ties.
    case dropped
  }

  /// Shares or counts of what happened between two items.
  public struct Outcome: Sendable, Equatable {
    public var first: Int
    public var second: Int
    public var wins: Double
    public var ties: Double
    public var losses: Double

    public init(_ first: Int, _ second: Int, wins: Double, ties: Double, losses: Double) {
      (self.first, self.second) = (first, second)
      (self.wins, self.ties, self.losses) = (wins, ties, losses)
    }
  }

  /// θ of each item, of sum 0.
  public let strengths: [Double]
  /// τ or ν; nil for the models without one.
  public let tie: Double?
  /// −log likelihood, divided by the number of outcomes if their shares add up to 1 each.
  public let loss: Double

  public init(fitting outcomes: [Outcome], items: Int, _ model: Model) throws(FitError) {
    precondition(items >= 2 && !outcomes.isEmpty, "ties: expected items and outcomes")
    let hasTie = model == .raoKupper || model == .davidson
    let loss = TiesLoss(outcomes: outcomes, items: items, model: model)
    // The last item's strength is minus the sum of the others; τ starts at 0.5 as exp, ν at 0.5.
    var start = [Double](repeating: 0, count: items - 1)
    if hasTie { start.append(log(0.5)) }
    let point = try Newton.minimize(loss, from: start)
    let free = point.prefix(items - 1)
    strengths = Array(free) + [-free.reduce(0, +)]
    tie = hasTie ? exp(point[items - 1]) : nil
    self.loss = loss.value(at: point)
  }
}

/// The mean −log likelihood, over strengths of sum 0 and the logarithm of τ or ν.
private struct TiesLoss: SmoothFunction {
  let name = "fit of ties"
  let outcomes: [TiesFit.Outcome]
  let items: Int
  let model: TiesFit.Model

  /// One term: a weight, and a −log probability with derivatives in Δ and the tie number u = ln τ or ln ν.
  private struct Term {
    var value = 0.0
    var d = 0.0, u = 0.0
    var dd = 0.0, du = 0.0, uu = 0.0

    mutating func add(_ weight: Double, _ other: Term) {
      value += weight * other.value
      (d, u) = (d + weight * other.d, u + weight * other.u)
      (dd, du, uu) = (dd + weight * other.dd, du + weight * other.du, uu + weight * other.uu)
    }
  }

  func value(at point: [Double]) -> Double { expansion(at: point).value }

  func expansion(at point: [Double]) -> Expansion {
    var result = Expansion(unknowns: point.count)
    let n = point.count
    let strengths = point.prefix(items - 1) + [-point.prefix(items - 1).reduce(0, +)]
    for outcome in outcomes {
      let term = term(
        outcome, strengths[outcome.first] - strengths[outcome.second],
        n == items ? point[n - 1] : 0)
      let slope = direction(outcome)
      result.value += term.value / Double(outcomes.count)
      for i in 0..<n {
        let isTie = i == items - 1
        result.gradient[i] += (isTie ? term.u : slope[i] * term.d) / Double(outcomes.count)
        for j in 0..<n {
          let curve: Double =
            switch (isTie, j == items - 1) {
            case (false, false): slope[i] * slope[j] * term.dd
            case (true, true): term.uu
            case (true, false): slope[j] * term.du
            case (false, true): slope[i] * term.du
            }
          result.hessian[i * n + j] += curve / Double(outcomes.count)
        }
      }
    }
    return result
  }

  /// How Δ changes with each free strength.
  private func direction(_ outcome: TiesFit.Outcome) -> [Double] {
    (0..<items - 1).map { k in
      let first = outcome.first == items - 1 ? -1.0 : outcome.first == k ? 1 : 0
      let second = outcome.second == items - 1 ? -1.0 : outcome.second == k ? 1 : 0
      return first - second
    }
  }

  private func term(_ outcome: TiesFit.Outcome, _ delta: Double, _ u: Double) -> Term {
    var sum = Term()
    switch model {
    case .halfWins:
      sum.add(outcome.wins + outcome.ties / 2, logistic(delta, 1, 0, 0))
      sum.add(outcome.losses + outcome.ties / 2, logistic(-delta, -1, 0, 0))
    case .dropped:
      sum.add(outcome.wins, logistic(delta, 1, 0, 0))
      sum.add(outcome.losses, logistic(-delta, -1, 0, 0))
    case .raoKupper:
      let tau = exp(u)
      sum.add(outcome.wins + outcome.ties, logistic(delta - tau, 1, -tau, -tau))
      sum.add(outcome.losses + outcome.ties, logistic(-delta - tau, -1, -tau, -tau))
      sum.add(outcome.ties, window(tau))
    case .davidson:
      davidson(outcome, delta, u, into: &sum)
    }
    return sum
  }

  /// softplus(−z) where z moves with Δ by `d` and with u by `u`, and twice with u by `uu`.
  private func logistic(_ z: Double, _ d: Double, _ u: Double, _ uu: Double) -> Term {
    let slope = -Logistic.sigmoid(-z)
    let curve = Logistic.sigmoid(z) * Logistic.sigmoid(-z)
    return Term(
      value: Logistic.softplus(-z), d: slope * d, u: slope * u, dd: curve * d * d,
      du: curve * d * u, uu: curve * u * u + slope * uu)
  }

  /// −log(e^{2τ} − 1), τ = eᵘ.
  private func window(_ tau: Double) -> Term {
    // 2e^{2τ}/(e^{2τ} − 1) = 2/(1 − e^{−2τ}), and its derivative in τ.
    let gap = -expm1(-2 * tau)
    let slope = 2 / gap
    let curve = -4 * exp(-2 * tau) / (gap * gap)
    return Term(
      value: -(2 * tau + log(gap)), u: -slope * tau, uu: -(curve * tau * tau + slope * tau))
  }

  private func davidson(
    _ outcome: TiesFit.Outcome, _ delta: Double, _ u: Double, into sum: inout Term
  ) {
    let logits = [delta / 2, -delta / 2, u]
    let total = Softmax.logSumExp(logits)
    let p = Softmax.of(logits)
    // Means and covariances of (∂logit/∂Δ, ∂logit/∂u) = (±½, 0) and (0, 1).
    let mean = (p[0] - p[1]) / 2
    var term = Term()
    term.dd = (p[0] + p[1]) / 4 - mean * mean
    term.du = -mean * p[2]
    term.uu = p[2] * (1 - p[2])
    let given = [outcome.wins, outcome.losses, outcome.ties]
    for (k, slopes) in [(0.5, 0.0), (-0.5, 0.0), (0.0, 1.0)].enumerated() {
      term.value = total - logits[k]
      (term.d, term.u) = (mean - slopes.0, p[2] - slopes.1)
      sum.add(given[k], term)
    }
  }
}
