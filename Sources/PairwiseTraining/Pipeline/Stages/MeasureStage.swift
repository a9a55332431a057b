internal import Glibc
public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels

/// `kind: measure`: rewards of a policy, its entropy, and how far it went from another one. Exact for tables; of
/// language models an estimate from completions they write.
public struct MeasureStage: PipelineStage {
  public static let kind = "measure"
  public static let summary = "mean rewards of a policy, its entropy, and its distance from another"

  public let name: String
  private let model: String
  private let reference: String?
  private let prompts: String
  private let rewards: [StageReward]
  private let samples: Int
  private let maxNewTokens: Int

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    model = reader.artefact("model", "The policy.")
    reference = reader.optional(
      "reference", String.self, .nonEmpty, "A policy to take the KL divergence from.")
    prompts = reader.artefact("prompts", "Prompts, pairs, or rows of an earlier stage.")
    rewards = reader.variants(
      "rewards", discriminator: "kind", options: StageReward.options, isRequired: false,
      "Rewards to take the mean of.")
    samples = reader.value(
      "samples", default: 4, .closed(1...PairColumn.mostCompletions),
      "Completions of each prompt that a language model writes to be judged by.")
    maxNewTokens = reader.value(
      "max_new_tokens", default: 64, .closed(1...65_536), "Most tokens of a completion.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let path = shop.path(model)
    let policy = try ModelDirectory.load(path).model
    let figures =
      if let table = policy as? TabularPolicy {
        try exact(table, shop)
      } else {
        try estimated(policy, shop)
      }
    let output = "\(shop.folder)/\(name).json"
    var writer = JSONWriter()
    writer.write(
      ConfigNode(.table(figures.map { .init(key: $0.name, value: $0.value.configNode) })))
    writer.endLine()
    try FileAccess.replace(output, with: writer.bytes)
    return StageResult(products: [(name, output)], figures: figures)
  }

  private func exact(_ policy: TabularPolicy, _ shop: Workshop) throws -> [(
    name: String, value: Double
  )] {
    let rows = try StageRows(shop.path(prompts))
    let table = try TabularSampler(policy)
    let places = try rows.rows.indices.map { row in
      guard case .plain(let text) = rows.rows[row].prompt else {
        throw rows.refusal(row, "is a conversation, a table knows texts")
      }
      return try table.row(of: text)
    }
    let logps = policy.logProbabilities
    func mean(_ value: (_ row: Int, _ logps: [Double]) -> Double) -> Double {
      places.indices.reduce(0) { $0 + value($1, logps[places[$1]]) } / Double(places.count)
    }
    let texts = rows.rows.map { _ in policy.options.completions }
    var figures: [(name: String, value: Double)] = []
    for reward in rewards {
      let values = try StageJudge(reward, shop).values(rows, texts)
      figures.append(
        (
          reward.name,
          mean { row, logps in zip(logps, values[row]).reduce(0) { $0 + exp($1.0) * $1.1 } }
        ))
    }
    figures.append(("entropy", mean { _, logps in -logps.reduce(0) { $0 + exp($1) * $1 } }))
    guard let reference else { return figures }
    let other = shop.path(reference)
    guard let start = try ModelDirectory.load(other).model as? TabularPolicy,
      start.options.completions == policy.options.completions
    else {
      throw DataError(.invalid, file: other, "expected a table of the same completions")
    }
    let base = try TabularSampler(start)
    let from = try rows.rows.indices.map { row -> [Double] in
      guard case .plain(let text) = rows.rows[row].prompt else { return [] }
      return start.logProbabilities[try base.row(of: text)]
    }
    figures.append(
      (
        "kl",
        mean { row, logps in zip(logps, from[row]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) } }
      ))
    return figures
  }

  /// Of completions that the policy writes, counted by the tokens it wrote: their text read again may be other tokens.
  private func estimated(_ policy: any Model, _ shop: Workshop) throws -> [(
    name: String, value: Double
  )] {
    let other = try reference.map { try ModelDirectory.load(shop.path($0)).model }
    guard let policy = policy as? CausalLM, other == nil || other is CausalLM else {
      throw DataError(.invalid, file: model, "expected a language model or a table to write")
    }
    let given = try PromptRows.prompts(of: shop.path(prompts), most: .max)
    let sample = try OnPolicySample(
      of: policy, reference: other as? CausalLM ?? policy, prompts: given, samples: samples,
      maxNewTokens: maxNewTokens, seed: shop.seed
    ) { shop.notify(.progress("writing completions", done: $0)) }
    let rows = StageRows(
      shop.path(prompts),
      sample.prompts.indices.map { row in
        PromptRow(
          place: "completion \(row)", prompt: sample.prompts[row],
          columns: [.init(key: "tokens", value: sample.lengths[row].configNode)])
      })
    let texts = sample.completions.map { [$0] }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    var figures = try rewards.map { reward in
      (reward.name, mean(try StageJudge(reward, shop).values(rows, texts).flatMap { $0 }))
    }
    figures.append(("entropy", -mean(sample.logps)))
    if let divergence = sample.divergence, reference != nil {
      figures.append(("kl", divergence.value))
    }
    return figures
  }
}
