public import PairwiseConfig

/// `meta:` steps of a reward model from a point that tells unlabelled responses further apart (MetaRM).
///
/// - Source: Dou et al. 2024, arXiv 2405.00438; Wang et al. 2024, arXiv 2401.06080, §3.
public struct MetaSection: ConfigSection, Sendable {
  /// Prompts with several responses each, which nobody has judged; nil: ordinary training.
  public var data: String?
  /// η ≥ 0, how far the point lies; nil: a tenth of the optimizer's learning rate.
  public var learningRate: Double?
  /// k ≥ 2, responses of each prompt; nil: as many as the data have.
  public var responses: Int?
  /// s: towards more or less spread.
  public var direction: Direction
  /// Prompts of a step.
  public var batchSize: Int

  /// Where the point lies.
  public enum Direction: String, Sendable, CaseIterable {
    /// Uphill: as in the paper.
    case ascent
    case descent

    var sign: Double { self == .ascent ? 1 : -1 }
  }

  public init(from reader: inout SectionReader) {
    data = reader.optional(
      "data", String.self, .nonEmpty,
      "Prompts with responses that nobody has judged: rows with completions, or candidates, whose order means "
        + "nothing here. null: ordinary training.")
    learningRate = reader.optional(
      "meta_lr", Double.self, .atLeast(0),
      "How far ahead the gradient is taken, along the gradient of the responses' spread; null: a tenth of the "
        + "learning rate.")
    responses = reader.optional(
      "meta_k", Int.self, .closed(2...64),
      "Responses of each prompt; null: as many as the data have.")
    direction = reader.choice(
      "meta_sign", default: .ascent,
      "Towards more spread (ascent, as in the paper) or less (descent).")
    batchSize = reader.value(
      "batch_size", default: 8, .closed(1...65_536), "Prompts of each step.")
  }
}
