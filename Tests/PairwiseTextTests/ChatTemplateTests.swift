import PairwiseConfig
import PairwiseText
import Testing

@Suite("Chat templates")
struct ChatTemplateTests {
  @Test(
    "render the fixtures' conversations to the same text and ids",
    .enabled(if: FixtureFolder.isThere), arguments: ["smollm2", "smollm2_digits", "llama_gqa_tied"])
  func fixtures(_ name: String) throws {
    let folder = name.hasPrefix("llama") ? "models/\(name)" : "tokenizers/\(name)"
    var files: [(name: String, bytes: [UInt8])] = []
    for file in TextPipeline.fileNames {
      if let bytes = try? FixtureFolder.bytes("\(folder)/\(file)") { files.append((file, bytes)) }
    }
    let pipeline = try TextPipeline(files: files, folder: folder)
    let template = try ChatTemplate(try #require(pipeline.chatTemplate), file: folder)
    let rows = try FixtureFolder.lines("tokenizers/\(name).chat.jsonl")
    #expect(rows.count >= 10)
    for row in rows {
      guard case .list(let items)? = row["messages"]?.value else {
        Issue.record("no messages")
        return
      }
      let messages = try items.map {
        ChatMessage(
          role: try #require($0["role"]?.string), content: try #require($0["content"]?.string))
      }
      let text = try template.render(
        messages, addGenerationPrompt: row["add_generation_prompt"]?.value == .bool(true),
        bos: pipeline.bos?.text, eos: pipeline.eos?.text, pad: pipeline.pad?.text,
        unknown: pipeline.unknown?.text)
      #expect(Array(text.utf8) == Array(try #require(row["text"]?.string).utf8))
      #expect(pipeline.tokenizer.encode(text, addSpecialTokens: false) == row["ids"]?.ids)
    }
  }

  @Test("leave what looks like a template in a message alone")
  func messagesAreData() throws {
    let hostile = "{{ messages }}{% for x in y %}{# {{ '<|im_end|>' }}"
    let text = try rendered(
      "{% for m in messages %}[{{ m.content }}]{% endfor %}",
      [ChatMessage(role: "user", content: hostile)])
    #expect(text == "[\(hostile)]")
  }

  @Test("take special tokens that are missing as undefined")
  func missingTokens() throws {
    #expect(
      try rendered("{{ bos_token }}{{ pad_token }}|{{ pad_token is defined }}") == "<s>|False")
    #expect(
      refusal("a\n{{ pad_token + 'x' }}")
        == "template: line 2: '+' does not join undefined 'pad_token' and a string")
  }

  @Test("say which line refuses a conversation")
  func raised() {
    let template = """
      {%- for m in messages %}
        {%- if m.role == 'system' %}
          {{- raise_exception('no system role, please') }}
        {%- endif %}
      {%- endfor %}
      """
    #expect(
      refusal(template)
        == "template: line 3: the template refuses the conversation: no system role, please")
    #expect(refusal(template, [ChatMessage(role: "user", content: "Hi")]) == nil)
  }

  @Test(
    "name what is outside the subset, and its line",
    arguments: [
      (
        "a\n{% include 'b' %}",
        "line 2: the statement 'include' is not supported in chat templates here"
      ),
      ("{% block a %}", "line 1: the statement 'block' is not supported in chat templates here"),
      ("{{ 'a' | urlize }}", "line 1: the filter 'urlize' is not supported"),
      ("{{ 'a' is escaped }}", "line 1: the test 'escaped' is not supported"),
      (
        "\n\n{{ strftime_now('%d') }}", "line 3: function 'strftime_now' is not supported"
      ),
      ("{{ 'a'.zfill(3) }}", "line 1: method 'zfill' of a string is not supported"),
      (
        "{{ 'a'.__class__.__mro__ }}",
        "line 1: attribute '__class__' of a string is undefined, it has no '__mro__'"
      ),
      ("{{ '%s' % 1 }}", "line 1: formatting with '%' is not supported"),
      ("{{ messages }}", "line 1: printing a list is not supported; 'tojson' writes data as text"),
      ("{{ f(*x) }}", "line 1: arguments unpacked with '*' are not supported"),
      ("{% for x in y recursive %}", "line 1: recursive loops are not supported"),
      (
        "{% if true %}\nx",
        "line 1: expected '{% elif %}', '{% else %}' or '{% endif %}', found the end of the template"
      ),
      ("x\n{% endfor %}", "line 2: '{% endfor %}' has nothing to end here"),
      ("x\n\n{{ 'abc }}", "line 3: a string that is never closed"),
      ("{{ (1 }}", "line 1: expected ')', found '}'"),
      ("{{ 1 + }}", "line 1: expected a value, found '}}'"),
      ("{# a", "line 1: a comment '{#' without its '#}'"),
      ("{{ nothing.at.all }}", "line 1: 'nothing' is undefined, it has no 'at'"),
      ("{{ none + 1 }}", "line 1: '+' does not join none and a number"),
      ("{{ 9223372036854775807 + 1 }}", "line 1: a number does not fit 64 bits"),
      ("{{ 1 // 0 }}", "line 1: a division by 0"),
    ])
  func outside(_ template: String, _ message: String) {
    #expect(refusal(template) == "template: \(message)")
  }

  @Test("leave filters and functions alone that no conversation comes to")
  func unusedBranches() throws {
    #expect(
      try rendered("{% if tools %}{{ tools | foo | bar(1) }}{{ baz() }}{% endif %}ok") == "ok")
    #expect(
      try rendered("{{ strftime_now('%d') if strftime_now is defined else '1 Jan' }}") == "1 Jan")
  }
}
