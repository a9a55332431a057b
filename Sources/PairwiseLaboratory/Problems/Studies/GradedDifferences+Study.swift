internal import PairwiseEvaluation

extension GradedDifferences: StudiedProblem {
  public static let measures: [Measure] = [
    Measure("cosine", "of the angle between learned and true weights", better: .higher)
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case graded, signs

    var summary: String {
      self == .graded
        ? "regression on the mean of three graded scores"
        : "which side has more, by most of the three"
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let (x, scores) = draw(rows)
    let means = scores.map { $0.reduce(0, +) / Double($0.count) }
    let width = weights.count
    let found: [Double]
    switch name {
    case .graded: found = try Ridge(x, width: width, means, penalty: 1e-3).weights
    case .signs:
      // Draws of nobody's favour say nothing.
      let turned = means.indices.filter { means[$0] != 0 }.flatMap { row in
        x[row * width..<(row + 1) * width].map { means[row] > 0 ? $0 : -$0 }
      }
      found = try LinearPairs(turned, width: width).fit(l2: 1e-2)
    }
    let lengths = Newton.length(found) * Newton.length(weights)
    return StudyOutcome(["cosine": lengths > 0 ? dot(found, weights) / lengths : 0])
  }
}
