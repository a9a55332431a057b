public import PairwiseConfig
public import PairwiseData
internal import PairwiseNN
internal import PairwiseText

/// `model: {kind: causal_lm}`: a Llama, Qwen2 or GPT-2 style decoder, as a policy or with a reward head.
public struct CausalLMOptions: ModelOptions {
  public static let kind = "causal_lm"
  public static let summary = "a language model (Llama, Qwen2, GPT-2): a policy, or a reward model"
  public static let readsTokens = true

  /// Adapters instead of full fine-tuning.
  public var lora: LoRASection?
  /// Shape of a model that starts from nothing; not together with `path`.
  public var architecture: ArchitectureSection
  public var readout: ReadoutSection

  public init(from reader: inout SectionReader) {
    let lora = reader.section(
      "lora", LoRASection.self,
      "Train low-rank adapters instead of all weights; PEFT's names. Off while `r` and `path` are null."
    )
    self.lora = lora.rank == nil && lora.path == nil ? nil : lora
    architecture = reader.section(
      "architecture", ArchitectureSection.self,
      "A model that starts from nothing, in place of `path`.")
    readout = ReadoutSection(from: &reader)
    if self.lora != nil && readout.isFrozen {
      reader.report("lora", "cannot be combined with freeze: adapters change what the layers make")
    }
    if readout.isFrozen && architecture.family != nil {
      reader.report("freeze", "needs a path: layers that know nothing would stay so")
    }
    if architecture.family != nil && reader.contains("path") && !reader.isNull("path") {
      reader.report("architecture", "cannot be combined with path")
    }
  }

  public func blueprint(_ request: ModelRequest) throws(DataError) -> any ModelBlueprint {
    let origin: StartingPoint
    if let path = request.path {
      origin = try StartingPoint(path)
    } else if let family = architecture.family {
      origin = try architecture.startingPoint(family, request.locate)
    } else {
      throw DataError(
        .invalid, file: "model",
        "causal_lm needs a path, or architecture.model_type to start from nothing")
    }
    guard origin.config.isCausal else {
      throw DataError(
        .invalid, file: origin.path,
        "\(origin.config.family.rawValue) is a text encoder; use model kind encoder")
    }
    if request.rationales && (lora != nil || readout.isFrozen) {
      throw DataError(
        .invalid, file: "model.\(lora == nil ? "freeze" : "lora")",
        "the objective teaches all layers by rationales: train without it")
    }
    if !readout.isPlain || request.rationales {
      guard request.use == .scores else {
        throw DataError(
          .invalid, file: "model",
          "freeze, read_prompt, length_weight, hidden_sizes and head make a reward model; the objective needs "
            + "log-probs")
      }
      return try HeadedBlueprint(
        origin, request, pooling: nil, readout, lora: lora?.opened(request.locate))
    }
    return try LanguageBlueprint(origin, request, lora: lora?.opened(request.locate))
  }
}

/// `model.lora:`
public struct LoRASection: ConfigSection, Sendable {
  /// Nil: no adapters.
  public var rank: Int?
  public var alpha: Double
  public var targets: [String]
  /// Write the final model with the adapters added into its weights.
  public var merge: Bool
  /// An adapter to start from, in PEFT's format.
  public var path: String?

  public init(from reader: inout SectionReader) {
    rank = reader.optional(
      "r", Int.self, .closed(1...4096), "Rank of the updates; null: no adapters.")
    alpha = reader.value(
      "lora_alpha", default: 16, .greater(than: 0), "Updates are scaled by lora_alpha / r.")
    targets = reader.value(
      "target_modules", default: ["all-linear"], .each(.nonEmpty, count: 1...64),
      "Linear layers to adapt, by the end of their names; all-linear takes all but the head.")
    merge = reader.value(
      "merge", default: false, "Write final/ as a whole model with the adapters added in.")
    path = reader.optional(
      "path", String.self, .nonEmpty, "An adapter folder (PEFT) to start from.")
  }

  /// The adapters to train, and where they start.
  func opened(_ locate: (String) -> String) throws(DataError) -> LoRAStart {
    guard let path else {
      return LoRAStart(
        options: LoRAOptions(rank: rank ?? 8, alpha: alpha, targets: targets), adapter: nil,
        merges: merge)
    }
    let adapter = try PEFTAdapter.read(locate(path))
    if let rank, rank != adapter.rank {
      throw DataError(
        .invalid, file: path, "has rank \(adapter.rank), model.lora.r is \(rank)")
    }
    return LoRAStart(
      options: LoRAOptions(adapter), adapter: adapter, merges: merge)
  }
}

/// Adapters to train: how they look, and where they start from.
struct LoRAStart: Sendable {
  var options: LoRAOptions
  var adapter: PEFTAdapter?
  var merges: Bool
}
