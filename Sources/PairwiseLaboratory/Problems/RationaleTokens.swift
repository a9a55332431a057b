public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// T18, rationales: one of fifty features decides, and each label comes with a word that names a feature,
/// more often than not the right one.
public struct RationaleTokens: ToyProblem {
  public static let name = "rationale_tokens"
  public static let summary = "one feature of fifty decides; rationales name it half of the time"
  public static let source = "Just et al. 2024, arXiv 2407.14477"

  public let width = 50
  public let rows = 30
  /// Weight of the feature that decides.
  public let strength = 1.0
  /// Chance that a rationale names the right feature; else it names any.
  public let candour = 0.5

  public var seed = 0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
  }

  public struct Instance: Sendable {
    /// The feature that decides.
    public var feature: Int
    public var pairs: LinearPairs
    /// The feature named with each pair.
    public var tokens: [Int]
  }

  public func draw(seed: UInt64) -> Instance {
    var rng = SplitMix64(seed: seed)
    let feature = rng.randint(width)
    var x: [Double] = []
    var tokens: [Int] = []
    for _ in 0..<rows {
      let row = (0..<width).map { _ in
        let a = rng.normal()
        return a - rng.normal()
      }
      let isFirst = rng.bernoulli(Logistic.sigmoid(strength * row[feature]))
      x += isFirst ? row : row.map { -$0 }
      let names = rng.bernoulli(candour)
      let other = rng.randint(width)
      tokens.append(names ? feature : other)
    }
    return Instance(feature: feature, pairs: LinearPairs(x, width: width), tokens: tokens)
  }

  /// The reward's weights under L + γ·NLL of the rationales, where a word's probability is softmax of the
  /// weights themselves: what is said to matter is what weighs.
  public func fit(
    _ instance: Instance, weight: Double, l2: Double = 0.01
  ) throws(FitError) -> [Double] {
    try Newton.minimize(
      RationaleLoss(
        pairs: LogisticLoss(pairs: instance.pairs, l2: l2), tokens: instance.tokens, weight: weight),
      from: [Double](repeating: 0, count: width))
  }
}

private struct RationaleLoss: SmoothFunction {
  let name = "fit with rationales"
  let pairs: LogisticLoss
  let tokens: [Int]
  let weight: Double

  func value(at theta: [Double]) -> Double {
    let named = tokens.reduce(0) { $0 + theta[$1] } / Double(tokens.count)
    return pairs.value(at: theta) + weight * (Softmax.logSumExp(theta) - named)
  }

  func expansion(at theta: [Double]) -> Expansion {
    var result = pairs.expansion(at: theta)
    result.value = value(at: theta)
    let p = Softmax.of(theta)
    let n = theta.count
    for token in tokens { result.gradient[token] -= weight / Double(tokens.count) }
    for i in 0..<n {
      result.gradient[i] += weight * p[i]
      for j in 0..<n {
        result.hessian[i * n + j] += weight * ((i == j ? p[i] : 0) - p[i] * p[j])
      }
    }
    return result
  }
}
