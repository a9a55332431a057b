internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

extension AttributeRatings: StudiedProblem {
  public static let measures: [Measure] = [
    Measure(
      "agreement", "share of pairs ordered as by the user's own direction", better: .higher),
    Measure(
      "worst", "the same for the user who is served worst, of twenty", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case directed, averaged

    var summary: String {
      self == .directed
        ? "both rewards, weighed by the user's direction" : "the mean of both rewards for everybody"
    }
  }

  /// Twenty users with directions from −45° to 135°, 200 pairs each; rewards are learned from 300 rated rows.
  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let (x, ratings) = draw(300)
    let heads = try ratings.map { try Ridge(choosingPenaltyFor: x, width: width, $0) }
    var rng = SplitMix64(seed: UInt64(seed) &+ 1)
    let shares = (0..<20).map { _ -> Double in
      let angle = (rng.uniform() * 180 - 45) * Double.pi / 180
      let user = [cos(angle), sin(angle)]
      let weights = name == .directed ? user : [0.5, 0.5]
      var right = 0
      for _ in 0..<200 {
        let row = (0..<width).map { _ in rng.normal() }
        let truth = zip(user, directions).reduce(0) { $0 + $1.0 * dot($1.1, row) }
        let found = zip(weights, heads).reduce(0) { $0 + $1.0 * $1.1.predict(row) }
        if truth * found > 0 { right += 1 }
      }
      return Double(right) / 200
    }
    return StudyOutcome([
      "agreement": shares.reduce(0, +) / Double(shares.count), "worst": shares.min() ?? 0,
    ])
  }
}
