/// How texts become tokens: keys of the `data:` section.
public struct TokenOptions: Sendable, Equatable {
  /// Most tokens of prompt and completion together; nil sets no limit.
  public var maxLength: Int?
  public var truncation: Truncation
  public var boundary: Boundary
  /// The question under which rationales are scored, with `{prompt}`, `{chosen}` and `{rejected}` in it; nil:
  /// one of our own.
  public var rationalePrompt: String?

  public init(
    maxLength: Int? = 1024, truncation: Truncation = .keepStart, boundary: Boundary = .merged
  ) {
    self.maxLength = maxLength
    self.truncation = truncation
    self.boundary = boundary
  }

  /// What is cut where prompt and completion are longer than `maxLength` together.
  public enum Truncation: String, Sendable, CaseIterable {
    /// The end, as TRL does; rows whose prompt alone fills it are dropped.
    case keepStart = "keep_start"
    /// The start of the prompt; completions only where they alone do not fit.
    case keepPromptEnd = "keep_prompt_end"
  }

  /// Where the completion starts.
  public enum Boundary: String, Sendable, CaseIterable {
    /// After the longest common prefix of the tokens of prompt and full text, as in TRL.
    case merged
    /// Prompt and completion are tokenised apart.
    case separate
    /// After as many tokens as the prompt alone has, less one if its last token merges with the completion; on
    /// each side for itself. BOS stands in front and EOS behind whatever the tokenizer adds, as in TRL's ORPO
    /// and CPO trainers. Policies only: elsewhere as `merged`.
    case promptCount = "prompt_count"
  }
}

/// What the tokens of a pair are for.
public enum TokenTask: Sendable, Equatable {
  /// Log-probs of the completions under a causal model.
  case policy
  /// A causal model's score at the end of each whole text.
  case reward
  /// Whole texts, each for itself, between an encoder's special tokens.
  case encoder
}
