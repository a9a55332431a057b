public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `kind: strength`: how strongly an ensemble of reward models, each trained on a bootstrap sample of the pairs, agrees
/// with each recorded preference, and what is done about those it doubts.
///
/// - Source: Wang et al. 2024, "Secrets of RLHF in Large Language Models Part II", arXiv 2401.06080.
public struct StrengthStage: PipelineStage {
  public static let kind = "strength"
  public static let summary =
    "pairs with an ensemble's strength of preference: strength_mean, strength_std"

  public let name: String
  private let data: String
  private let members: Int
  private let training: StageRecipe
  private let treatment: StrengthTreatment
  private let adds: (margin: Bool, labels: Bool)

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Pairs.")
    members = reader.value(
      "members", default: 5, .closed(2...100), "Models, each trained on a sample of its own.")
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

  public func run(_ shop: Workshop) throws -> StageResult {
    let pairs = try RecordedPairs(shop.path(data))
    var columns: [[Double]] = []
    for member in 1...members {
      var random = CounterRandom(seed: shop.seed, stream: "strength.\(member)")
      let sample = (0..<pairs.count).map { _ in CurationLoop.Row(random.below(pairs.count)) }
      columns.append(
        try pairs.margins(trainedOn: sample, training, shop, run: "\(name)-\(member)"))
    }
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
