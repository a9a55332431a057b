internal import PairwiseData
internal import PairwiseText

extension GGUFModel {
  /// The tokenizer and chat template in the file, or nil if it has none.
  func text() throws(DataError) -> TextPipeline? {
    guard let model = file["tokenizer.ggml.model"]?.string, model != "no_vocab", model != "none"
    else { return nil }
    let tokens = try strings("tokenizer.ggml.tokens")
    func token(_ name: String) throws(DataError) -> Int32? {
      let key = "tokenizer.ggml.\(name)_token_id"
      guard let value = file[key] else { return nil }
      guard let id = value.integer, tokens.indices.contains(id) else {
        throw failure(key, "expected the number of one of \(tokens.count) tokens")
      }
      return Int32(id)
    }
    let vocabulary = GGUFVocabulary(
      file: file.path, model: model, pre: file["tokenizer.ggml.pre"]?.string, tokens: tokens,
      types: try tokenTypes(tokens.count), merges: try strings("tokenizer.ggml.merges"),
      bos: try token("bos"), eos: try token("eos"), pad: try token("padding"),
      unknown: try token("unknown"), addsBOS: file["tokenizer.ggml.add_bos_token"]?.bool,
      chatTemplate: file["tokenizer.chat_template"]?.string)
    do throws(TextError) {
      return try TextPipeline(vocabulary)
    } catch {
      throw DataError(.invalid, file: error.file, place: error.place, error.message)
    }
  }

  /// A list of texts; empty if the file has none.
  private func strings(_ key: String) throws(DataError) -> [String] {
    guard let value = file[key] else { return [] }
    let texts = value.array?.compactMap(\.string)
    guard let texts, texts.count == value.array?.count else {
      throw failure(key, "expected a list of texts")
    }
    return texts
  }

  private func tokenTypes(_ count: Int) throws(DataError) -> [Int32]? {
    let key = "tokenizer.ggml.token_type"
    guard let value = file[key] else { return nil }
    let types = value.array?.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
    guard let types, types.count == count, value.array?.count == count else {
      throw failure(key, "expected a whole number for each of \(count) tokens")
    }
    return types
  }
}
