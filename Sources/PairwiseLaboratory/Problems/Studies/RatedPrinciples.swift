internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Experts judge answers by seven principles: a reward model from ratings of each principle, from one overall rating,
/// or from what people like in general.
///
/// Answers have twelve features, principles are directions in them with a cosine of about a third, and experts weigh
/// them by 0.5 … 1.5. Ratings run from 1 to 5 around 3, with a noise of 1 before rounding. 150 prompts with four answers
/// each; a pair is the best and the worst rated of a prompt. Pairs of general taste, a direction that has a cosine of
/// about a half with the experts', are as many. Accuracy is exact: 1 − angle/π.
public struct RatedPrinciples: SeededStudy {
  public static let name = "rated_principles"
  public static let summary = "seven rated principles, one overall rating, or general taste"
  public static let source = "Zhang et al. 2025, PsychoCounsel-Preference, arXiv 2502.19731"

  private static let width = 12
  private static let principles = 7
  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("accuracy", "share of pairs that the reward orders as experts do", better: .higher),
    Measure("agreement", "share of the training labels that experts share", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case general, overall, principles
    case heads = "principle_heads"

    var summary: String {
      switch self {
      case .general: "pairs of general taste"
      case .overall: "pairs by one rating of each answer"
      case .principles: "pairs by the mean of seven ratings"
      case .heads: "a regression to each of the seven ratings, summed"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let common = Directions.unit(Self.width, &rng)
    let principles = (0..<Self.principles).map { _ -> [Double] in
      let own = Directions.unit(Self.width, &rng)
      let mixed = zip(common, own).map { 0.7 * $0 + $1 }
      let length = dot(mixed, mixed).squareRoot()
      return mixed.map { $0 / length }
    }
    let weights = principles.map { _ in 0.5 + rng.uniform() }
    let expert = (0..<Self.width).map { k in
      zip(weights, principles).reduce(0) { $0 + $1.0 * $1.1[k] }
    }
    let strength = dot(expert, expert).squareRoot()
    let other = Directions.unit(Self.width, &rng)
    let taste = zip(expert, other).map { $0 / strength + 1.7 * $1 }
    func rating(_ worth: Double) -> Double { max(1, min(5, (3 + worth + rng.normal()).rounded())) }
    var (rows, labelled, all) = ([Double](), 0, 0)
    var (x, ratings) = ([Double](), [[Double]](repeating: [], count: Self.principles))
    for _ in 0..<150 {
      let answers = (0..<4).map { _ in (0..<Self.width).map { _ in rng.normal() } }
      let rated = answers.map { answer in principles.map { rating(dot($0, answer)) } }
      let scores: [Double]
      switch name {
      case .general: scores = answers.map { dot(taste, $0) + rng.normal() }
      case .overall: scores = answers.map { rating(dot(expert, $0) / strength) }
      case .principles, .heads: scores = rated.map { $0.reduce(0, +) }
      }
      for (answer, values) in zip(answers, rated) {
        x += answer
        for (principle, value) in values.enumerated() { ratings[principle].append(value - 3) }
      }
      for pair in try PairBuilder().pairs(of: scores) {
        let difference = zip(answers[pair.chosen], answers[pair.rejected]).map { $0 - $1 }
        rows += difference
        all += 1
        if dot(expert, difference) > 0 { labelled += 1 }
      }
    }
    var found = [Double](repeating: 0, count: Self.width)
    if name == .heads {
      for column in ratings {
        let head = try Ridge(choosingPenaltyFor: x, width: Self.width, column)
        found = zip(found, head.weights).map { $0 + $1 }
      }
    } else {
      found = try LinearPairs(rows, width: Self.width).fit(l2: 0.01)
    }
    let angle = acos(max(-1, min(1, LinearProbe.cosine(found, expert))))
    return StudyOutcome([
      "accuracy": 1 - angle / .pi, "agreement": Double(labelled) / Double(max(1, all)),
    ])
  }
}
