public import PairwiseData
public import PairwiseText

/// Turns prompts into the token ids that a decoder continues, and its tokens back into text.
public struct PromptEncoder: Sendable {
  private let text: TextPipeline
  /// Whether a prompt that is plain text is one message of the user.
  private let isChat: Bool
  /// Most tokens of a sequence; nil without a limit.
  private let limit: Int?
  /// Tokens that end a completion, of a text and in a conversation.
  private let ends: Set<Int32>
  private var turnEnds: Set<Int32>
  /// Parsed once. What is wrong with the template matters only to conversations.
  private let template: Result<ChatTemplate, TextError>?

  /// - Throws: if the model came without a tokenizer.
  public init(_ model: CausalLM, chat: Bool = false) throws(DataError) {
    guard let text = model.origin.text else {
      throw DataError(.invalid, file: "model", "expected a tokenizer beside the model")
    }
    self.text = text
    isChat = chat
    limit = model.positionLimit
    ends = Set(model.origin.ends + [text.eos?.id].compactMap { $0 })
    template = text.chatTemplate.map { source in
      do throws(TextError) {
        return .success(try ChatTemplate(source, file: "chat template"))
      } catch {
        return .failure(error)
      }
    }
    turnEnds = ends
    if let end = templateEnd { turnEnds.insert(end) }
  }

  /// A prompt as token ids: a text between the tokenizer's special tokens, a conversation as the chat
  /// template writes it, up to where the answer begins.
  ///
  /// Its completion ends at what `config.json`, `generation_config.json` and the tokenizer call the end of
  /// a text; in a conversation also at what the chat template writes behind an answer.
  ///
  /// - Throws: if the template refuses it, nothing is left of it, or the model has no place for it.
  public func encode(_ prompt: PreferenceText) throws(TextError) -> TokenPrompt {
    var stops = turnEnds
    let ids: [Int32]
    switch prompt {
    case .plain(let words) where !isChat: (ids, stops) = (text.tokenizer.encode(words), ends)
    case .plain(let words): ids = try encode([ChatMessage(role: "user", content: words)])
    case .messages(let messages): ids = try encode(messages)
    }
    if ids.isEmpty { throw TextError(file: "prompt", "has no tokens, expected at least one") }
    if let limit, ids.count > limit {
      throw TextError(
        file: "prompt", "has \(ids.count) tokens, the model has room for \(limit)")
    }
    return TokenPrompt(ids, stops: stops)
  }

  private func encode(_ messages: [ChatMessage]) throws(TextError) -> [Int32] {
    text.tokenizer.encode(try render(messages, open: true), addSpecialTokens: false)
  }

  private func render(_ messages: [ChatMessage], open: Bool) throws(TextError) -> String {
    guard let template else {
      throw TextError(
        file: "tokenizer",
        "has no chat template, which conversations need (chat_template.jinja or chat_template in "
          + "tokenizer_config.json)")
    }
    return try template.get().render(
      messages, addGenerationPrompt: open, bos: text.bos?.text, eos: text.eos?.text,
      pad: text.pad?.text, unknown: text.unknown?.text)
  }

  /// The special token that follows an answer in the chat template, if one does.
  private var templateEnd: Int32? {
    let answer = "An answer."
    let turns = [
      ChatMessage(role: "user", content: "A question?"),
      ChatMessage(role: "assistant", content: answer),
    ]
    guard let written = try? render(turns, open: false),
      let place = written.end(ofLast: answer)
    else { return nil }
    return text.tokenizer.encode(String(written[place...]), addSpecialTokens: false)
      .first { id in text.tokenizer.specialTokens.contains { $0.id == id } }
  }

  /// The text of a completion, without special tokens.
  public func text(of completion: Completion) -> String {
    text.tokenizer.decode(completion.tokens, skippingSpecialTokens: true)
  }
}

extension String {
  /// Where the last occurrence of `part` ends.
  fileprivate func end(ofLast part: String) -> Index? {
    var start = endIndex
    while true {
      if self[start...].hasPrefix(part) { return index(start, offsetBy: part.count) }
      if start == startIndex { return nil }
      start = index(before: start)
    }
  }
}
