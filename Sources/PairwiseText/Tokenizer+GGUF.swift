extension Tokenizer {
  /// The tokenizer of a GGUF file, by way of the `tokenizer.json` that says the same.
  ///
  /// Text is split as the file's `pre` says, which is how the model was trained: a SmolLM2 file says
  /// `smollm`, which splits digits as SmolLM2's published tokenizer does. transformers reads such a
  /// file without that step; the two differ only in spaces before digits (`"  5"`) and in runs of
  /// other numerals.
  ///
  /// - Throws: a model or `pre` that is not supported, or damage, with the GGUF's key.
  public init(_ vocabulary: GGUFVocabulary) throws(TextError) {
    try self.init(json: try TokenizerFileWriter.bytes(vocabulary), file: vocabulary.file)
  }
}
