import PairwiseText
import Testing

/// Whole templates in the manner of the common families, with the texts that Jinja2 3.1.6 gives in the
/// environment that transformers 5.23 sets up.
@Suite("Chat templates: families")
struct ChatTemplateFamilyTests {
  struct Family: Sendable, CustomTestStringConvertible {
    var name: String
    var template: String
    var expected: String
    var testDescription: String { name }
  }

  static let conversation = [
    ChatMessage(role: "system", content: "Be brief."),
    ChatMessage(role: "user", content: "  Hi, é? "),
    ChatMessage(role: "assistant", content: "Yes."),
    ChatMessage(role: "user", content: "Why?"),
  ]

  static let families = [
    Family(
      name: "system prompt inside the first instruction, as Llama 2 and Mistral have it",
      template: #"""
        {%- if messages[0].role == "system" %}
          {%- set system = messages[0].content %}
          {%- set turns = messages[1:] %}
        {%- else %}
          {%- set turns = messages %}
        {%- endif %}
        {{- bos_token }}
        {%- for m in turns %}
          {%- if (m.role == "user") != (loop.index0 % 2 == 0) %}
            {{- raise_exception("roles must alternate") }}
          {%- endif %}
          {%- if m.role == "user" %}
            {%- if loop.first and system is defined %}
              {{- "[INST] <<SYS>>\n" + system + "\n<</SYS>>\n\n" + m.content.strip() + " [/INST]" }}
            {%- else %}
              {{- "[INST] " + m.content.strip() + " [/INST]" }}
            {%- endif %}
          {%- else %}
            {{- " " ~ m.content | trim ~ " " ~ eos_token }}
          {%- endif %}
        {%- endfor %}

        """#,
      expected: "<s>[INST] <<SYS>>\n"
        + "Be brief.\n"
        + "<</SYS>>\n"
        + "\n"
        + "Hi, é? [/INST] Yes. </s>[INST] Why? [/INST]"),
    Family(
      name: "headers around roles, as Llama 3 has them",
      template: #"""
        {% for m in messages %}{% set text = '<|head|>' + m['role'] + '<|/head|>\n\n' + m['content'] | trim + '<|eot|>' %}{% if loop.index0 == 0 %}{% set text = bos_token + text %}{% endif %}{{ text }}{% endfor %}{% if add_generation_prompt %}{{ '<|head|>assistant<|/head|>\n\n' }}{% endif %}
        """#,
      expected: "<s><|head|>system<|/head|>\n"
        + "\n"
        + "Be brief.<|eot|><|head|>user<|/head|>\n"
        + "\n"
        + "Hi, é?<|eot|><|head|>assistant<|/head|>\n"
        + "\n"
        + "Yes.<|eot|><|head|>user<|/head|>\n"
        + "\n"
        + "Why?<|eot|><|head|>assistant<|/head|>\n"
        + "\n"),
    Family(
      name: "renamed roles and a system prompt in front of the first turn, as Gemma has them",
      template: #"""
        {{ bos_token }}
        {%- if messages[0]['role'] == 'system' -%}
          {%- set prefix = messages[0]['content'] + '\n\n' -%}
          {%- set turns = messages[1:] -%}
        {%- else -%}
          {%- set prefix = "" -%}
          {%- set turns = messages -%}
        {%- endif -%}
        {%- for m in turns -%}
          {%- set role = "model" if m['role'] == 'assistant' else m['role'] -%}
          {{ '<turn>' + role + '\n' + (prefix if loop.first else "") }}
          {%- if m['content'] is string -%}
            {{ m['content'] | trim }}
          {%- elif m['content'] is iterable -%}
            {{ m['content'][0]['text'] }}
          {%- endif -%}
          {{ '</turn>\n' }}
        {%- endfor -%}
        {%- if add_generation_prompt -%}
          {{ '<turn>model\n' }}
        {%- endif -%}

        """#,
      expected: "<s><turn>user\n"
        + "Be brief.\n"
        + "\n"
        + "Hi, é?</turn>\n"
        + "<turn>model\n"
        + "Yes.</turn>\n"
        + "<turn>user\n"
        + "Why?</turn>\n"
        + "<turn>model\n"),
    Family(
      name: "lines of their own for marks, as Zephyr has them",
      template: #"""
        {% for m in messages %}
        {% if m['role'] == 'user' %}
        {{ '<|user|>
        ' + m['content'] + eos_token }}
        {% elif m['role'] == 'system' %}
        {{ '<|system|>
        ' + m['content'] + eos_token }}
        {% else %}
        {{ '<|assistant|>
        ' + m['content'] + eos_token }}
        {% endif %}
        {% if loop.last and add_generation_prompt %}
        {{ '<|assistant|>' }}
        {% endif %}
        {% endfor %}
        """#,
      expected: "<|system|>\n"
        + "Be brief.</s>\n"
        + "<|user|>\n"
        + "  Hi, é? </s>\n"
        + "<|assistant|>\n"
        + "Yes.</s>\n"
        + "<|user|>\n"
        + "Why?</s>\n"
        + "<|assistant|>\n"),
    Family(
      name: "a default system prompt and tools that are not there, as Qwen has them",
      template: #"""
        {%- if tools %}
          {{- '<|start|>system\n' }}
          {%- for tool in tools %}{{- tool | tojson | indent(4) }}{%- endfor %}
        {%- elif messages[0].role == 'system' %}
          {{- '<|start|>system\n' + messages[0].content + '<|end|>\n' }}
        {%- else %}
          {{- '<|start|>system\nDefault.<|end|>\n' }}
        {%- endif %}
        {%- set ns = namespace(search=true, last=messages|length - 1) %}
        {%- for m in messages[::-1] %}
          {%- set index = (messages|length - 1) - loop.index0 %}
          {%- if ns.search and m.role == "user" and not (m.content.startswith('<tool>') and m.content.endswith('</tool>')) %}
            {%- set ns.search = false %}
            {%- set ns.last = index %}
          {%- endif %}
        {%- endfor %}
        {%- for m in messages %}
          {%- if (m.role == "user") or (m.role == "system" and not loop.first) %}
            {{- '<|start|>' + m.role + '\n' + m.content + '<|end|>' + '\n' }}
          {%- elif m.role == "assistant" and not m.tool_calls %}
            {%- set content = m.content.split('</think>')[-1].lstrip('\n') if '</think>' in m.content else m.content %}
            {{- '<|start|>' + m.role + ('\n<think>' if loop.index0 > ns.last else '\n') + content + '<|end|>\n' }}
          {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
          {{- '<|start|>assistant\n' }}
          {%- if enable_thinking is defined and enable_thinking is false %}{{- '<think></think>' }}{%- endif %}
        {%- endif %}

        """#,
      expected: "<|start|>system\n"
        + "Be brief.<|end|>\n"
        + "<|start|>user\n"
        + "  Hi, é? <|end|>\n"
        + "<|start|>assistant\n"
        + "Yes.<|end|>\n"
        + "<|start|>user\n"
        + "Why?<|end|>\n"
        + "<|start|>assistant\n"),
    Family(
      name: "macros and a role table",
      template: #"""
        {%- macro turn(role, text='', mark="#") -%}
          {{ mark }} {{ names[role] | default(role, true) | upper }}: {{ text | replace('?', '??') }}
        {% endmacro -%}
        {%- set names = {'user': 'human', 'assistant': 'bot'} -%}
        {% generation %}{% for m in messages if m.role != 'system' %}{{ turn(m.role, m.content) }}{% endfor %}{% endgeneration %}
        {{ turn('assistant', mark='>') if add_generation_prompt }}
        """#,
      expected: "# HUMAN:   Hi, é?? \n"
        + "# BOT: Yes.\n"
        + "# HUMAN: Why??\n"
        + "> BOT: \n"),
  ]

  @Test("come out as Jinja2 writes them", arguments: families)
  func family(_ family: Family) throws {
    let text = try rendered(family.template, Self.conversation)
    #expect(Array(text.utf8) == Array(family.expected.utf8))
  }
}
