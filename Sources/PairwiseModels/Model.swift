public import PairwiseAutodiff
public import PairwiseData
public import PairwiseNN

/// Something that is trained on pairs: parameters, a way to read pairs, and what it computes of them.
public protocol Model: Sendable {
  var store: ParameterStore { get set }
  /// Turns pairs into input. Apart from the model, because it works ahead of the training step on
  /// another thread and must not hold on to the parameters.
  var reader: any PairReader { get }
  /// A trained parameter that a pass uses twice, the second time as `Weights[again:]`; nil: none.
  var tied: Parameter? { get }
  /// What objectives are computed from. A pair's values depend on that pair alone.
  func forward(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> ModelOutput
  /// Writes everything needed to use the model again into an existing folder. The same model gives the
  /// same bytes.
  func save(to folder: String, _ notes: SavedNotes) throws(DataError)
  /// The same for the model that a run ends with, which may be written in a form made for use.
  func saveFinal(to folder: String, _ notes: SavedNotes) throws(DataError)
  /// Replaces the trained parameters by those that `save` wrote. A missing, extra or misshapen tensor is
  /// an error.
  mutating func loadTrained(from folder: String) throws(DataError)
}

extension Model {
  public var tied: Parameter? { nil }

  public func saveFinal(to folder: String, _ notes: SavedNotes) throws(DataError) {
    try save(to: folder, notes)
  }
}

/// What a model gives for n pairs.
public enum ModelOutput {
  /// Scores of a reward model and what they are made of.
  case scores(RewardOutput)
  /// Log-probs of the completions.
  case completions(CompletionLogps)

  /// The values that have to be finite, one or two a pair.
  public var variable: Variable {
    switch self {
    case .scores(let output): output.scores
    case .completions(let completions): completions.logps
    }
  }
}

/// Log-probs of the completions of n pairs under a policy.
public struct CompletionLogps {
  /// `[2n]`, nats, summed over the tokens of each completion: chosen of pair i at 2i, rejected at 2i + 1.
  public let logps: Variable
  /// Tokens of each completion, `[2n]`.
  public let lengths: [Float]
  /// Figures about the distributions at the scored tokens, if they were asked for.
  public let statistics: TokenStatistics?
  /// The same token by token; nil of policies that know whole completions only.
  public let tokens: TokenValues?
}

/// Figures about the predicted distributions, token by token.
public struct TokenStatistics: Sendable {
  /// Entropy of each distribution in nats, `[C]`.
  public let entropies: [Float]
  /// Whether each token was the most likely one: 1 or 0, `[C]`.
  public let isBest: [Float]
  /// Mean logit over the vocabulary, `[C]`.
  public let meanLogits: [Float]
  /// Sequence s has the tokens `offsets[s] ..< offsets[s + 1]`; `[2n + 1]`.
  public let offsets: [Int32]
}

/// How a forward pass is made: everything that changes memory and time, or adds figures, but no value.
public struct ForwardPass: Sendable {
  /// Dropout is on with a key.
  public var dropout: DropoutKey?
  /// Bytes that activations may take; layers beyond are computed again in the backward pass.
  public var activationBudget: Int
  /// Whether figures about the distributions are computed besides (entropy and the like).
  public var wantsStatistics: Bool
  /// Whether adapters take part: without them a LoRA model is its reference.
  public var adapted: Bool
  /// Whether log Σ π² is computed for every token.
  public var wantsSquares: Bool
  /// What the reference made of the same pairs, to be compared with token by token.
  public var reference: ReferenceStates?

  public init(
    dropout: DropoutKey? = nil, activationBudget: Int = 1 << 30, wantsStatistics: Bool = false,
    adapted: Bool = true, wantsSquares: Bool = false, reference: ReferenceStates? = nil
  ) {
    self.dropout = dropout
    self.activationBudget = activationBudget
    self.wantsStatistics = wantsStatistics
    self.adapted = adapted
    self.wantsSquares = wantsSquares
    self.reference = reference
  }
}

/// What is kept with a saved model besides its parameters.
public struct SavedNotes: Sendable, Equatable {
  /// Divides score differences before they are read as log-odds, if it was fitted.
  public var temperature: Double?
  /// Scale of a policy's implicit reward: β of the objective it was trained with.
  public var beta: Double?

  public init(temperature: Double? = nil, beta: Double? = nil) {
    self.temperature = temperature
    self.beta = beta
  }
}

/// Turns pairs into what a model computes with: a pure function of the pairs.
public protocol PairReader: Sendable {
  /// What it reads of a pair.
  var needs: PairNeeds { get }
  func input(for block: PairBlock) throws(DataError) -> ModelInput
  /// What becomes of each pair of a block, or nil if the reader takes every pair as it is.
  func fates(of block: PairBlock) throws(DataError) -> [PairFate]?
  /// The same reader with further sequences for every row; nil if it has none to give.
  func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)?
  /// The same reader for a model that knows these names and columns.
  func knowing(_ data: DataFacts) -> any PairReader
  /// The same reader for blocks of one source: names have other numbers in every source.
  ///
  /// - Throws: what the source lacks.
  func bound(to source: any PairSource) throws(DataError) -> any PairReader
  /// Labelled pairs of the same annotator that its model reads with every pair.
  var context: ContextSize { get }
  /// The prompts of a block alone; nil if it has no way to read them.
  func promptRows(of block: PairBlock) throws(DataError) -> PromptRows?
  /// The first rows of an input of single completions, each with the completion of another row of the input
  /// in the rejected one's place.
  func mismatched(_ input: ModelInput, with others: [Int]) -> ModelInput
}

extension PairReader {
  public func fates(of block: PairBlock) -> [PairFate]? { nil }
  public func knowing(_ data: DataFacts) -> any PairReader { self }
  public func bound(to source: any PairSource) throws(DataError) -> any PairReader { self }
  public func promptRows(of block: PairBlock) throws(DataError) -> PromptRows? { nil }
  public var context: ContextSize { ContextSize() }
  public func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)? {
    sequences.isEmpty ? self : nil
  }
  public func mismatched(_ input: ModelInput, with others: [Int]) -> ModelInput {
    guard case .tokens(let rows) = input else {
      preconditionFailure("pair reader: no completions to put under other prompts")
    }
    return .tokens(rows.mismatched(with: others, limit: nil))
  }
}

/// What becomes of a pair on its way to a model.
public struct PairFate: Sendable, Equatable {
  /// Why it is left out, for the ledger; nil if it is used.
  public var dropped: String?
  /// What was done to it, for the ledger.
  public var notes: [String]
  /// Tokens of prompt, chosen and rejected side as the model gets them.
  public var tokens: (prompt: Int, chosen: Int, rejected: Int)
  /// Those of the completions that are not scored.
  public var unscored = TokenPair.Unscored()
  /// Tokens of sequences beside the completions.
  public var extraRows = 0

  public init(
    dropped: String? = nil, notes: [String] = [],
    tokens: (prompt: Int, chosen: Int, rejected: Int) = (0, 0, 0)
  ) {
    self.dropped = dropped
    self.notes = notes
    self.tokens = tokens
  }

  public static func == (a: PairFate, b: PairFate) -> Bool {
    a.dropped == b.dropped && a.notes == b.notes && a.tokens == b.tokens
      && a.unscored == b.unscored && a.extraRows == b.extraRows
  }
}
