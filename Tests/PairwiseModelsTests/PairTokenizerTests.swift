import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseText
import Testing

@Suite("Pairs to tokens")
struct PairTokenizerTests {
  /// One token a letter, but "a b" is one token over the space: a prompt's last space may merge.
  static func letters(bos: Bool = false, template: String? = nil) throws -> TextPipeline {
    let symbols = "abcdefghijklmnopqrstuvwxyz<>:".map(String.init) + ["Ġ", "Ċ", "Ġb"]
    return try TextPipeline(
      GGUFVocabulary(
        model: "gpt2", pre: "gpt-2", tokens: ["<s>", "</s>"] + symbols,
        types: [3, 3] + symbols.map { _ in 1 }, merges: ["Ġ b"], bos: 0, eos: 1, addsBOS: bos,
        chatTemplate: template))
  }

  static func block(_ pairs: [(String, String, String)]) -> PairBlock {
    var texts = PairTexts()
    for (prompt, chosen, rejected) in pairs {
      texts.append(prompt: prompt.utf8, chosen: chosen.utf8, rejected: rejected.utf8)
    }
    return PairBlock(rows: Array(100..<100 + pairs.count), texts: texts)
  }

  static func chat(_ conversation: PairConversation) throws -> PairBlock {
    var record = PreferenceRecord(origin: 1)
    record.prompt = .messages(conversation.prompt)
    record.chosen = .messages(conversation.chosen)
    record.rejected = .messages(conversation.rejected)
    return try InMemoryPairs([record]).read([0], PairTokenizer.needs)
  }

  /// Tokens as text, parts of a pair divided by bars.
  func words(
    _ block: PairBlock, _ options: TokenOptions = TokenOptions(maxLength: nil),
    task: TokenTask = .policy, _ pipeline: TextPipeline? = nil
  ) throws -> [String] {
    let pipeline = try pipeline ?? Self.letters()
    return try PairTokenizer(pipeline, options, task: task).tokenize(block).map { pair, fate in
      func text(_ ids: [Int32]) -> String {
        ids.map { pipeline.tokenizer.token(of: $0) ?? "?" }.joined(separator: " ")
      }
      let parts = [pair.prompt, pair.chosen, pair.rejected].map(text).joined(separator: " | ")
      return ([fate.dropped.map { "dropped: \($0)" } ?? parts] + fate.notes).joined(separator: "; ")
    }
  }

  @Test("end both completions with EOS unless it is there")
  func endOfText() throws {
    #expect(
      try words(Self.block([("a", "c", "d</s>"), ("a", "", "</s>"), ("", "c", "d")])) == [
        "a | c </s> | d </s>", "a | </s> | </s>", " | c </s> | d </s>",
      ])
  }

  @Test("move the prompt's end into the completion where tokens merge, on both sides")
  func merging() throws {
    let block = Self.block([("a ", "b", "c"), ("a ", "c", "d")])
    #expect(
      try words(block) == [
        "a | Ġb </s> | Ġ c </s>; tokens merged across the prompt boundary",
        "a Ġ | c </s> | d </s>",
      ])
    #expect(
      try words(block, TokenOptions(maxLength: nil, boundary: .separate)) == [
        "a Ġ | b </s> | c </s>", "a Ġ | c </s> | d </s>",
      ])
  }

  @Test("begin with BOS where the tokenizer adds it, once")
  func beginOfText() throws {
    let pipeline = try Self.letters(bos: true)
    for boundary in TokenOptions.Boundary.allCases {
      let options = TokenOptions(maxLength: nil, boundary: boundary)
      #expect(
        try words(Self.block([("a", "c", "d"), ("", "c", "d")]), options, pipeline) == [
          "<s> a | c </s> | d </s>", "<s> | c </s> | d </s>",
        ])
    }
  }

  @Test("cut completions at the end as TRL does, and drop what leaves no room for them")
  func keepStart() throws {
    let block = Self.block([("abc", "xyz", "x"), ("abcd", "x", "y"), ("ab", "c", "d")])
    #expect(
      try words(block, TokenOptions(maxLength: 4)) == [
        "a b c | x | x; completion truncated",
        "dropped: prompt leaves no room within max_length", "a b | c </s> | d </s>",
      ])
  }

  @Test("cut prompts from the left to keep completions whole")
  func keepPromptEnd() throws {
    let block = Self.block([("abcd", "xyz", "x"), ("abcd", "", ""), ("ab", "uvwxyz", "x")])
    #expect(
      try words(block, TokenOptions(maxLength: 5, truncation: .keepPromptEnd)) == [
        "d | x y z </s> | x </s>; prompt truncated", "a b c d | </s> | </s>",
        " | u v w x y | x </s>; prompt truncated; completion truncated",
      ])
  }

  @Test("share for reward models what both sides begin with, but never their last token")
  func rewards() throws {
    let block = Self.block([("ab", "xy", "xz"), ("ab", "x", "x"), ("ab", "xyz", "x")])
    #expect(
      try words(block, TokenOptions(maxLength: 5), task: .reward) == [
        "a b x | y </s> | z </s>", "a b x | </s> | </s>", "dropped: longer than max_length",
      ])
  }

  @Test("render conversations: the prompt with the mark of an answer, nothing appended")
  func conversations() throws {
    let template =
      "{% for m in messages %}{{ '<' + m.role[0] + '>' + m.content + eos_token }}{% endfor %}"
      + "{% if add_generation_prompt %}{{ '<a>' }}{% endif %}"
    let pipeline = try Self.letters(bos: true, template: template)
    let block = try Self.chat(
      PairConversation(
        prompt: [ChatMessage(role: "user", content: "q")],
        chosen: [ChatMessage(role: "assistant", content: "x")],
        rejected: [
          ChatMessage(role: "assistant", content: "y"), ChatMessage(role: "user", content: ""),
        ]))
    // The tokenizer adds BOS to plain text only.
    let expected = "< u > q </s> < a > | x </s> | y </s> < u > </s>"
    #expect(try words(block, pipeline) == [expected])
    let separate = TokenOptions(maxLength: nil, boundary: .separate)
    #expect(try words(block, separate, pipeline) == [expected])
    #expect(try words(block, task: .reward, pipeline) == [expected])
  }

  @Test("refuse conversations without a template, or that it refuses, by row")
  func refusedConversations() throws {
    let message = [ChatMessage(role: "user", content: "q")]
    let block = try Self.chat(PairConversation(prompt: message, chosen: message, rejected: message))
    func error(_ template: String?) throws -> String? {
      let tokenizer = try PairTokenizer(try Self.letters(template: template), task: .policy)
      return #expect(throws: DataError.self) { try tokenizer.tokenize(block) }?.description
    }
    #expect(
      try error(nil)
        == "tokenizer: has no chat template, which conversations need (chat_template.jinja or "
        + "chat_template in tokenizer_config.json), for the conversation of pair 0")
    #expect(
      try error("\n{{ raise_exception('no') }}")
        == "chat template: line 2: the template refuses the conversation: no, for the conversation of pair 0"
    )
    // A template that cannot be read is no matter for plain text.
    let broken = try Self.letters(template: "{% nonsense %}")
    #expect(try words(Self.block([("a", "c", "d")]), broken) == ["a | c </s> | d </s>"])
  }

  @Test("leave out completions without a token")
  func noTokens() throws {
    var pipeline = try Self.letters()
    pipeline.eos = nil
    #expect(
      try words(Self.block([("a", "", "d"), ("a", "c", "d")]), pipeline) == [
        "dropped: completion without tokens", "a | c | d",
      ])
    #expect(throws: DataError.self) {
      try PairTokenizer(pipeline, TokenOptions(maxLength: 0), task: .policy)
    }
  }

  @Test("give the same for any number of threads and any neighbours")
  func independence() throws {
    let rows = (0..<200).map { row in
      (
        String(repeating: "ab ", count: row % 7), String(repeating: "b", count: row % 5),
        String(repeating: "c", count: row % 3)
      )
    }
    let options = TokenOptions(maxLength: 12)
    let threads = WorkerPool.shared.threads
    defer { WorkerPool.shared.setThreads(threads) }
    WorkerPool.shared.setThreads(1)
    let one = try words(Self.block(rows), options)
    WorkerPool.shared.setThreads(2)
    #expect(try words(Self.block(rows), options) == one)
    #expect(try rows.flatMap { try words(Self.block([$0]), options) } == one)
  }
}

extension PairTokenizerTests {
  fileprivate func words(
    _ block: PairBlock, _ options: TokenOptions, _ pipeline: TextPipeline
  ) throws -> [String] {
    try words(block, options, task: .policy, pipeline)
  }

  fileprivate func words(_ block: PairBlock, _ pipeline: TextPipeline) throws -> [String] {
    try words(block, TokenOptions(maxLength: nil), task: .policy, pipeline)
  }

  fileprivate func words(
    _ block: PairBlock, task: TokenTask, _ pipeline: TextPipeline
  ) throws -> [String] {
    try words(block, TokenOptions(maxLength: nil), task: task, pipeline)
  }
}
