import PairwiseText

/// A conversation that the tables of template tests are about.
let threeMessages = [
  ChatMessage(role: "system", content: "Be brief."),
  ChatMessage(role: "user", content: "  Hi, é? \n"),
  ChatMessage(role: "assistant", content: "Yes."),
]

/// Renders with a generation prompt and the special tokens `<s>` and `</s>`; there is no padding token.
func rendered(
  _ template: String, _ messages: [ChatMessage] = threeMessages, addGenerationPrompt: Bool = true
) throws(TextError) -> String {
  try ChatTemplate(template, file: "template").render(
    messages, addGenerationPrompt: addGenerationPrompt, bos: "<s>", eos: "</s>")
}

/// What a template is refused with.
func refusal(_ template: String, _ messages: [ChatMessage] = threeMessages) -> String? {
  do throws(TextError) {
    _ = try rendered(template, messages)
    return nil
  } catch {
    return error.description
  }
}
