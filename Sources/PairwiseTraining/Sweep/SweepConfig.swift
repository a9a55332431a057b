public import PairwiseConfig

/// What `pairwise sweep` is told: one training config, the settings it is run with, and the rewards that its
/// policies are compared by.
public struct SweepConfig: ConfigSection, Sendable {
  public var name: String
  public var output: String
  public var seed: Int
  /// Configs that are trained first and once, such as the models that margin rewards come from.
  public var stages: [String]
  /// The config that is trained with every setting.
  public var base: String
  public var key: String
  /// What stands under the key, one run each.
  public var values: [ConfigNode]
  public var rewards: [MarginRewardSection]
  public var prompts: String
  public var maxPrompts: Int
  public var samples: Int
  public var maxNewTokens: Int
  /// `[K]`; nil: the smallest value of each reward among the policies and their start.
  public var referencePoint: [Double]?

  public init(from reader: inout SectionReader) {
    name = reader.required(
      "name", fallback: "sweep", .nonEmpty,
      "Name of the sweep: the folder it leaves under `output`.")
    output = reader.value(
      "output", default: "Checkpoints", .nonEmpty, "Folder that holds runs and results.")
    seed = reader.value("seed", default: 0, .atLeast(0), "Start of the random numbers of sampling.")
    stages = reader.value(
      "stages", default: [], .each(.nonEmpty, count: 0...64),
      "Configs trained first, in this order; a run that is there already is not made again.")
    base = reader.required(
      "base", fallback: "base", .nonEmpty, "The config that is trained with every value.")
    key = reader.required(
      "key", fallback: "key", .nonEmpty, "The key that changes, as in objective.w.")
    values = reader.required(
      "values", fallback: [ConfigNode(.int(0))], .each(.any, count: 1...1000),
      "Its values, one run each.")
    rewards = reader.variants(
      "rewards", discriminator: "kind", options: MarginRewardSection.options,
      "The rewards that policies are compared by, on completions they write.")
    prompts = reader.required(
      "prompts", fallback: "prompts", .nonEmpty, "Prompts or pairs to write completions for.")
    maxPrompts = reader.value(
      "max_prompts", default: 64, .closed(1...1_000_000), "At most this many prompts.")
    samples = reader.value(
      "samples", default: 2, .closed(2...1024), "Completions of each prompt, an even number.")
    maxNewTokens = reader.value(
      "max_new_tokens", default: 64, .closed(1...65_536), "Most tokens of a completion.")
    referencePoint = reader.optional(
      "reference_point", [Double].self,
      "Corner that the hypervolume is measured from; null: the worst value of each reward seen.")
    reader.checkFolderName("name", name)
    if samples % 2 == 1 {
      reader.report("samples", "must be even: completions are scored in pairs")
    }
    if let referencePoint, referencePoint.count != rewards.count {
      reader.report(
        "reference_point", "expected \(rewards.count) numbers, found \(referencePoint.count)")
    }
  }
}
