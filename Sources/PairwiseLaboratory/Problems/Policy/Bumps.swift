internal import Glibc
internal import PairwiseEvaluation

/// Bumps spread over arms in a row: features of a policy whose neighbouring arms rise and fall together.
struct Bumps: Sendable {
  /// `[arms][count]`
  let features: [[Double]]

  /// Bumps as wide as they are apart.
  init(_ count: Int, over arms: Int) {
    let spacing = Double(arms - 1) / Double(max(1, count - 1))
    features = (0..<arms).map { arm in
      (0..<count).map { bump in
        let away = (Double(arm) - Double(bump) * spacing) / spacing
        return exp(-away * away / 2)
      }
    }
  }

  /// θ whose policy is closest to the given probabilities.
  func fit(_ probabilities: [Double]) throws(FitError) -> [Double] {
    try Newton.minimize(
      BumpLoss(features: features, target: probabilities),
      from: features[0].map { _ in 0 }, tolerance: 1e-9)
  }
}

/// Cross-entropy of a softmax in θ·φ, with a trace of a penalty where a bump has nothing to explain.
private struct BumpLoss: SmoothFunction {
  let name = "fit of a policy"
  let features: [[Double]]
  let target: [Double]
  let l2 = 1e-6

  func value(at theta: [Double]) -> Double {
    let logits = features.map { dot($0, theta) }
    return Softmax.logSumExp(logits) - dot(target, logits) + l2 / 2 * dot(theta, theta)
  }

  func expansion(at theta: [Double]) -> Expansion {
    let n = theta.count
    var result = Expansion(unknowns: n)
    result.value = value(at: theta)
    let p = Softmax.of(features.map { dot($0, theta) })
    var mean = [Double](repeating: 0, count: n)
    for (weight, row) in zip(p, features) {
      for i in 0..<n { mean[i] += weight * row[i] }
    }
    for (arm, row) in features.enumerated() {
      for i in 0..<n {
        result.gradient[i] += (p[arm] - target[arm]) * row[i]
        let scaled = p[arm] * (row[i] - mean[i])
        for j in 0..<n { result.hessian[i * n + j] += scaled * (row[j] - mean[j]) }
      }
    }
    for i in 0..<n {
      result.gradient[i] += l2 * theta[i]
      result.hessian[i * n + i] += l2
    }
    return result
  }
}
