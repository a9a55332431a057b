internal import PairwiseData
internal import PairwiseText

/// From the texts of a row to the sequences beside its completions.
extension PairTokenizer {
  /// The question under which rationales are scored, unless another is given.
  static let question = """
    Prompt:
    {prompt}

    First response:
    {chosen}

    Second response:
    {rejected}

    Why is the first response better than the second?

    """

  /// The tokens of a sequence for a row of a block, as the chosen side of a pair of its own.
  ///
  /// - Throws: for a row without the text, by its number.
  func pair(
    _ sequence: ExtraSequence, _ row: Int, of block: PairBlock
  ) throws(DataError) -> Tokenized {
    if case .completion(_, under: .question) = sequence, task != .policy {
      // What a reward model is asked for its reasons it answers as a language model.
      var speaker = self
      (speaker.task, speaker.readsPrompts) = (.policy, true)
      return try speaker.pair(sequence, row, of: block)
    }
    guard case .completion(let completion, let prompt) = sequence else {
      return (TokenPair(isPromptOfLast: true), TokenFate())
    }
    let sequences = PairSequences(self, try texts(completion, prompt, row, of: block))
    if task != .policy {
      var result = task == .reward ? rewardPair(sequences) : encoderPair(sequences)
      // Both sides are the text: its first token stands for the one that a further completion has not.
      let whole = result.pair.prompt + result.pair.chosen
      result.pair = TokenPair(chosen: whole, rejected: Array(whole.prefix(1)))
      return result
    }
    var result = policyPair(sequences)
    result.pair.rejected = []
    result.pair.unscored.rejected = 0
    return result
  }

  private func texts(
    _ completion: ExtraSequence.Completion, _ prompt: ExtraSequence.Prompt, _ row: Int,
    of block: PairBlock
  ) throws(DataError) -> Texts {
    let otherPrompt: [UInt8]? =
      switch prompt {
      case .own: nil
      case .question: question(row, of: block)
      case .column(let column):
        block.textColumns[column].flatMap { $0[row].isEmpty ? nil : Array($0[row]) }
      }
    if case .column(let column) = prompt, otherPrompt == nil, column != .rejectedPrompt {
      throw missing(column, row, of: block)
    }
    var otherCompletion: [UInt8]?
    if case .column(let column) = completion {
      guard let text = block.textColumns[column]?[row], !text.isEmpty else {
        throw missing(column, row, of: block)
      }
      otherCompletion = Array(text)
    }
    if readsPrompts, let conversation = try block.conversation(row) {
      func message(_ role: String, _ text: [UInt8]) -> [ChatMessage] {
        [ChatMessage(role: role, content: String(decoding: text, as: UTF8.self))]
      }
      let side = completion == .rejected ? conversation.rejected : conversation.chosen
      let answer = otherCompletion.map { message("assistant", $0) } ?? side
      return try texts(
        PairConversation(
          prompt: otherPrompt.map { message("user", $0) } ?? conversation.prompt, chosen: answer,
          rejected: answer), row, of: block)
    }
    let front = readsPrompts ? otherPrompt ?? Array(block.texts?.prompt(row) ?? []) : []
    let side = completion == .rejected ? block.texts?.rejected(row) : block.texts?.chosen(row)
    let text = front + ended(otherCompletion.map { $0[...] } ?? side ?? [])
    return Texts(prompt: front, chosen: text, rejected: text, takesSpecialTokens: true)
  }

  private func missing(_ column: PairColumn, _ row: Int, of block: PairBlock) -> DataError {
    DataError(
      .invalid, file: "pairs", place: "row \(block.rows[row])", "has no \(column.rawValue)")
  }

  /// The question with the row's texts in place of `{prompt}`, `{chosen}` and `{rejected}`.
  private func question(_ row: Int, of block: PairBlock) -> [UInt8] {
    let texts: [(mark: String, text: ArraySlice<UInt8>)] = [
      ("{prompt}", block.texts?.prompt(row) ?? []), ("{chosen}", block.texts?.chosen(row) ?? []),
      ("{rejected}", block.texts?.rejected(row) ?? []),
    ]
    var rest = Array((options.rationalePrompt ?? PairTokenizer.question).utf8)[...]
    var result: [UInt8] = []
    while let byte = rest.first {
      if let (mark, text) = texts.first(where: { rest.starts(with: $0.mark.utf8) }) {
        result += text
        rest = rest.dropFirst(mark.utf8.count)
      } else {
        result.append(byte)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
