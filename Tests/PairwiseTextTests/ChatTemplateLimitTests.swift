import PairwiseText
import Testing

/// Templates that want to hang the program, fill its memory or overflow its stack.
@Suite("Chat templates: limits")
struct ChatTemplateLimitTests {
  static let steps = "needs more steps than a rendering may take"
  static let nesting = "inside one another"

  static let hostile: [(template: String, message: String)] = [
    // Loops in loops.
    (
      "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", steps
    ),
    // A text that doubles.
    (
      "{% set n = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}",
      steps
    ),
    ("{{ 'a' * 9999999999 }}", steps),
    ("{{ 'ab' * 9223372036854775807 }}", "does not fit"),
    ("{{ range(10 ** 9) }}", "is not supported"),
    ("{{ range(999999999) | length }}", "'range' is limited to 100000 numbers"),
    (
      "{{ range(9223372036854775806, 9223372036854775807, 3) | length }}{{ range(-9223372036854775807, 5) }}",
      "'range' is limited"
    ),
    // Lists that hold themselves over and over.
    (
      "{% set n = namespace(x=[1]) %}{% for i in range(1000) %}{% set n.x = [n.x, n.x] %}{% endfor %}",
      "nested more than 32 deep"
    ),
    (
      "{% set n = namespace(x=[1]) %}{% for i in range(30) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
        + "{{ n.x | tojson }}", steps
    ),
    (
      "{% set n = namespace(x=[1]) %}{% for i in range(30) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
        + "{% set m = namespace(x=[1]) %}{% for i in range(30) %}{% set m.x = [m.x, m.x] %}{% endfor %}"
        + "{{ n.x == m.x }}", steps
    ),
    ("{% set n = namespace() %}{% set n.n = n %}", "a namespace cannot hold a namespace"),
    ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", nesting),
    ("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", nesting),
    // A needle that almost matches everywhere.
    (
      "{% set h = 'a' * 1000000 %}{{ ('a' * 100000 + 'b') in h }}", steps
    ),
    ("{% set h = 'ab' * 1000000 %}{% for i in range(9999) %}{{ h[0] }}{% endfor %}", steps),
    ("{{ 'x' * 70000000 }}", "longer than a rendering may be"),
  ]

  @Test("end with a sentence", arguments: hostile.indices)
  func endsSoon(_ index: Int) {
    let (template, message) = Self.hostile[index]
    let found = refusal(template)
    #expect(found?.contains(message) == true, "\(template): \(found ?? "was rendered")")
  }

  @Test("refuse deep nesting when parsed")
  func deepNesting() {
    let many = 50_000
    func repeated(_ text: String) -> String { String(repeating: text, count: many) }
    for template in [
      "{{ " + repeated("(") + "1" + repeated(")") + " }}", "{{ " + repeated("not ") + "1 }}",
      "{{ " + repeated("- ") + "1 }}", "{{ " + repeated("[") + repeated("]") + " }}",
      repeated("{% if x %}"), repeated("{% for x in y %}"),
      "{{ 1" + repeated(" if 1 else 1") + " }}", "{{ x is " + repeated("a a ") + " }}",
    ] {
      let found = refusal(template)
      #expect(
        found?.contains(Self.nesting) == true || found?.contains("expected '}}'") == true,
        "\(template.prefix(40)): \(found ?? "was rendered")")
    }
    for template in [
      "{{ 1" + repeated(" + 1") + " }}", "{{ x" + repeated(".x") + " }}",
      "{{ 1" + repeated("|int") + " }}", "{{ 1" + repeated(" or 1") + " }}",
    ] {
      #expect(refusal(template)?.contains("an expression of more than 200 links") == true)
    }
    #expect(refusal(String(repeating: " ", count: 2 << 20))?.contains("at most 1048576") == true)
  }

  @Test("let long conversations through")
  func longConversations() throws {
    // 2,000 turns of 1 KB through a template that looks at every turn from every side.
    let messages = (0..<2000).map {
      ChatMessage(
        role: $0 % 2 == 0 ? "user" : "assistant", content: String(repeating: "word ", count: 200))
    }
    let template = """
      {%- set ns = namespace(last=0) %}
      {%- for m in messages[::-1] %}
        {%- if m.role == 'user' and '</think>' not in m.content %}{% set ns.last = loop.index %}{% endif %}
      {%- endfor %}
      {%- for m in messages %}{{ '<' + m.role + '>\\n' + m.content | trim + eos_token }}{% endfor %}
      """
    let text = try rendered(template, messages)
    #expect(text.utf8.count == 1000 * (6 + 1 + 999 + 4) + 1000 * (11 + 1 + 999 + 4))
  }

  @Test("are for the caller to set")
  func ownLimits() throws {
    var template = try ChatTemplate("{{ 'abc' * 10 }}", file: "t")
    template.limits.outputBytes = 29
    #expect(throws: TextError.self) {
      try template.render([], addGenerationPrompt: false, bos: nil, eos: nil)
    }
    template.limits.outputBytes = 30
    #expect(try template.render([], addGenerationPrompt: false).utf8.count == 30)
  }
}
