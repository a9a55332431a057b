public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `noisy_linear` with different care for its labels: what an ensemble says about their strength, and what a model of
/// trusted pairs says.
public struct LabelCare: StudiedProblem {
  public static let name = "label_care"
  public static let summary = "a quarter of the labels is wrong: train on all, or find out which"
  public static let source = "Wang et al. 2024, arXiv 2401.06080; Liu et al. 2025, arXiv 2507.01352"

  public var seed = 21

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000), "Start of the training pairs' numbers.")
  }

  public static let measures: [Measure] = [
    Measure("accuracy", "share of clean test pairs ordered as labelled", better: .higher),
    Measure("log_loss", "mean −log P(label) on clean test pairs, nats", better: .lower),
    Measure("clean", "share of the labels trained on that are not turned around", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case all, flip = "flip_weakest"
    case soft = "soft_margins"
    case drop = "drop_weakest"
    case curated, recycled

    var summary: String {
      switch self {
      case .all: "all labels as they are"
      case .flip: "the fifth of least strength turned around"
      case .soft: "strengths as margins, labels softened by 0.1"
      case .drop: "without the fifth of least strength"
      case .curated:
        "pairs on which this model and one of trusted pairs agree, with the trusted ones"
      case .recycled: "pairs on which both models contradict the label turned around"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var problem = NoisyLinear()
    problem.seed = seed
    let train = problem.draw(.train)
    var used = try Self.pairs(name, train, problem)
    let theta = try used.pairs.fit(l2: 1e-3)
    let test = LinearPairs(problem.draw(.test))
    if used.notes.isEmpty { used.notes = train.notes }
    let wrong = used.notes.count { $0.isFlipped }
    return StudyOutcome([
      "accuracy": test.accuracy(theta), "log_loss": test.logLoss(theta),
      "clean": 1 - Double(wrong) / Double(max(1, used.notes.count)),
    ])
  }

  /// Mean margins of ten models on resampled pairs.
  private static func strengths(_ train: ToyPairs, seed: Int) throws -> PreferenceStrength {
    let pairs = LinearPairs(train)
    var rng = SplitMix64(seed: UInt64(seed) &+ 2)
    var deltas = [[Double]](repeating: [], count: train.count)
    for _ in 0..<10 {
      let rows = (0..<train.count).map { _ in rng.randint(train.count) }
      let theta = try LinearPairs(train.selecting(rows)).fit(l2: 1e-3)
      for (row, score) in pairs.scores(theta).enumerated() { deltas[row].append(score) }
    }
    return try PreferenceStrength(deltas)
  }

  private static func pairs(_ name: Name, _ train: ToyPairs, _ problem: NoisyLinear) throws
    -> (pairs: LinearPairs, notes: [ToyPairs.Note])
  {
    let weakest = train.count / 5
    switch name {
    case .all: return (LinearPairs(train), train.notes)
    case .flip, .soft:
      var treatment = StrengthTreatment()
      if name == .flip { treatment.flips = .fraction(0.2) }
      if name == .soft { (treatment.marginScale, treatment.softening) = (1, 0.1) }
      let result = try treatment.applied(to: strengths(train, seed: problem.seed).means)
      let turned = train.flipping(result.flipped)
      var pairs = LinearPairs(turned)
      (pairs.margins, pairs.pulls) = (result.margins, result.smoothing)
      return (pairs, turned.notes)
    case .drop:
      let order = try strengths(train, seed: problem.seed).order
      let kept = train.selecting(Array(order.dropFirst(weakest)))
      return (LinearPairs(kept), kept.notes)
    case .curated, .recycled:
      return try curated(train, problem.gold(), recycles: name == .recycled)
    }
  }

  private static func curated(_ train: ToyPairs, _ gold: ToyPairs, recycles: Bool) throws
    -> (pairs: LinearPairs, notes: [ToyPairs.Note])
  {
    let pairs = LinearPairs(train)
    let own = pairs.scores(try pairs.fit(l2: 1e-3))
    let trusted = pairs.scores(try LinearPairs(gold).fit(l2: 0.05))
    var filter = CurationFilter()
    filter.mode = .goldConsistent
    filter.recycles = recycles
    let decisions = train.notes.indices.map { filter.decide(best: own[$0], gold: trusted[$0]) }
    if recycles {
      let turned = train.flipping(decisions.indices.filter { decisions[$0] == .recycle })
      return (LinearPairs(turned), turned.notes)
    }
    let kept = train.selecting(decisions.indices.filter { decisions[$0] == .keep })
    return (
      LinearPairs(kept.differences + gold.differences, width: train.width), kept.notes + gold.notes
    )
  }
}
