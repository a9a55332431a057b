public import PairwiseData
public import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

// What tells beforehand, and shows afterwards, whether a chosen completion loses probability in training.

extension PairScorer {
  /// The language model that training starts from: the reference, or without one the model itself.
  private var initial: (model: CausalLM, adapted: Bool)? {
    switch reference {
    case .none: (model as? CausalLM).map { ($0, true) }
    case .model(let other): (other as? CausalLM).map { ($0, true) }
    case .base: (model as? CausalLM).map { ($0, false) }
    }
  }

  /// Why there are no similarities of pairs, or nil.
  public var similarityProblem: String? {
    initial == nil
      ? "--ches reads the hidden states of a language model over tokens (causal_lm)" : nil
  }

  /// How alike the completions of each pair look to the model that training starts from.
  ///
  /// - Throws: if a pair cannot be read, or the model is no language model over tokens.
  public func similarities(of block: PairBlock) throws(DataError) -> [PairSimilarity] {
    guard let (model, adapted) = initial,
      case .tokens(let tokens) = try model.reader.input(for: block)
    else { throw DataError(.invalid, file: "model", similarityProblem ?? "reads no tokens") }
    let states = model.states(tokens.pairs, adapted: adapted).map {
      HiddenSum(sum: $0.sum, count: $0.count, last: $0.last)
    }
    return tokens.pairs.enumerated().map { index, pair in
      PairSimilarity(
        chosen: states[2 * index], rejected: states[2 * index + 1],
        chosenTokens: pair.chosen, rejectedTokens: pair.rejected)
    }
  }

  /// A tally of first tokens; nil unless two models of one vocabulary are compared.
  func tokenShift() -> TokenShift? {
    guard let policy = model as? CausalLM else { return nil }
    switch reference {
    case .none: return nil
    case .base: break
    case .model:
      guard let start = initial?.model,
        start.config.vocabularySize == policy.config.vocabularySize
      else { return nil }
    }
    return TokenShift(vocabulary: policy.config.vocabularySize)
  }

  /// Adds the first tokens that both models would give to the prompts of some pairs.
  func addFirstTokens(of block: PairBlock, to shift: inout TokenShift) throws(DataError) {
    guard let policy = model as? CausalLM, let (start, adapted) = initial,
      case .tokens(let new) = try policy.reader.input(for: block),
      case .tokens(let old) = try start.reader.input(for: block)
    else { return }
    let pairs = zip(old.pairs, new.pairs).filter { !$0.prompt.isEmpty && !$1.prompt.isEmpty }
    if pairs.isEmpty { return }
    let before = start.nextTokens(after: pairs.map(\.0.prompt), adapted: adapted).array
    let after = policy.nextTokens(after: pairs.map(\.1.prompt)).array
    let width = policy.config.vocabularySize
    for row in pairs.indices {
      let range = row * width..<(row + 1) * width
      shift.add(before: before[range], after: after[range])
    }
  }

  /// The tokens that gained and lost most, with their texts.
  func extremes(of shift: TokenShift, _ limit: Int) -> TokenShift.Extremes? {
    func named(_ tokens: [TokenShift.Token]) -> [TokenShift.Token] {
      tokens.map { token in
        var token = token
        token.text = (model as? CausalLM)?.text(ofToken: Int32(token.id))
        return token
      }
    }
    return shift.extremes(limit).map { found in
      var found = found
      (found.gained, found.lost) = (named(found.gained), named(found.lost))
      return found
    }
  }
}

/// What an evaluation of a policy computes beyond its scores.
public struct DisplacementFigures: Sendable {
  /// Whether the similarity of the completions of each pair is computed (CHES and weaker predictors): one more
  /// forward pass.
  public var similarity: Bool
  /// How many first tokens are named that gained and lost most; 0 for none. Needs a reference, and reads the
  /// prompts once more under both.
  public var topTokens: Int

  public init(similarity: Bool = false, topTokens: Int = 0) {
    (self.similarity, self.topTokens) = (similarity, topTokens)
  }
}
