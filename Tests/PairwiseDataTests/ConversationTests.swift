import PairwiseData
import PairwiseTestSupport
import PairwiseText
import Testing

/// Conversations reach whoever asks for them as conversations, from memory and from HDF5 alike.
@Suite("Conversations in pairs")
struct ConversationTests {
  let folder = TemporaryFolder()

  private static let lines = """
    {"prompt": [{"role": "system", "content": ""}, {"role": "user", "content": "hi {{ x }}"}], \
    "chosen": [{"role": "assistant", "content": "yes \\"é\\""}], \
    "rejected": [{"role": "assistant", "content": "no"}]}
    {"prompt": [{"role": "user", "content": "b"}], "chosen": [{"role": "assistant", "content": "c"}, \
    {"role": "user", "content": "d"}], "rejected": [{"role": "assistant", "content": ""}]}
    """

  private static func user(_ text: String) -> ChatMessage {
    ChatMessage(role: "user", content: text)
  }
  private static func answer(_ text: String) -> ChatMessage {
    ChatMessage(role: "assistant", content: text)
  }

  private static let conversations = [
    PairConversation(
      prompt: [ChatMessage(role: "system", content: ""), user("hi {{ x }}")],
      chosen: [answer("yes \"é\"")], rejected: [answer("no")]),
    PairConversation(
      prompt: [user("b")], chosen: [answer("c"), user("d")], rejected: [answer("")]),
  ]

  private func sources(_ text: String) throws -> [any PairSource] {
    var options = ImportOptions()
    options.keepEmptyCompletions = true
    let records = try importJSONL(text, options).records
    let path = folder.file("\(text.utf8.count).h5")
    let writer = try PreferenceFileWriter(creating: path, info: .test())
    for record in records { try writer.append(record) }
    try writer.finish()
    return [try InMemoryPairs(records), try PreferenceFile(path: path)]
  }

  @Test func comeAsMessages() throws {
    for source in try sources(Self.lines) {
      let block = try source.read([1, 0], PairNeeds(texts: true, messages: true))
      #expect(try block.conversation(0) == Self.conversations[1])
      #expect(try block.conversation(1) == Self.conversations[0])
      #expect(block.texts?.count == 2)
      #expect(try source.read([0], PairNeeds(texts: true)).messages == nil)
    }
  }

  @Test func plainTextsAreNone() throws {
    for source in try sources(#"{"prompt": "[]", "chosen": "[1]", "rejected": ""}"#) {
      let block = try source.read([0], PairNeeds(texts: true, messages: true))
      #expect(block.messages == nil)
      #expect(try block.conversation(0) == nil)
    }
  }

  @Test func theSharedMessagesOfImplicitPromptsNeverTakeAll() throws {
    // As TRL's extract_prompt: the last message stays an answer even if both sides are the same.
    let same = #"[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]"#
    let records = try importJSONL(#"{"chosen": \#(same), "rejected": \#(same)}"#).records
    #expect(records[0].prompt == .messages([Self.user("a")]))
    #expect(records[0].chosen == .messages([Self.answer("b")]))
    #expect(records[0].rejected == .messages([Self.answer("b")]))
  }

  @Test func brokenMessagesAreNamedByRow() throws {
    var block = PairBlock(rows: [7])
    block.texts = PairTexts()
    block.messages = PairTexts()
    block.texts?.append(prompt: "p".utf8, chosen: "c".utf8, rejected: "r".utf8)
    block.messages?.append(prompt: "[".utf8, chosen: "[]".utf8, rejected: "[]".utf8)
    let broken = #expect(throws: DataError.self) { try block.conversation(0) }
    #expect(broken?.description == "pairs: pair 7: its messages are no JSON list of messages")
    block.messages = PairTexts()
    block.messages?.append(prompt: "".utf8, chosen: "[]".utf8, rejected: "[]".utf8)
    let mixed = #expect(throws: DataError.self) { try block.conversation(0) }
    #expect(mixed?.message.contains("found messages beside a text") == true)
  }
}
