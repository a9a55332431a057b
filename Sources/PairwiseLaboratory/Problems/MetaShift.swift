public import PairwiseConfig
public import PairwiseEvaluation
internal import PairwiseTensor

/// T14: labelled pairs hardly show the third feature, the shifted responses show nothing else. MetaRM is to
/// keep telling the shifted ones apart.
public struct MetaShift: LinearPairProblem {
  public static let name = "meta_shift"
  public static let summary =
    "a shifted distribution without labels, for a meta-learned reward model"
  public static let source = "Dou et al. 2024, MetaRM, arXiv 2405.00438"

  public let theta = [1.0, 0, 1]
  public var seed = 61

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of all draws.")
  }

  public var truth: [TruthEntry] { [TruthEntry("theta", theta)] }

  public struct Data: Sendable {
    /// 500 labelled differences.
    public var train: LinearPairs
    /// 50 prompts of 4 responses of 3 features.
    public var meta: [[[Double]]]
    /// 2000 labelled differences of the shifted kind.
    public var test: LinearPairs
  }

  public func draw() -> Data {
    var rng = SplitMix64(seed: UInt64(seed))
    let train = (0..<500).map { _ in point(&rng, [1, 1, 0.3]) }
    let labels = train.map { rng.bernoulli(Logistic.sigmoid(dot($0, theta))) }
    let meta = (0..<50).map { _ in (0..<4).map { _ in point(&rng, [0.1, 0.1, 1]) } }
    let test = (0..<2000).map { _ in point(&rng, [0.1, 0.1, 1]) }
    let testLabels = test.map { rng.bernoulli(Logistic.sigmoid(2 * dot($0, theta))) }
    return Data(
      train: turned(train, labels), meta: meta, test: turned(test, testLabels))
  }

  /// The labelled pairs, against a side of zeros; test pairs are of the shifted kind.
  public func draw(_ split: ToySplit) -> ToyPairs {
    let data = draw()
    let pairs = split == .train ? data.train : data.test
    let rows = (0..<pairs.count).map { Array(pairs.x[$0 * 3..<($0 + 1) * 3]) }
    return ToyPairs(rows, rows.map { _ in true }, theta: theta)
  }

  private func point(_ rng: inout SplitMix64, _ scales: [Double]) -> [Double] {
    scales.map { $0 * rng.normal() }
  }

  private func turned(_ rows: [[Double]], _ labels: [Bool]) -> LinearPairs {
    LinearPairs(zip(rows, labels).flatMap { row, label in label ? row : row.map { -$0 } }, width: 3)
  }

  /// What a linear reward model is worth after training.
  public struct Outcome: Sendable, Equatable {
    public var theta: [Double]
    /// J of the shifted responses at θ and at θ'.
    public var spread: Double
    public var spreadAhead: Double
    /// On the shifted test pairs.
    public var accuracy: Double
  }

  /// Full-batch training from (0.01, 0.01, 0.01).
  ///
  /// - Parameters:
  ///   - metaRate: η; 0 is ordinary training.
  ///   - sign: +1 as in the paper, or −1.
  public func trained(
    metaRate: Double, sign: Double = 1, steps: Int = 300, rate: Double = 0.5
  ) throws(EvaluationError) -> Outcome {
    let data = draw()
    var theta = [0.01, 0.01, 0.01]
    for _ in 0..<steps {
      theta = try MetaStep(theta, data.train, data.meta, metaRate: sign * metaRate, rate: rate)
        .next
    }
    let step = try MetaStep(theta, data.train, data.meta, metaRate: sign * metaRate, rate: rate)
    let ahead = try MetaStep(step.ahead, data.train, data.meta, metaRate: 0, rate: 0)
    return Outcome(
      theta: theta, spread: step.spread, spreadAhead: ahead.spread,
      accuracy: data.test.accuracy(theta))
  }
}

/// One step of MetaRM on a linear reward.
public struct MetaStep: Sendable, Equatable {
  /// J and ∇J at θ.
  public let spread: Double
  public let spreadSlope: [Double]
  /// θ' = θ + s·η·∇J.
  public let ahead: [Double]
  /// L and ∇L at θ'.
  public let loss: Double
  public let lossSlope: [Double]
  /// θ − α·∇L(θ').
  public let next: [Double]

  /// - Parameters:
  ///   - meta: unlabelled responses, `[P][k][D]`.
  ///   - metaRate: s·η.
  ///   - rate: α.
  public init(
    _ theta: [Double], _ pairs: LinearPairs, _ meta: [[[Double]]], metaRate: Double, rate: Double
  ) throws(EvaluationError) {
    let spread = try RewardSpread(meta.map { $0.map { dot($0, theta) } })
    var slope = [Double](repeating: 0, count: theta.count)
    for (responses, slopes) in zip(meta, spread.gradient) {
      for (response, weight) in zip(responses, slopes) {
        for k in slope.indices { slope[k] += weight * response[k] }
      }
    }
    self.spread = spread.value
    spreadSlope = slope
    ahead = zip(theta, slope).map { $0 + metaRate * $1 }
    let expansion = LogisticLoss(pairs: pairs, l2: 0).expansion(at: ahead)
    loss = expansion.value
    lossSlope = expansion.gradient
    next = zip(theta, expansion.gradient).map { $0 - rate * $1 }
  }
}
