internal import PairwiseEvaluation

/// The second stage of MiCRo on two heads: only the router, a logistic function of the context, learns from
/// a few pairs whose context is known.
///
/// Targets ω ∝ f·exp(−L/τ) are computed at the start of an epoch and kept while the router takes gradient
/// steps on their cross-entropy.
///
/// - Source: Shen et al. 2025, arXiv 2505.24846.
public struct HedgeFit: Sendable, Equatable {
  /// log(f₀/f₁) = slope·c + intercept.
  public private(set) var slope: Double
  public private(set) var intercept: Double

  /// - Parameters:
  ///   - losses: −log σ(δ) under either head, `[n][2]`.
  ///   - contexts: `[n]`.
  ///   - temperature: τ > 0.
  public init(
    slope: Double = 0, intercept: Double, losses: [[Double]], contexts: [Double],
    temperature: Double, epochs: Int = 10, steps: Int = 20, rate: Double = 0.5
  ) {
    precondition(temperature > 0, "hedge: temperature \(temperature)")
    (self.slope, self.intercept) = (slope, intercept)
    let n = Double(contexts.count)
    for _ in 0..<epochs {
      let targets = contexts.indices.map { row in
        Logistic.sigmoid(logit(contexts[row]) - (losses[row][0] - losses[row][1]) / temperature)
      }
      for _ in 0..<steps {
        // ∂(cross-entropy)/∂logit = f − ω.
        let gaps = zip(contexts, targets).map { Logistic.sigmoid(logit($0)) - $1 }
        let (a, b) = (dot(gaps, contexts) / n, gaps.reduce(0, +) / n)
        self.slope -= rate * a
        self.intercept -= rate * b
      }
    }
  }

  private func logit(_ context: Double) -> Double { slope * context + intercept }

  /// f₀ of a context.
  public func share(_ context: Double) -> Double { Logistic.sigmoid(logit(context)) }
}
