internal import PairwiseData
internal import PairwiseText

/// Turns texts into token ids, and says what becomes of each pair on the way.
struct TokenReader: PairReader {
  private var tokenizer: PairTokenizer
  /// Whether rejected completions are left out, because nothing reads them.
  private let chosenOnly: Bool
  /// Weight of features of length and form; 0: not read.
  private var formWeight: Float = 0

  /// For decoders.
  init(_ text: TextPipeline, _ options: TokenOptions, use: ModelUse) throws(DataError) {
    tokenizer = try PairTokenizer(text, options, task: use == .scores ? .reward : .policy)
    chosenOnly = use == .logps(chosenOnly: true)
  }

  /// For encoders.
  init(_ text: TextPipeline, _ options: TokenOptions, encoder: TransformerConfig)
    throws(DataError)
  {
    tokenizer = try PairTokenizer(text, options, task: .encoder)
    chosenOnly = false
  }

  /// The same texts, read for what stands on the layers.
  func reading(for readout: ReadoutSection) -> TokenReader {
    var reader = self
    reader.tokenizer.readsPrompts = readout.readsPrompt
    reader.formWeight = readout.lengthWeight
    return reader
  }

  var needs: PairNeeds {
    var needs = PairTokenizer.needs
    for sequence in tokenizer.extras { needs.textColumns.formUnion(sequence.columns) }
    return needs
  }

  /// Traps if the block was read without texts.
  ///
  /// - Throws: for a pair that `fates` drops, by row.
  func input(for block: PairBlock) throws(DataError) -> ModelInput {
    var tokenized = try tokenized(block)
    if let index = tokenized.firstIndex(where: { $0.fate.dropped != nil }) {
      throw DataError(
        .invalid, file: "pairs", place: "row \(block.rows[index])",
        tokenized[index].fate.dropped ?? "cannot be read")
    }
    if formWeight > 0 {
      TextForm(weight: formWeight).fill(&tokenized, extras: tokenizer.extras, of: block)
    }
    return .tokens(
      TokenPairs(
        tokenized.flatMap(\.pairs), perRow: 1 + tokenizer.extras.count,
        chosenOnly: chosenOnly || block.isUnpaired))
  }

  func promptRows(of block: PairBlock) throws(DataError) -> PromptRows? {
    .tokens(try tokenizer.prompts(of: block))
  }

  func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)? {
    if tokenizer.task != .policy {
      // A score is that of a text; prompts alone are for log-probs, and encoders answer no questions.
      for sequence in sequences {
        guard case .completion(_, let prompt) = sequence,
          tokenizer.task == .reward || prompt != .question
        else { return nil }
      }
    }
    var reader = self
    reader.tokenizer.extras = sequences
    return reader
  }

  func mismatched(_ input: ModelInput, with others: [Int]) -> ModelInput {
    guard case .tokens(let rows) = input else {
      preconditionFailure("token reader: expected tokens")
    }
    return .tokens(rows.mismatched(with: others, limit: tokenizer.options.maxLength))
  }

  func fates(of block: PairBlock) throws(DataError) -> [PairFate]? {
    try tokenized(block).map { pairs, fate in
      let pair = pairs[0]
      var result = PairFate(
        dropped: fate.dropped, notes: fate.notes,
        tokens: (pair.prompt.count, pair.chosen.count, pair.rejected.count))
      result.unscored = pair.unscored
      result.extraRows = pairs.dropFirst().reduce(0) { $0 + $1.rows }
      return result
    }
  }

  private func tokenized(_ block: PairBlock) throws(DataError) -> [PairTokenizer.Row] {
    var result = try tokenizer.tokenizeRows(block)
    guard chosenOnly else { return result }
    for index in result.indices {
      result[index].pairs[0].rejected = []
      result[index].pairs[0].unscored.rejected = 0
    }
    return result
  }
}
