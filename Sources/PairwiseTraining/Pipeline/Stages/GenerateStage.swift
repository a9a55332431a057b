public import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels

/// `kind: generate`: completions of prompts by a policy.
public struct GenerateStage: PipelineStage {
  public static let kind = "generate"
  public static let summary = "completions of prompts by a policy"

  public let name: String
  private let model: String
  private let prompts: String
  private let samples: Int
  private let most: Int?
  private let options: GenerationOptions
  private let chat: Bool

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    model = reader.artefact("model", "The policy.")
    prompts = reader.artefact("prompts", "Prompts, pairs, or rows of an earlier stage.")
    samples = reader.value(
      "samples", default: 1, .closed(1...PairColumn.mostCompletions),
      "Completions of each prompt: a list of them where there is more than one.")
    most = reader.optional(
      "max_prompts", Int.self, .atLeast(1), "Only so many prompts, the first ones.")
    options = GenerationOptions(
      maxNewTokens: reader.value(
        "max_new_tokens", default: 64, .closed(1...65_536), "Most tokens of a completion."),
      temperature: reader.value(
        "temperature", default: 1, .atLeast(0), "Divides the logits; 0 takes the most likely token."
      ),
      topP: reader.value(
        "top_p", default: 1, .closed(0.0001...1),
        "Draw from the most likely tokens that hold this probability together."))
    chat = reader.value("chat", default: false, "Prompts that are texts are messages of a user.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    var options = options
    options.seed = shop.seed
    let file = try GenerateFile(
      model: shop.path(model), chat: chat, options: options, samples: samples
    ) { prompts, _ in shop.notify(.progress("writing completions", done: prompts)) }
    let output = shop.file(name)
    let summary = try file.run(input: shop.path(prompts), output: output, most: most ?? .max)
    return StageResult(
      products: [(name, output)],
      figures: [("prompts", Double(summary.prompts)), ("tokens", Double(summary.tokens))])
  }
}
