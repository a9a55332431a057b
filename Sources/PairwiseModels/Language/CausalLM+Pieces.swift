internal import PairwiseText

extension CausalLM {
  /// The text of each token. A character cut into several tokens stands at the last of them; joined, the
  /// pieces are the whole text.
  public func pieces(_ ids: [Int32]) -> [String] {
    guard let tokenizer = origin.text?.tokenizer else { return ids.map { "[\($0)]" } }
    var stream = TokenTextStream(tokenizer, skippingSpecialTokens: false)
    var pieces = ids.map { stream.append($0) }
    let rest = stream.finish()
    if !rest.isEmpty, !pieces.isEmpty { pieces[pieces.count - 1] += rest }
    return pieces
  }
}
