internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// People who judge by weights of their own around common ones: when does a reward fitted to a newcomer's few pairs
/// serve that person worse than the reward of all?
///
/// Six features; common weights of length 2, everybody's own deviate by a normal vector of length 2 on average. The
/// reward of all is fitted to 25 pairs each of 40 others. Accuracy is exact: of two weight vectors the share of normal
/// pairs that they order alike is 1 − angle/π. Penalties are those of the weights' own spread.
public struct NewUsers: StudiedProblem {
  public static let name = "new_users"
  public static let summary = "few pairs of a newcomer: a reward of their own, or the reward of all"
  public static let source = "PREFDISCO 2025, arXiv 2510.00177"

  public static let width = 6
  public var seed = 0
  /// What is known of each newcomer.
  public var pairs = 5

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of all draws.")
    pairs = reader.value(
      "pairs", default: pairs, .closed(1...10_000), "Pairs that each newcomer has judged.")
  }

  public static let measures: [Measure] = [
    Measure("accuracy", "share of pairs ordered as the newcomer would, over all", better: .higher),
    Measure(
      "worse_than_generic", "share of newcomers served worse than by the reward of all",
      better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case blind
    case own = "own_pairs"
    case around = "around_all"

    var summary: String {
      switch self {
      case .blind: "the reward of all"
      case .own: "a reward fitted to the newcomer's pairs alone"
      case .around: "a reward fitted to them that is drawn to the reward of all"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let width = Self.width
    var rng = SplitMix64(seed: UInt64(seed))
    func vector() -> [Double] { (0..<width).map { _ in rng.normal() } }
    let direction = vector()
    let length = dot(direction, direction).squareRoot()
    let common = direction.map { 2 * $0 / length }
    func user() -> [Double] {
      let own = vector()
      return zip(common, own).map { $0 + 2 * $1 / Double(width).squareRoot() }
    }
    func judged(_ theta: [Double], _ count: Int) -> [Double] {
      (0..<count).flatMap { _ -> [Double] in
        let row = vector()
        return rng.bernoulli(Logistic.sigmoid(dot(theta, row))) ? row : row.map { -$0 }
      }
    }
    let others = (0..<40).flatMap { _ in judged(user(), 25) }
    let generic = try LinearPairs(others, width: width).fit(l2: 1e-3)
    var (accuracy, worse) = (0.0, 0)
    for _ in 0..<100 {
      let truth = user()
      var known = LinearPairs(judged(truth, pairs), width: width)
      var found = generic
      switch name {
      case .blind: break
      case .own: found = try known.fit(l2: 0.75 / Double(pairs))
      case .around:
        // A deviation δ from the reward of all: z = δ·x + θ·x.
        known.margins = known.scores(generic).map { -$0 }
        found = zip(generic, try known.fit(l2: 1.5 / Double(pairs))).map { $0 + $1 }
      }
      let share = Self.agreement(found, truth)
      accuracy += share / 100
      if share < Self.agreement(generic, truth) { worse += 1 }
    }
    return StudyOutcome(["accuracy": accuracy, "worse_than_generic": Double(worse) / 100])
  }

  /// Share of normally distributed pairs that two linear rewards order alike.
  private static func agreement(_ a: [Double], _ b: [Double]) -> Double {
    1 - acos(max(-1, min(1, LinearProbe.cosine(a, b)))) / .pi
  }
}
