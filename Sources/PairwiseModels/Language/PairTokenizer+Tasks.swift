internal import PairwiseText

/// From whole sequences to what each task takes of them.
extension PairTokenizer {
  typealias Tokenized = (pair: TokenPair, fate: TokenFate)

  /// Completions are scored, so prompts stay or are cut, and something has to be left of completions.
  func policyPair(_ sequences: PairSequences) -> Tokenized {
    var fate = TokenFate(marks: sequences.isMerged ? [.merged] : [])
    var prompt = sequences.chosen[..<sequences.prompt]
    var sides = [sequences.chosen[sequences.prompt...], sequences.rejected[sequences.prompt...]]
    let unscored = sequences.unscored
    if sides[0].count <= unscored.chosen || sides[1].count <= unscored.rejected {
      return (TokenPair(), TokenFate(.noTokens))
    }
    if let limit = options.maxLength {
      let longest = prompt.count + max(unscored.chosen, unscored.rejected)
      if options.truncation == .keepStart, longest >= limit {
        return (TokenPair(), TokenFate(.promptFillsLimit))
      }
      if options.truncation == .keepPromptEnd {
        let longest = min(limit, max(sides[0].count, sides[1].count))
        if prompt.count > limit - longest {
          prompt = prompt.suffix(limit - longest)
          fate.marks.append(.promptTruncated)
        }
      }
      let room = limit - prompt.count
      if sides.contains(where: { $0.count > room }) {
        sides = sides.map { $0.prefix(room) }
        fate.marks.append(.completionTruncated)
      }
    }
    return (
      TokenPair(
        prompt: Array(prompt), chosen: Array(sides[0]), rejected: Array(sides[1]),
        unscored: unscored), fate
    )
  }

  /// Texts are scored whole or not at all.
  func rewardPair(_ sequences: PairSequences) -> Tokenized {
    let (chosen, rejected) = (sequences.chosen, sequences.rejected)
    if chosen.isEmpty || rejected.isEmpty { return (TokenPair(), TokenFate(.noTokens)) }
    if let limit = options.maxLength, max(chosen.count, rejected.count) > limit {
      return (TokenPair(), TokenFate(.longerThanLimit))
    }
    // The last token of each side stays its own: that is where a score is read.
    let shared = min(
      PairSequences.commonPrefix(chosen, rejected), chosen.count - 1, rejected.count - 1)
    let pair = TokenPair(
      prompt: Array(chosen[..<shared]), chosen: Array(chosen[shared...]),
      rejected: Array(rejected[shared...]))
    return (pair, TokenFate(marks: sequences.isMerged ? [.merged] : []))
  }

  /// Every text for itself, cut between its special tokens.
  func encoderPair(_ sequences: PairSequences) -> Tokenized {
    var fate = TokenFate()
    let sides = [sequences.chosen, sequences.rejected].map { ids in
      fitted(
        ids, prompt: sequences.prompt, sequences.frame, limit: options.maxLength, &fate)
    }
    if sides.contains(where: \.isEmpty) { return (TokenPair(), TokenFate(.noTokens)) }
    return (TokenPair(chosen: sides[0], rejected: sides[1]), fate)
  }

  /// A text between the tokenizer's special tokens, cut to `limit` tokens with them.
  func ids(of text: String, limit: Int?) -> (ids: [Int32], isCut: Bool) {
    let ids = pipeline.tokenizer.encode(text)
    var fate = TokenFate()
    let fitted = fitted(ids, prompt: 0, frame, limit: limit, &fate)
    return (fitted, fitted.count < ids.count)
  }

  private func fitted(
    _ ids: [Int32], prompt: Int, _ frame: (front: Int, back: Int), limit: Int?,
    _ fate: inout TokenFate
  ) -> [Int32] {
    guard let limit, ids.count > limit else { return ids }
    func mark(_ note: TokenFate.Note) {
      if !fate.marks.contains(note) { fate.marks.append(note) }
    }
    var inner = ids[...].dropFirst(frame.front).dropLast(frame.back)
    let room = max(0, limit - frame.front - frame.back)
    if options.truncation == .keepPromptEnd {
      let cut = min(max(0, prompt - frame.front), inner.count - room)
      if cut > 0 { mark(.promptTruncated) }
      inner = inner.dropFirst(cut)
    }
    if inner.count > room {
      mark(.completionTruncated)
      inner = inner.prefix(room)
    }
    return Array((ids.prefix(frame.front) + inner + ids.suffix(frame.back)).prefix(limit))
  }
}
