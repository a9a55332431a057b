internal import PairwiseConfig
public import PairwiseText

/// The two conversations of a pair, which begin with the same messages.
public struct PairConversation: Sendable, Equatable {
  public var prompt: [ChatMessage]
  public var chosen: [ChatMessage]
  public var rejected: [ChatMessage]

  public init(prompt: [ChatMessage], chosen: [ChatMessage], rejected: [ChatMessage]) {
    self.prompt = prompt
    self.chosen = chosen
    self.rejected = rejected
  }
}

extension PairBlock {
  /// A pair of the block as conversations; nil if its texts are plain.
  ///
  /// - Throws: `.invalid` with the row if what is stored is no list of messages, or if only some of the
  ///   pair's texts are conversations.
  public func conversation(_ pair: Int) throws(DataError) -> PairConversation? {
    guard let messages else { return nil }
    let parts = [messages.prompt(pair), messages.chosen(pair), messages.rejected(pair)]
    if parts.allSatisfy(\.isEmpty) { return nil }
    guard !parts[1].isEmpty, isUnpaired || !parts[2].isEmpty,
      !parts[0].isEmpty || texts.map({ $0.prompt(pair).isEmpty }) ?? true
    else {
      throw error(pair, "expected prompt and both sides as messages, found messages beside a text")
    }
    return PairConversation(
      prompt: try list(parts[0], pair), chosen: try list(parts[1], pair),
      rejected: try list(parts[2], pair))
  }

  private func list(_ json: ArraySlice<UInt8>, _ pair: Int) throws(DataError) -> [ChatMessage] {
    guard case .messages(let messages)? = PreferenceText(plain: [], json: json) else {
      if json.isEmpty { return [] }
      throw error(pair, "its messages are no JSON list of messages")
    }
    return messages
  }

  private func error(_ pair: Int, _ message: String) -> DataError {
    DataError(.invalid, file: "pairs", place: "pair \(rows[pair])", message)
  }
}
