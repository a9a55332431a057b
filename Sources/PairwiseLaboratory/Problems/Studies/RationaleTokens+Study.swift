extension RationaleTokens: StudiedProblem {
  public static let measures: [Measure] = [
    Measure("found", "whether the feature that decides has the greatest weight", better: .higher),
    Measure("share", "its weight over the length of all weights", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case labels, rationales

    var summary: String {
      self == .labels ? "thirty labels alone" : "labels and the words given for them"
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let instance = draw(seed: UInt64(seed))
    let theta = try fit(instance, weight: name == .labels ? 0 : 0.1)
    let best = theta.indices.max { theta[$0] < theta[$1] }
    let length = max(Newton.length(theta), 1e-300)
    return StudyOutcome([
      "found": best == instance.feature ? 1 : 0, "share": theta[instance.feature] / length,
    ])
  }
}
