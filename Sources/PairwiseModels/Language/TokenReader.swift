internal import PairwiseData
internal import PairwiseText

/// Turns texts into token ids, and says what becomes of each pair on the way.
struct TokenReader: PairReader {
  private let tokenizer: PairTokenizer
  /// Whether rejected completions are left out, because nothing reads them.
  private let chosenOnly: Bool

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

  var needs: PairNeeds { PairTokenizer.needs }

  /// Traps if the block was read without texts.
  ///
  /// - Throws: for a pair that `fates` drops, by row.
  func input(for block: PairBlock) throws(DataError) -> ModelInput {
    let tokenized = try tokenized(block)
    if let index = tokenized.firstIndex(where: { $0.fate.dropped != nil }) {
      throw DataError(
        .invalid, file: "pairs", place: "row \(block.rows[index])",
        tokenized[index].fate.dropped ?? "cannot be read")
    }
    return .tokens(TokenPairs(tokenized.map(\.pair), chosenOnly: chosenOnly))
  }

  func fates(of block: PairBlock) throws(DataError) -> [PairFate]? {
    try tokenized(block).map { pair, fate in
      PairFate(
        dropped: fate.dropped, notes: fate.notes,
        tokens: (pair.prompt.count, pair.chosen.count, pair.rejected.count))
    }
  }

  private func tokenized(_ block: PairBlock) throws(DataError) -> [(
    pair: TokenPair, fate: TokenFate
  )] {
    var result = try tokenizer.tokenize(block)
    if chosenOnly { for index in result.indices { result[index].pair.rejected = [] } }
    return result
  }
}
