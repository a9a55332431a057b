internal import PairwiseData
internal import PairwiseText

extension PairTokenizer {
  /// The prompts of a block alone: a text between the tokenizer's special tokens, a conversation as the chat
  /// template writes it up to where the answer begins. A prompt without tokens is the end token.
  ///
  /// - Throws: the first conversation that the template refuses, by its row.
  func prompts(of block: PairBlock) throws(DataError) -> [[Int32]] {
    var result: [[Int32]] = []
    for pair in 0..<block.count {
      let (text, takesSpecialTokens) = try promptText(pair, of: block)
      let ids = pipeline.tokenizer.encode(
        String(decoding: text, as: UTF8.self), addSpecialTokens: takesSpecialTokens)
      let cut = options.maxLength.map { limit in
        options.truncation == .keepPromptEnd && task != .encoder
          ? Array(ids.suffix(limit)) : Array(ids.prefix(limit))
      }
      let kept = cut ?? ids
      result.append(kept.isEmpty ? [pipeline.eos?.id ?? 0] : kept)
    }
    return result
  }

  private func promptText(_ pair: Int, of block: PairBlock) throws(DataError) -> (
    text: [UInt8], takesSpecialTokens: Bool
  ) {
    guard let conversation = try block.conversation(pair) else {
      return (Array(block.texts?.prompt(pair) ?? []), true)
    }
    do throws(TextError) {
      return (try prompt(of: conversation), task == .encoder)
    } catch {
      throw DataError(
        .invalid, file: error.file, place: error.place,
        "\(error.message), for the prompt of pair \(block.rows[pair])")
    }
  }
}
