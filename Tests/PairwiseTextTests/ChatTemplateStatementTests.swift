import PairwiseText
import Testing

/// Statements and white space, with what Jinja2 3.1.6 makes of them in the environment that transformers
/// 5.23 sets up (`trim_blocks`, `lstrip_blocks`).
@Suite("Chat templates: statements")
struct ChatTemplateStatementTests {
  static let cases: [(template: String, expected: String)] = [
    (#"{% for i in [] %}{{ i }}{% else %}empty{% endfor %}"#, "empty"),
    (#"{% for i in [1,2,3] %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}"#, "13"),
    (#"{% for i in [1,2,3] %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}"#, "1"),
    (#"{% if x %}a{% elif messages %}b{% else %}c{% endif %}"#, "b"),
    (#"{% set c %}x{{ 1 }}y{% endset %}{{ c }}{{ c|length }}"#, "x1y3"),
    (
      #"{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}"#,
      "543210"
    ),
    (#"{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}"#, "3"),
    (#"{% generation %}in{% set q = 1 %}{% endgeneration %}{{ q }}"#, "in"),
    (#"{% raw %}{{ not }} {% if %}{% endraw %}done"#, "{{ not }} {% if %}done"),
    (#"{%- raw -%}   {{ x }}  {%- endraw -%}   done"#, "{{ x }}done"),
    (#"  c {% if true %} d {% endif %}"#, "  c  d "),
    (
      #"{% for k, v in messages[0]|items %}{{ k }}={{ v }};{% endfor %}"#,
      "role=system;content=Be brief.;"
    ),
    (#"{% for k, v in {'b':1,'a':2}|dictsort %}{{ k }}={{ v }};{% endfor %}"#, "a=2;b=1;"),
    (#"{% if tools %}{{ tools|foo|bar(1) }}{{ tools.baz(x) }}{% endif %}ok"#, "ok"),
    (
      #"{{ "{{ x }}" }}{{ '{% %}' }}{{ {'a':{'b':1}}['a']['b'] }}{{ {'a':{'b':2}}.a.b }}"#,
      "{{ x }}{% %}12"
    ),
    (#"{%if true%}a{%endif%}{{1}}{{-1}}{{+ 1}}{{ - 1 }}"#, "a111-1"),
    (#"{% set loop = 3 %}{{ loop }}"#, "3"),
    (#"{% for m in messages %}{% set last = m %}{% endfor %}{{ last is defined }}"#, "False"),
    (#"{% for m in messages %}{{ loop.cycle('a', 'b') }}{% endfor %}"#, "aba"),
    (#"{% set ns = namespace({'a': 1}) %}{{ ns.a }}{{ ns['a'] }}"#, "11"),
    (#"{%- if messages %} {{ 'x' -}} {% endif %} y"#, " x y"),
  ]

  static let whiteSpace: [(template: String, expected: String)] = [
    (
      "a\n  {% if true %}\n    b\n  {% endif %}\n  c {% if true %} d {% endif %}\ne\n",
      "a\n    b\n  c  d e"
    ),
    ("a\n  {%- if true -%}\n    b\n  {%- endif -%}\nc", "abc"),
    ("a\n  {%+ if true +%}\n  b\n  {%+ endif %}\nc\n\n", "a\n  \n  b\n  c\n"),
    ("  {{ 1 }}\n  {{- 2 -}}\n  3\n", "  123"),
    ("{# c\nd #}\n\nx", "\nx"),
    ("  {# c #}\n  y {#- z #}\n\n", "  y"),
    ("{% raw %}\n {{ x }}\n{% endraw %}\n\nz", "\n {{ x }}\n\nz"),
    ("  {%- raw %} a {% endraw -%}\n  b\n", " a b"),
    ("a\r\nb\rc\n{{ 'x\r\ny' }}\r\n", "a\nb\nc\nx\ny"),
    ("{% if true %}\n\n  x\n{%- endif %}\n", "\n  x"),
    (
      "{% for m in messages %}\n\t{% if loop.first %}\n\t\tF\n\t{% endif %}\n\t{{ m.role }}\n{% endfor %}\n\n",
      "\t\tF\n\tsystem\n\tuser\n\tassistant\n"
    ),
    ("{{ 'a' }}\n{% set x = 1 %}\n{% set y = 2 %}\n{{ x + y }}\n", "a\n3"),
    ("\u{a0}{% if true %}x{% endif %}\u{3000}{%- if true %}y{% endif %}", "xy"),
    ("{% if true -%}   \n\n a{% endif %}", "a"),
    (#"x {%- if true %}{% endif %} y"#, "x y"),
    ("x\n   {{- 'a' }}\n", "xa"),
    ("{%- set s -%}\n  hi\n{%- endset -%}\n[{{ s }}]", "[hi]"),
    ("{% set s %}\n  hi\n{% endset %}\n[{{ s }}]", "[  hi\n]"),
    ("{{ 'a' }} \n {%- if true %} \n b{% endif %}", "a \n b"),
    ("{% macro m(x) -%}\n  <{{ x }}>\n{%- endmacro -%}\n{{ m(1) }}\n{{ m(2) }}\n", "<1>\n<2>"),
  ]

  @Test("give what Jinja2 gives", arguments: cases.indices)
  func statements(_ index: Int) throws {
    let (template, expected) = Self.cases[index]
    #expect(Array(try rendered(template).utf8) == Array(expected.utf8), "\(template)")
  }

  @Test("strip white space as Jinja2 does", arguments: whiteSpace.indices)
  func stripping(_ index: Int) throws {
    let (template, expected) = Self.whiteSpace[index]
    #expect(Array(try rendered(template).utf8) == Array(expected.utf8), "\(template)")
  }
}
