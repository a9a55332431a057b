internal import PairwiseEvaluation
internal import PairwiseTensor

/// A judge of two answers that also sees a cue beside one of them, such as what most people say, and the order they
/// are shown in.
///
/// Five features of quality decide; the judge is a logistic fit to 2000 pairs. In what it learned from, the cue stood
/// beside the better answer four times in five and the better answer was shown last three times in five, or both had
/// nothing to do with quality, or there was no cue.
public struct CuedJudge: SeededStudy {
  public static let name = "cued_judge"
  public static let summary = "a judge that sees cues and an order beside the answers"
  public static let source = "Wang, Q. et al. 2025, arXiv 2504.09946"

  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure(
      "wrong_cue", "accuracy with a cue beside the wrong answer less without", better: .neither),
    Measure(
      "right_cue", "accuracy with a cue beside the right answer less without", better: .neither),
    Measure("consistency", "share of pairs with one winner in both orders", better: .higher),
    Measure("recency", "share of pairs whose last shown wins in both orders", better: .lower),
    Measure("accuracy", "share of pairs judged right without a cue", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case swayed, warned, balanced

    var summary: String {
      switch self {
      case .swayed: "learned where cue and order went with quality"
      case .warned: "half of that judge's learning turned to pairs where they did not"
      case .balanced: "learned where cue and order said nothing of quality"
      }
    }

    /// Share of the pairs in which cue and order go with quality.
    var misleading: Double {
      switch self {
      case .swayed: 1
      case .warned: 0.5
      case .balanced: 0
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let quality = 5
    let truth = (0..<quality).map { _ in rng.normal() }
    // Quality of the first shown less the second's, the cue's side, and 1 for the first place.
    func row() -> [Double] { (0..<quality).map { _ in rng.normal() } }
    var rows: [Double] = []
    for _ in 0..<2000 {
      let x = row()
      let firstWins = rng.bernoulli(Logistic.sigmoid(dot(truth, x)))
      let goesAlong = rng.bernoulli(name.misleading)
      let (atWinner, isLast) = (rng.bernoulli(0.8), rng.bernoulli(0.6))
      let (freeCue, freePlace) = (rng.bernoulli(0.5), rng.bernoulli(0.5))
      let cueAtWinner = goesAlong ? atWinner : freeCue
      // Turned so that the winner's side is positive, as fits want them.
      rows += firstWins ? x : x.map { -$0 }
      rows += [cueAtWinner ? 1 : -1, (goesAlong ? isLast : freePlace) ? -1 : 1]
    }
    let theta = try LinearPairs(rows, width: quality + 2).fit(l2: 1e-3)
    func score(_ x: [Double], cue: Double, place: Double) -> Double {
      dot(theta, x + [cue, place])
    }
    var cued: [(without: Bool, with: Bool, supportsRight: Bool)] = []
    var verdicts: [(PositionBias.Verdict, PositionBias.Verdict)] = []
    for index in 0..<2000 {
      let x = row()
      let isRight = dot(truth, x) > 0
      let supportsRight = index.isMultiple(of: 2)
      let cue = supportsRight == isRight ? 1.0 : -1
      // Cues are judged without an order, as the mean of both.
      cued.append(
        (
          without: (score(x, cue: 0, place: 0) > 0) == isRight,
          with: (score(x, cue: cue, place: 0) > 0) == isRight, supportsRight: supportsRight
        ))
      let turned = x.map { -$0 }
      verdicts.append(
        (
          score(x, cue: 0, place: 1) > 0 ? .first : .second,
          score(turned, cue: 0, place: 1) > 0 ? .first : .second
        ))
    }
    let bias = try CueBias(cued, using: Bootstrap(resamples: 100))
    let position = try PositionBias(verdicts)
    return StudyOutcome([
      "wrong_cue": bias.supportsWrong?.change ?? 0, "right_cue": bias.supportsRight?.change ?? 0,
      "consistency": position.consistency, "recency": position.recency,
      "accuracy": Double(cued.count(where: \.without)) / Double(cued.count),
    ])
  }
}
