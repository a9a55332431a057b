import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTestSupport
import PairwiseText
import Testing

@Suite("Prompts of a saved model")
struct PromptEncoderTests {
  private let folder = TemporaryFolder()

  private static let template =
    "{% for m in messages %}{{ m.role }}: {{ m.content }}<|pad|>{% endfor %}"
    + "{% if add_generation_prompt %}assistant: {% endif %}"

  /// A saved model, its files changed by `change`, opened again.
  private func encoder(
    chat: Bool = false, family: String = "llama", template: String? = nil,
    _ change: (String) throws -> Void = { _ in }
  ) throws -> PromptEncoder {
    try TinyDecoder.model(family).save(to: folder.path, SavedNotes())
    if let template {
      try FileAccess.write(template.utf8, to: folder.file("chat_template.jinja"))
    }
    try change(folder.path)
    let model = try ModelDirectory.load(folder.path).model
    return try PromptEncoder(try #require(model as? CausalLM), chat: chat)
  }

  private func bytes(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }

  @Test("are bytes for a byte tokenizer, and end at its end token")
  func plain() throws {
    let encoder = try encoder()
    #expect(try encoder.encode(.plain("Hé")) == TokenPrompt(bytes("Hé"), stops: [256]))
    #expect(encoder.text(of: Completion(tokens: bytes("né") + [256], end: 256)) == "né")
  }

  @Test("end at every end token that config.json and generation_config.json name")
  func ends() throws {
    let encoder = try encoder { folder in
      try FileAccess.write(
        #"{"eos_token_id": [7, 9, 256]}"#.utf8, to: folder + "/generation_config.json")
      let config = String(
        decoding: try FileAccess.read(folder + "/config.json", limit: 1 << 20), as: UTF8.self)
      let lists = config.split(separator: "\n").map { line in
        line.contains("eos_token_id") ? "  \"eos_token_id\": [8, 256]," : String(line)
      }
      try FileAccess.write(lists.joined(separator: "\n").utf8, to: folder + "/config.json")
    }
    #expect(try encoder.encode(.plain("a")).stops == [7, 8, 9, 256])
  }

  @Test("go through the chat template, whose end of a turn ends the answer too")
  func chat() throws {
    let encoder = try encoder(template: Self.template)
    let messages = [ChatMessage(role: "user", content: "Hi")]
    let expected = TokenPrompt(
      bytes("user: Hi") + [257] + bytes("assistant: "), stops: [256, 257])
    #expect(try encoder.encode(.messages(messages)) == expected)
    #expect(try encoder.encode(.plain("Hi")) == TokenPrompt(bytes("Hi"), stops: [256]))
    let asked = try self.encoder(chat: true, template: Self.template)
    #expect(try asked.encode(.plain("Hi")) == expected)
  }

  @Test("are refused in one sentence where the model has no place for them")
  func refusals() throws {
    func message(_ encoder: PromptEncoder, _ prompt: PreferenceText) -> String? {
      do throws(TextError) {
        _ = try encoder.encode(prompt)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(message(try encoder(), .plain("")) == "prompt: has no tokens, expected at least one")
    let turn = PreferenceText.messages([ChatMessage(role: "user", content: "Hi")])
    #expect(
      message(try encoder(), turn)
        == "tokenizer: has no chat template, which conversations need (chat_template.jinja or "
        + "chat_template in tokenizer_config.json)")
    let refusing = try encoder(template: "{{ raise_exception('no turns') }}")
    #expect(message(refusing, turn)?.contains("no turns") == true)
    let table = try TinyDecoder.model("gpt2", positions: 16)
    try FileAccess.createFolder(folder.file("gpt2"))
    try table.save(to: folder.file("gpt2"), SavedNotes())
    let model = try #require(try ModelDirectory.load(folder.file("gpt2")).model as? CausalLM)
    #expect(
      message(try PromptEncoder(model), .plain("12345678901234567"))
        == "prompt: has 17 tokens, the model has room for 16")
  }
}
