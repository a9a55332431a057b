public import PairwiseConfig
public import PairwiseModels
public import PairwiseObjectives

/// Everything a training run is told: one section per concern.
public struct RunConfig: ConfigSection, Sendable {
  public var run: RunSection
  public var model: ModelSection
  public var data: DataSection
  public var objective: any Objective
  public var optimizer: OptimizerSection
  public var schedule: ScheduleSection
  public var trainer: TrainerSection
  public var meta: MetaSection
  public var mixture: MixtureSection

  public init(from reader: inout SectionReader) {
    run = reader.section(
      "run", RunSection.self, "Where the run goes and how it may use the machine.")
    model =
      reader.variant(
        "model", discriminator: "kind", options: ModelSection.options, default: nil,
        "What is trained.") ?? ModelSection(options: FeatureModelOptions(), path: nil)
    data = reader.section("data", DataSection.self, "What it is trained on.")
    objective =
      reader.variant(
        "objective", discriminator: "name", options: ObjectiveRegistry.options(), default: nil,
        list: ObjectiveRegistry.listForm,
        "What it is trained for; a list of objectives, each with its weight, is their weighted sum."
      )
      ?? BradleyTerry()
    optimizer =
      reader.variant(
        "optimizer", discriminator: "name", options: OptimizerSection.options, default: "adamw",
        "How parameters are updated.") ?? OptimizerSection()
    schedule = reader.section(
      "schedule", ScheduleSection.self, "How the learning rate changes over the steps.")
    trainer = reader.section(
      "trainer", TrainerSection.self, "How long, how often, how much at once.")
    meta = reader.section(
      "meta", MetaSection.self,
      "Reward models: steps from a point that tells unlabelled responses further apart (MetaRM).")
    mixture =
      reader.variant(
        "mixture", discriminator: "method", options: MixtureSection.options, default: "none",
        "How much of each group of pairs a batch gets.") ?? MixtureSection()
    if data.tokens != TokenOptions() && !model.readsTokens {
      reader.report(
        "data.max_length",
        "max_length, truncation and boundary mean nothing to a model without tokens")
    }
    if trainer.activationMemory != nil && !model.readsTokens {
      reader.report(
        "trainer.activation_memory", "means nothing to a model that does not read tokens")
    }
    if trainer.microbatchSize ?? 0 > trainer.batchSize {
      reader.report(
        "trainer.microbatch_size", "must not be larger than batch_size (\(trainer.batchSize))")
    }
  }

  /// The schema version of checkpoints that this program writes.
  public static let formatVersion = 1
}

/// `run:`
public struct RunSection: ConfigSection, Sendable {
  public var name: String
  public var output: String
  public var seed: Int
  public var threads: Int

  public init(from reader: inout SectionReader) {
    name = reader.required(
      "name", fallback: "run", .nonEmpty, "Name of the run: the folder it leaves under `output`.")
    output = reader.value(
      "output", default: "Checkpoints", .nonEmpty, "Folder that holds the runs.")
    seed = reader.value("seed", default: 0, .atLeast(0), "Start of every random number.")
    threads = reader.value(
      "threads", default: 0, .closed(0...1024),
      "Threads that share the work; 0 is one per core. Results do not depend on it.")
    reader.checkFolderName("name", name)
  }
}

/// `model:`; which keys there are depends on `kind`.
public struct ModelSection: Sendable {
  public var options: any ModelOptions
  /// Weights to start from: a `.safetensors` file, or a model folder of the same shape.
  public var path: String?

  public init(options: any ModelOptions, path: String? = nil) {
    (self.options, self.path) = (options, path)
  }

  /// Whether keys about tokens mean something to it.
  var readsTokens: Bool { type(of: options).readsTokens }

  static var options: [VariantOption<ModelSection>] {
    modelKinds.map { kind in
      VariantOption(kind.kind, kind.summary) { reader in
        let options = kind.init(from: &reader)
        let path = reader.optional(
          "path", String.self, .nonEmpty,
          kind.readsTokens
            ? "The pretrained model: a Hugging Face folder or a GGUF file."
            : "Weights to start from: a .safetensors file or a saved model's folder.")
        return ModelSection(options: options, path: path)
      }
    }
  }
}

/// What becomes of rows whose label says neither side is better.
public enum TiePolicy: String, Sendable, CaseIterable {
  /// A tie is a problem that stops the run before it starts.
  case error
  /// A tie counts half for either side: label_prob 0.5.
  case half
  /// Ties are left out and counted in the ledger.
  case drop
  /// The order of slates is drawn where candidates are as good as each other, once for the whole run.
  case breakRandom = "break_random"
}

/// `data:`
public struct DataSection: ConfigSection, Sendable {
  public var train: String
  public var validation: String?
  public var trainSplit: String
  public var validationSplit: String
  public var validationFraction: Double
  public var ties: TiePolicy
  public var maxRows: Int?
  public var dropInvalid: Bool
  public var dropIdentical: Bool
  public var tokens: TokenOptions
  /// Further rewards of every completion, in the order of the objective's weights.
  public var marginRewards: [MarginRewardSection]

  public init(from reader: inout SectionReader) {
    train = reader.required(
      "train", fallback: "", .nonEmpty,
      "Training pairs: an HDF5 file, or JSONL or CSV, which is imported once and cached.")
    validation = reader.optional(
      "validation", String.self, .nonEmpty, "Validation pairs, if they are a file of their own.")
    trainSplit = reader.value(
      "train_split", default: "train", .nonEmpty,
      "Split of `train` to train on, where it has splits.")
    validationSplit = reader.value(
      "validation_split", default: "validation", .nonEmpty,
      "Split to validate on, where the file has it.")
    validationFraction = reader.value(
      "validation_fraction", default: 0, .range(0..<1),
      "Share of the training pairs kept for validation, by prompt; 0 keeps none.")
    ties = reader.choice("ties", default: .error, "What to do with pairs labelled as ties.")
    maxRows = reader.optional("max_rows", Int.self, .atLeast(1), "Use at most this many pairs.")
    dropInvalid = reader.value(
      "drop_invalid", default: false,
      "Leave out malformed rows of JSONL and CSV, with a count, instead of stopping at the first.")
    dropIdentical = reader.value(
      "drop_identical", default: false,
      "Leave out pairs of JSONL and CSV whose two sides are the same, with a count, instead of keeping them."
    )
    tokens = TokenOptions(
      maxLength: reader.optional(
        "max_length", Int.self, default: 1024, .atLeast(2),
        "Most tokens of prompt and completion together; null: no limit. Language models only."),
      truncation: reader.choice(
        "truncation", default: .keepStart,
        "What is cut of longer rows: keep_start cuts the end and drops rows whose prompt fills it, as TRL; "
          + "keep_prompt_end cuts the start of the prompt."),
      boundary: reader.choice(
        "boundary", default: .merged,
        "Where completions start: after the longest common prefix of the tokens, as TRL (merged), "
          + "tokenised apart (separate), or after the prompt's own number of tokens, with BOS and EOS around, "
          + "as TRL's ORPO and CPO trainers (prompt_count)."))
    tokens.rationalePrompt = reader.optional(
      "rationale_prompt", String.self, .nonEmpty,
      "The prompt under which rationales are scored, with {prompt}, {chosen} and {rejected} in it; null: one of "
        + "our own. For objectives that read rationales.")
    marginRewards = reader.variants(
      "margin_rewards", discriminator: "kind", options: MarginRewardSection.options,
      isRequired: false,
      "Further rewards of every completion for modpo, computed once and kept, in the order of w[1], w[2], …"
    )
    if validation != nil && validationFraction > 0 {
      reader.report("validation_fraction", "cannot be combined with a validation file")
    }
  }
}

/// `schedule:`
public struct ScheduleSection: ConfigSection, Sendable {
  public var name: ScheduleName
  public var warmupRatio: Double
  public var warmupSteps: Int

  public enum ScheduleName: String, Sendable, CaseIterable {
    case constant, linear, cosine
  }

  public init(from reader: inout SectionReader) {
    name = reader.choice("name", default: .linear, "Shape of the rate after warm-up.")
    warmupRatio = reader.value(
      "warmup_ratio", default: 0, .closed(0...1),
      "Share of all steps over which the rate rises from 0, rounded up.")
    warmupSteps = reader.value(
      "warmup_steps", default: 0, .atLeast(0), "The same as a number of steps; wins over the ratio."
    )
    if warmupRatio > 0 && warmupSteps > 0 {
      reader.report("warmup_steps", "cannot be combined with warmup_ratio")
    }
  }
}
