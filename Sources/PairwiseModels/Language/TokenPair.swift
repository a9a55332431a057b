/// A pair as token ids. The chosen sequence is `prompt + chosen`, the rejected one `prompt + rejected`.
public struct TokenPair: Sendable, Equatable {
  /// What both sequences begin with. For policies the tokens that are not scored; for reward models
  /// whatever a causal model need compute only once; empty for encoders.
  public var prompt: [Int32]
  public var chosen: [Int32]
  public var rejected: [Int32]
  /// Tokens at the start of each completion that belong to its own prompt and are not scored, where the two
  /// prompts end in other tokens.
  public var unscored: Unscored
  /// Whether it stands for the prompt of the pair before it and has no tokens of its own: what is scored is
  /// each token of that prompt after the first, and the unscored ones of the chosen completion.
  public var isPromptOfLast: Bool
  /// Numbers about the chosen completion, then as many about the rejected one; empty unless the model reads them.
  public var form: [Float] = []

  public struct Unscored: Sendable, Equatable {
    public var chosen = 0
    public var rejected = 0

    public init(chosen: Int = 0, rejected: Int = 0) {
      (self.chosen, self.rejected) = (chosen, rejected)
    }
  }

  public init(
    prompt: [Int32] = [], chosen: [Int32] = [], rejected: [Int32] = [],
    unscored: Unscored = Unscored(), isPromptOfLast: Bool = false
  ) {
    self.prompt = prompt
    self.chosen = chosen
    self.rejected = rejected
    self.unscored = unscored
    self.isPromptOfLast = isPromptOfLast
  }
}

/// What became of a pair on its way to tokens, for a ledger that counts rows by reason.
public struct TokenFate: Sendable, Equatable {
  /// Something that was done to a pair that is kept.
  public enum Note: String, Sendable, CaseIterable {
    /// The prompt's last tokens are other ones in front of a completion, so they count as completion.
    case merged = "tokens merged across the prompt boundary"
    case promptTruncated = "prompt truncated"
    case completionTruncated = "completion truncated"
  }

  /// Why a pair is left out.
  public enum Reason: String, Sendable, CaseIterable {
    case promptFillsLimit = "prompt leaves no room within max_length"
    case longerThanLimit = "longer than max_length"
    case noTokens = "completion without tokens"
  }

  public var reason: Reason?
  public var marks: [Note]

  public init(_ reason: Reason? = nil, marks: [Note] = []) {
    self.reason = reason
    self.marks = marks
  }

  /// Why the pair is left out, in words; nil if it is kept.
  public var dropped: String? { reason?.rawValue }
  /// What was done to it, in words.
  public var notes: [String] { marks.map(\.rawValue) }
}
