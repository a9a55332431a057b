extension DirectionGap: StudiedProblem {
  public static let measures: [Measure] = [
    Measure("score", "mean score of the selected candidate along the target", better: .higher),
    Measure("wins", "share of trials won against the other way", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case own, neighbours

    var summary: String {
      switch self {
      case .own: "best of five from the target direction itself"
      case .neighbours: "best of five from directions within 30 degrees of it"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let outcome = outcomes(degrees: [degrees])[0]
    return StudyOutcome(
      name == .own
        ? ["score": outcome.baseline, "wins": 1 - outcome.winRate]
        : ["score": outcome.selected, "wins": outcome.winRate])
  }
}
