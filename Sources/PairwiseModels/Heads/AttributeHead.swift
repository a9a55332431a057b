internal import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `head: {kind: attributes}`: K ratings of each completion, and a reward that is their weighted sum.
///
/// The weights are a direction v of unit length where somebody's preferences are one: R = vᵀr.
///
/// - Source: Wang, H. et al. 2024 (arXiv 2402.18571); HelpSteer2, Wang, Z. et al. 2024 (arXiv 2410.01257).
public struct AttributeHeadOptions: HeadOptions {
  public static let kind = "attributes"
  public static let summary = "K ratings a completion; the reward is their weighted sum"

  /// Names of the ratings, K of them.
  public var names: [String]
  /// `[K]`, the weight of each rating in the reward.
  public var direction: [Float]
  /// Whether each rating has a constant of its own, trained along.
  public var fitsIntercept: Bool

  public init(names: [String], direction: [Float], fitsIntercept: Bool = false) {
    (self.names, self.direction, self.fitsIntercept) = (names, direction, fitsIntercept)
  }

  public init(from reader: inout SectionReader) {
    names = reader.value(
      "names", default: [], .each(.any, count: 1...256), "Names of the ratings, K of them.")
    direction = reader.value(
      "direction", default: [], .each(.any, count: 0...256),
      "Weight of each rating in the reward; none: the first alone.")
    fitsIntercept = reader.value(
      "fit_intercept", default: false,
      "Give each rating a constant beside its weights: without, and without hidden layers, zeros are rated 0."
    )
    if direction.isEmpty { direction = names.indices.map { $0 == 0 ? 1 : 0 } }
    if direction.count != names.count {
      reader.report("direction", "expected \(names.count) numbers, found \(direction.count)")
    }
  }

  public var gives: Set<String> { ["predictions"] }
  public func width(_ data: DataFacts) -> Int { max(1, names.count) }

  public func problem(with data: DataFacts) -> String? {
    if names.isEmpty { return "model.head kind attributes needs the names of its ratings" }
    for column in ["chosen_ratings", "rejected_ratings"] as [PairColumn] {
      guard let width = data.widths[column], width != names.count else { continue }
      return "model.head kind attributes: expected a name for each of the \(width) ratings in "
        + "\(column.rawValue), found \(names.count)"
    }
    return nil
  }

  public func head(_ data: DataFacts, _ builder: inout ParameterBuilder) -> any RewardHead {
    AttributeHead(
      direction: direction,
      intercept: fitsIntercept
        ? builder.add("intercept", [names.count], .zeros, decays: false) : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "names", value: names.configNode),
      .init(key: "direction", value: direction.configNode),
      .init(key: "fit_intercept", value: fitsIntercept.configNode),
    ]
  }
}

struct AttributeHead: RewardHead {
  let direction: [Float]
  /// `[K]`; nil: 0.
  let intercept: Parameter?

  func callAsFunction(_ x: HeadInput, _ weights: Weights) -> RewardOutput {
    let weight = Variable(constant: Tensor([1, direction.count], direction))
    let predictions = intercept.map { x.rows.adding(bias: weights[$0]) } ?? x.rows
    return RewardOutput(
      scores: predictions.dense(weight).reshaped([x.rows.shape[0]]),
      rows: ["predictions": predictions])
  }
}
