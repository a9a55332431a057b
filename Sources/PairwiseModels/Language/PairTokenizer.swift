public import PairwiseData
internal import PairwiseTensor
public import PairwiseText
internal import Synchronization

/// Turns pairs of texts or conversations into token ids, as TRL 1.16 does.
///
/// Plain text: the EOS token's text is appended to both completions unless it is there (not for encoders),
/// and prompt + completion is tokenised as one text. Conversations: the chat template renders the prompt
/// up to where the answer begins, and each whole conversation; nothing is appended, and no special tokens
/// are added to what the template writes.
///
/// A pair's tokens depend on that pair alone.
public struct PairTokenizer: Sendable {
  public let options: TokenOptions
  public internal(set) var task: TokenTask
  /// Whether a completion stands behind its prompt; otherwise its own text is all that is tokenised.
  var readsPrompts = true
  /// What is tokenised for each row beside its completions.
  var extras: [ExtraSequence] = []
  let pipeline: TextPipeline
  /// Parsed once. What is wrong with the template matters only to conversations.
  private let template: Result<ChatTemplate, TextError>?
  /// How many special tokens the tokenizer puts in front of a text, and behind it.
  let frame: (front: Int, back: Int)

  /// - Throws: `.invalid` for a limit below 1.
  public init(
    _ text: TextPipeline, _ options: TokenOptions = .init(), task: TokenTask
  ) throws(DataError) {
    if let limit = options.maxLength, limit < 1 {
      throw DataError(
        .invalid, file: "data", place: "max_length", "expected at least 1, found \(limit)")
    }
    pipeline = text
    self.options = options
    self.task = task
    template = text.chatTemplate.map { source in
      do throws(TextError) {
        return .success(try ChatTemplate(source, file: "chat template"))
      } catch {
        return .failure(error)
      }
    }
    frame = PairTokenizer.frame(of: text.tokenizer)
  }

  /// What to read of pairs.
  public static let needs = PairNeeds(texts: true, messages: true)

  /// Pairs tokenised by one task.
  private static let share = 16

  /// Tokenises the pairs of a block, on the worker pool. A pair that is left out has no tokens.
  ///
  /// - Parameter block: read with `needs`; traps without texts.
  /// - Throws: the first pair that cannot be tokenised, by its row: a conversation where there is no chat
  ///   template, or one that the template refuses.
  public func tokenize(
    _ block: PairBlock
  ) throws(DataError) -> [(pair: TokenPair, fate: TokenFate)] {
    try tokenizeRows(block).map { ($0.pairs[0], $0.fate) }
  }

  /// A row's pair and those of its extra sequences.
  typealias Row = (pairs: [TokenPair], fate: TokenFate)

  /// The same with the extra sequences of each row.
  func tokenizeRows(_ block: PairBlock) throws(DataError) -> [Row] {
    precondition(block.texts != nil, "tokenizer: pairs were read without texts")
    typealias Part = Result<[Row], DataError>
    let count = block.count
    let tasks = max(1, (count + PairTokenizer.share - 1) / PairTokenizer.share)
    let parts = Mutex([Part?](repeating: nil, count: tasks))
    WorkerPool.shared.run(tasks) { task in
      let range = count * task / tasks..<count * (task + 1) / tasks
      let part: Part
      do throws(DataError) {
        part = .success(try tokenize(range, of: block))
      } catch {
        part = .failure(error)
      }
      parts.withLock { $0[task] = part }
    }
    var all: [Row] = []
    all.reserveCapacity(count)
    for part in parts.withLock({ $0 }) { if let part { all += try part.get() } }
    return all
  }

  private func tokenize(_ range: Range<Int>, of block: PairBlock) throws(DataError) -> [Row] {
    var result: [Row] = []
    result.reserveCapacity(range.count)
    for row in range {
      var (pair, fate) = try tokenize(row, of: block)
      if isAlone(block) {
        pair.rejected = []
        pair.unscored.rejected = 0
      }
      var pairs = [pair]
      for sequence in extras {
        let extra = try self.pair(sequence, row, of: block)
        pairs.append(extra.pair)
        fate.reason = fate.reason ?? extra.fate.reason
        fate.marks += extra.fate.marks.filter { !fate.marks.contains($0) }
      }
      result.append((pairs, fate))
    }
    return result
  }

  /// Whether the rejected completion is left out: there is none, or it stands under another prompt.
  private func isAlone(_ block: PairBlock) -> Bool {
    block.isUnpaired || extras.contains(.underOtherPrompt)
  }

  private func tokenize(
    _ pair: Int, of block: PairBlock
  ) throws(DataError) -> (pair: TokenPair, fate: TokenFate) {
    let sequences = PairSequences(self, try texts(pair, of: block))
    switch task {
    case .policy: return policyPair(sequences)
    case .reward: return rewardPair(sequences)
    case .encoder: return encoderPair(sequences)
    }
  }

  // MARK: Texts

  /// The texts of a pair as they are tokenised.
  struct Texts {
    var prompt: [UInt8]
    /// Prompt and completion in one.
    var chosen: [UInt8]
    var rejected: [UInt8]
    /// Whether the tokenizer adds its special tokens: not to what a template wrote.
    var takesSpecialTokens: Bool
  }

  private func texts(_ pair: Int, of block: PairBlock) throws(DataError) -> Texts {
    if readsPrompts, var conversation = try block.conversation(pair) {
      // A completion alone is tokenised as if it were both.
      if isAlone(block) { conversation.rejected = conversation.chosen }
      return try texts(conversation, pair, of: block)
    }
    let prompt = readsPrompts ? Array(block.texts?.prompt(pair) ?? []) : []
    let chosen = block.texts?.chosen(pair) ?? []
    let rejected = isAlone(block) ? chosen : block.texts?.rejected(pair) ?? []
    return Texts(
      prompt: prompt, chosen: prompt + ended(chosen), rejected: prompt + ended(rejected),
      takesSpecialTokens: true)
  }

  /// The texts of a conversation that belongs to a pair of a block.
  func texts(_ conversation: PairConversation, _ pair: Int, of block: PairBlock)
    throws(DataError) -> Texts
  {
    do throws(TextError) {
      return try texts(conversation)
    } catch {
      throw DataError(
        .invalid, file: error.file, place: error.place,
        "\(error.message), for the conversation of pair \(block.rows[pair])")
    }
  }

  /// A completion with the text of EOS at its end.
  func ended(_ completion: ArraySlice<UInt8>) -> [UInt8] {
    // Where the boundary is counted, EOS is added as an id.
    guard task != .encoder, options.boundary != .promptCount || task == .reward,
      let eos = pipeline.eos?.text.utf8,
      !completion.reversed().starts(with: eos.reversed())
    else { return Array(completion) }
    return completion + Array(eos)
  }

  private func texts(_ conversation: PairConversation) throws(TextError) -> Texts {
    if template == nil && task == .encoder { return PairTokenizer.flat(conversation) }
    let (prompt, chosen, rejected) = (
      conversation.prompt, conversation.chosen, conversation.rejected
    )
    return Texts(
      prompt: task == .reward ? [] : try render(prompt, open: true),
      chosen: try render(prompt + chosen), rejected: try render(prompt + rejected),
      takesSpecialTokens: task == .encoder)
  }

  /// The prompt of a conversation, up to where the answer begins.
  func prompt(of conversation: PairConversation) throws(TextError) -> [UInt8] {
    template == nil && task == .encoder
      ? PairTokenizer.flat(conversation).prompt : try render(conversation.prompt, open: true)
  }

  private func render(_ messages: [ChatMessage], open: Bool = false) throws(TextError) -> [UInt8] {
    guard let template else {
      throw TextError(
        file: "tokenizer",
        "has no chat template, which conversations need (chat_template.jinja or chat_template in "
          + "tokenizer_config.json)")
    }
    let text = try template.get().render(
      messages, addGenerationPrompt: open, bos: pipeline.bos?.text, eos: pipeline.eos?.text,
      pad: pipeline.pad?.text, unknown: pipeline.unknown?.text)
    return Array(text.utf8)
  }

  /// Encoders know no turns: each conversation as one text.
  private static func flat(_ conversation: PairConversation) -> Texts {
    func text(_ messages: [ChatMessage]) -> [UInt8] {
      Array(PreferenceText.messages(messages).text.utf8)
    }
    return Texts(
      prompt: text(conversation.prompt), chosen: text(conversation.prompt + conversation.chosen),
      rejected: text(conversation.prompt + conversation.rejected), takesSpecialTokens: true)
  }

  /// Counts the special tokens around a text by comparing one with and without them.
  private static func frame(of tokenizer: Tokenizer) -> (front: Int, back: Int) {
    let framed = tokenizer.encode("a", addSpecialTokens: true)
    let bare = tokenizer.encode("a", addSpecialTokens: false)
    let extra = framed.count - bare.count
    guard extra > 0 else { return (0, 0) }
    let front = (0...extra).first { framed[$0...].starts(with: bare) } ?? 0
    return (front, extra - front)
  }
}
