public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `kind: strength`: how strongly an ensemble of reward models, each trained on a bootstrap sample of the pairs, in an
/// order or from weights of its own, agrees with each recorded preference, and what is done about those it doubts.
///
/// - Source: Wang et al. 2024, "Secrets of RLHF in Large Language Models Part II", arXiv 2401.06080.
public struct StrengthStage: PipelineStage {
  public static let kind = "strength"
  public static let summary =
    "pairs with an ensemble's strength of preference: strength_mean, strength_std"

  /// What members of the ensemble differ in.
  enum Diversity: String, CaseIterable {
    /// Each is trained on as many pairs drawn with replacement.
    case bootstrap
    /// The order of the same pairs.
    case order
    /// The weights that training starts from.
    case start = "init"
    /// Order and weights.
    case orderAndStart = "order_init"

    /// What is replaced in a member's recipe, as `key=value`.
    func changes(_ recipe: RunConfig, member: Int) -> [String] {
      func moved(_ seed: Int) -> Int { (seed &+ member) & Int.max }
      let (seed, order) = (recipe.run.seed, recipe.trainer.dataSeed ?? recipe.run.seed)
      switch self {
      case .bootstrap: return []
      case .order: return ["trainer.data_seed=\(moved(order))"]
      case .start: return ["run.seed=\(moved(seed))", "trainer.data_seed=\(order)"]
      case .orderAndStart:
        return ["run.seed=\(moved(seed))", "trainer.data_seed=\(moved(order))"]
      }
    }
  }

  public let name: String
  private let data: String
  private let members: Int
  private let diversity: Diversity
  private let training: StageRecipe
  private let treatment: StrengthTreatment
  private let adds: (margin: Bool, labels: Bool)

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Pairs.")
    members = reader.value(
      "members", default: 5, .closed(2...100), "Models of the ensemble.")
    diversity = reader.choice(
      "diversity", default: .bootstrap,
      "What they differ in: the pairs drawn for each (bootstrap), the order of the same pairs, the weights they "
        + "start from (init), or both (order_init). A linear model trained to the end is the same in any order."
    )
    training = StageRecipe(from: &reader)
    var treatment = StrengthTreatment()
    let share = reader.value(
      "flip_fraction", default: 0, .closed(0...0.5),
      "Share of the pairs, the weakest, whose sides are exchanged.")
    let threshold = reader.optional(
      "flip_threshold", Double.self, .any, "Exchanges the sides of pairs with less strength.")
    if share > 0 { treatment.flips = .fraction(share) }
    if let threshold { treatment.flips = .threshold(threshold) }
    treatment.softening = reader.value(
      "soft_alpha", default: 0, .range(0..<0.5),
      "Label smoothing of pairs whose strength is negative: their column label_prob is 1 less this."
    )
    treatment.marginScale = reader.value(
      "margin_scale", default: 0, .atLeast(0), "The column margin is so many times the strength.")
    treatment.marginLimit = reader.optional(
      "margin_clip", Double.self, .greater(than: 0), "Largest margin; null: no limit.")
    if share > 0, threshold != nil {
      reader.report("flip_threshold", "cannot be combined with flip_fraction")
    }
    self.treatment = treatment
    adds = (treatment.marginScale > 0, treatment.softening > 0)
  }

  public func recipe(_ shop: Workshop) throws -> (node: ConfigNode, folder: String)? {
    let read = try training.read(shop, run: "\(name)-1", data: shop.path(data))
    return (read.resolved, read.folder)
  }

  /// Of every pair under each member.
  private func margins(_ pairs: RecordedPairs, _ shop: Workshop) throws -> [[Double]] {
    let recipe = try training.read(shop, run: "\(name)-1", data: shop.path(data)).config
    var columns: [[Double]] = []
    for member in 1...members {
      var random = CounterRandom(seed: shop.seed, stream: "strength.\(member)")
      let sample = (0..<pairs.count).map { row in
        CurationLoop.Row(diversity == .bootstrap ? random.below(pairs.count) : row)
      }
      columns.append(
        try pairs.margins(
          trainedOn: sample, training, shop, run: "\(name)-\(member)",
          further: diversity.changes(recipe, member: member)))
    }
    if columns.allSatisfy({ $0 == columns[0] }) {
      throw RunError.unsuitable(
        "\(name): all \(members) models came out the same, so diversity: \(diversity.rawValue) changes nothing "
          + "of this recipe")
    }
    return columns
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let pairs = try RecordedPairs(shop.path(data))
    let columns = try margins(pairs, shop)
    let strength = try PreferenceStrength(
      (0..<pairs.count).map { row in columns.map { $0[row] } })
    let treated = try treatment.applied(to: strength.means)
    let turned = Set(treated.flipped)
    let made = (0..<pairs.count).map { row in
      let isTurned = turned.contains(row)
      let mean = isTurned ? -strength.means[row] : strength.means[row]
      var more: [ConfigNode.Entry] = [
        .init(key: "strength_mean", value: mean.configNode),
        .init(key: "strength_std", value: strength.deviations[row].configNode),
        .init(key: "turned", value: isTurned.configNode),
      ]
      if adds.margin { more.append(.init(key: "margin", value: treated.margins[row].configNode)) }
      if adds.labels {
        more.append(.init(key: "label_prob", value: (1 - treated.smoothing[row]).configNode))
      }
      return pairs.row(CurationLoop.Row(row, isTurned: isTurned), more)
    }
    let output = shop.file(name)
    try StageRows.write(made, to: output)
    let mean = strength.means.reduce(0, +) / Double(pairs.count)
    return StageResult(
      products: [(name, output)],
      figures: [
        ("pairs", Double(pairs.count)), ("strength", mean),
        ("negative", Double(strength.means.count { $0 < 0 })), ("turned", Double(turned.count)),
      ])
  }
}
