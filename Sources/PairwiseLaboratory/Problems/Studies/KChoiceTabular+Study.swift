internal import PairwiseEvaluation

extension KChoiceTabular: StudiedProblem {
  public static let measures: [Measure] = [
    Measure("preferred", "share of the preferred mode at the end", better: .higher),
    Measure("gain", "by how much that share rose", better: .higher),
    Measure("falls", "generations in which it fell by more than 0.03", better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case curated, mixed

    var summary: String {
      switch self {
      case .curated: "retrained on picked samples alone"
      case .mixed: "half as many picked samples as real data"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let weights = modeWeights(
      generations: generations, curated: name == .curated ? nil : 0.5)
    let falls = zip(weights, weights.dropFirst()).count { $1 < $0 - 0.03 }
    let last = weights.last ?? 0.5
    return StudyOutcome(
      ["preferred": last, "gain": last - 0.5, "falls": Double(falls)],
      curves: [
        .init(name: "preferred", steps: Array(1...weights.count), values: weights)
      ])
  }
}
