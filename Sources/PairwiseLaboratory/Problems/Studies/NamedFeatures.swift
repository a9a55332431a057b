public import PairwiseConfig

/// `sparse_features` fitted on all two hundred features, and on the five that somebody named.
public struct NamedFeatures: StudiedProblem {
  public static let name = "named_features"
  public static let summary = "two hundred features of an encoder, or five that an expert named"
  public static let source = "Nath et al. 2024, arXiv 2402.15473"

  public var seed = 111
  public var rows = 50

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the training pairs' numbers.")
    rows = reader.value("rows", default: rows, .closed(1...20_000), "Training pairs.")
  }

  public static let measures: [Measure] = [
    Measure("gold_accuracy", "share of test pairs ordered as by the true reward", better: .higher)
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case all, named

    var summary: String { self == .all ? "all features" : "the five that count" }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var problem = SparseFeatures()
    (problem.seed, problem.trainRows) = (seed, rows)
    let (train, test) = (LinearPairs(problem.draw(.train)), LinearPairs(problem.draw(.test)))
    let truth = test.scores(problem.theta)
    let features = name == .all ? Array(0..<problem.width) : problem.features
    let theta = try train.selecting(features).fit(l2: 0.01)
    let scores = test.selecting(features).scores(theta)
    let right = zip(scores, truth).count { $0 * $1 > 0 }
    return StudyOutcome(["gold_accuracy": Double(right) / Double(truth.count)])
  }
}
