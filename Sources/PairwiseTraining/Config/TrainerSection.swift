public import PairwiseConfig

/// What happens at the end of an epoch whose pairs don't fill a batch.
public enum LastBatch: String, Sendable, CaseIterable {
  /// A smaller batch, as transformers does.
  case keep
  /// The remaining pairs are left out.
  case drop
  /// The batch is filled from the start of the next epoch.
  case wrap
}

/// The figure by which evaluations are compared.
public enum BestMetric: String, Sendable, CaseIterable {
  /// `eval_loss`: smaller is better.
  case loss
  /// `eval_accuracy`, of policies `eval_rewards/accuracies`: larger is better.
  case accuracy

  func isBetter(_ a: Double, than b: Double) -> Bool { self == .loss ? a < b : a > b }
}

/// `trainer:`
public struct TrainerSection: ConfigSection, Sendable {
  public var epochs: Double
  public var maxSteps: Int?
  public var batchSize: Int
  public var microbatchSize: Int?
  public var accumulation: Accumulation
  public var lastBatch: LastBatch
  public var shuffle: Bool
  /// Nil: the run's seed.
  public var dataSeed: Int?
  public var loggingSteps: Int
  public var evalSteps: Int?
  public var evalBatchSize: Int
  public var saveSteps: Int?
  public var saveTotalLimit: Int?
  public var metricForBestModel: BestMetric
  public var loadBestModelAtEnd: Bool
  public var earlyStoppingPatience: Int?
  public var calibrate: Bool
  /// MiB; nil: 640.
  public var activationMemory: Int?
  public var report: Bool
  public var syncsReference: Bool
  public var referenceMixupAlpha: Double
  public var referenceSyncSteps: Int

  public init(from reader: inout SectionReader) {
    epochs = reader.value(
      "num_train_epochs", default: 3, .greater(than: 0), "Passes over the training pairs.")
    maxSteps = reader.optional(
      "max_steps", Int.self, .atLeast(-1),
      "Updates to make; wins over the epochs. -1 or null: none set.")
    batchSize = reader.value(
      "batch_size", default: 32, .closed(1...1_048_576), "Pairs per update, over all microbatches.")
    microbatchSize = reader.optional(
      "microbatch_size", Int.self, .atLeast(1),
      "Pairs computed at once, to bound memory; null: the whole batch. Results do not depend on it, "
        + "unless accumulation is microbatch."
    )
    accumulation = reader.choice(
      "accumulation", default: .batch,
      "Over what losses and figures run: batch (microbatches change nothing), or microbatch: each is a "
        + "batch of its own, and their means are averaged, as TRL does.")
    lastBatch = reader.choice(
      "last_batch", default: .keep, "What to do with an epoch's last, smaller batch.")
    shuffle = reader.value(
      "shuffle", default: true, "Draw a new order of the pairs in every epoch.")
    dataSeed = reader.optional(
      "data_seed", Int.self, .atLeast(0),
      "Start of the order of the pairs, to change it alone or keep it; null: that of run.seed.")
    loggingSteps = reader.value(
      "logging_steps", default: 1, .atLeast(1), "Every how many steps a line goes to metrics.jsonl."
    )
    evalSteps = reader.optional(
      "eval_steps", Int.self, .atLeast(1),
      "Every how many steps the validation pairs are evaluated; null: at the end of each epoch.")
    evalBatchSize = reader.value(
      "eval_batch_size", default: 1024, .closed(1...1_048_576),
      "Pairs scored at once in evaluations. Results do not depend on it.")
    saveSteps = reader.optional(
      "save_steps", Int.self, .atLeast(1),
      "Every how many steps a checkpoint is written; null: at the end of each epoch.")
    saveTotalLimit = reader.optional(
      "save_total_limit", Int.self, .atLeast(1),
      "Checkpoints kept, the best one besides; null: all of them.")
    metricForBestModel = reader.choice(
      "metric_for_best_model", default: .loss,
      "Which evaluation figure makes a checkpoint the best.")
    loadBestModelAtEnd = reader.value(
      "load_best_model_at_end", default: false,
      "End with the best evaluated weights instead of the last ones.")
    earlyStoppingPatience = reader.optional(
      "early_stopping_patience", Int.self, .atLeast(1),
      "Stop after this many evaluations in a row without a better one; null: never.")
    calibrate = reader.value(
      "calibrate", default: true, "Fit a temperature on the validation pairs at the end.")
    activationMemory = reader.optional(
      "activation_memory", Int.self, .closed(1...1 << 20),
      "MiB that activations of a language model may take; what does not fit is computed again. null: 640."
    )
    syncsReference = reader.value(
      "sync_ref_model", default: false,
      "Let the reference follow the policy (TR-DPO): it runs beside it and moves every ref_model_sync_steps."
    )
    referenceMixupAlpha = reader.value(
      "ref_model_mixup_alpha", default: 0.6, .closed(0...1),
      "The policy's share when the reference moves; 1 makes it the policy.")
    referenceSyncSteps = reader.value(
      "ref_model_sync_steps", default: 512, .atLeast(1),
      "Every how many steps the reference moves.")
    report = reader.value("report", default: true, "Write report.html at the end.")
  }

  /// Bytes that activations may take.
  var activationBudget: Int { (activationMemory ?? 640) << 20 }
}

extension RunConfig {
  /// Start of the order of the pairs.
  var dataSeed: UInt64 { UInt64(trainer.dataSeed ?? run.seed) }
}
