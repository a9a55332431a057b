/// `meta_shift` trained plainly and by MetaRM: what the deployed model makes of shifted responses.
public struct MetaTraining: SeededStudy {
  public static let name = "meta_training"
  public static let summary = "MetaRM against plain training on a shifted distribution"
  public static let source = "Dou et al. 2024, MetaRM, arXiv 2405.00438"

  public var seed = 61

  public init() {}

  public static let measures: [Measure] = [
    Measure("spread", "how far apart the model holds shifted responses", better: .higher),
    Measure("accuracy", "share of shifted test pairs ordered as labelled", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case plain, metaRM = "metarm"

    var summary: String {
      self == .plain ? "ordinary training" : "steps from a point of more spread"
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var problem = MetaShift()
    problem.seed = seed
    let outcome = try problem.trained(metaRate: name == .plain ? 0 : 1)
    return StudyOutcome(["spread": outcome.spread, "accuracy": outcome.accuracy])
  }
}
