/// A chat template: how a conversation becomes the text a model was trained on.
///
/// The language is the part of Jinja2 that chat templates use, with the switches transformers sets
/// (`trim_blocks`, `lstrip_blocks`):
/// - `{{ … }}`, `{% … %}`, `{# … #}`, `raw`, white-space control with `-` and `+`;
/// - strings, numbers, lists, mappings; attributes, items and slices; arithmetic, `~`, comparisons, `in`,
///   `and`, `or`, `not`, `a if b else c`;
/// - `if`, `for` (with `loop`, conditions, `else`, `break`, `continue`), `set` (also of a block or a
///   namespace's attribute), `macro`, `with`; `generation` marks are passed over;
/// - the usual tests, filters and methods of strings and mappings, `namespace`, `range`, `dict` and
///   `raise_exception`.
///
/// Anything else is an error that names it and its line: statements when the template is parsed, filters,
/// tests and functions when a rendering comes to them. `strftime_now` is not defined, so that a rendering is
/// the same every day: templates that ask whether it is fall back to their fixed date.
///
/// Templates come from outside: steps, nesting and the size of what comes out are limited.
public struct ChatTemplate: Sendable {
  /// What a rendering may use.
  public struct Limits: Sendable, Equatable {
    /// Steps of evaluation; working on 16 bytes of text counts as one. Every byte of the messages allows
    /// for one more.
    public var steps = 5_000_000
    /// Bytes of rendered text, captured text included.
    public var outputBytes = 64 << 20

    public init() {}
  }

  /// The special tokens a template may name. Nil is undefined, as where a tokenizer lacks the token.
  public struct SpecialTexts: Sendable, Equatable {
    public var bos: String?
    public var eos: String?
    public var pad: String?
    public var unknown: String?

    public init(
      bos: String? = nil, eos: String? = nil, pad: String? = nil, unknown: String? = nil
    ) {
      self.bos = bos
      self.eos = eos
      self.pad = pad
      self.unknown = unknown
    }
  }

  /// Longest template in bytes.
  public static let maxSourceBytes = 1 << 20

  private let statements: [TemplateStatement]
  private let file: String
  public var limits = Limits()

  /// Parses a template.
  ///
  /// - Parameter file: what errors call the template.
  /// - Throws: the first thing that is outside the subset, with its line.
  public init(_ source: String, file: String) throws(TextError) {
    guard source.utf8.count <= ChatTemplate.maxSourceBytes else {
      throw TextError(
        file: file,
        "a chat template of \(source.utf8.count) bytes, expected at most \(ChatTemplate.maxSourceBytes)"
      )
    }
    var lexer = TemplateLexer(source, file: file)
    var parser = TemplateParser(try lexer.run(), file: file)
    statements = try parser.run()
    self.file = file
  }

  /// The text of a conversation. What messages hold is taken as it is, never as a template.
  ///
  /// - Parameter addGenerationPrompt: ends the text where the model's answer begins.
  /// - Throws: with its line what the template does that is not supported, beyond `limits`, or refused by
  ///   the template itself (`raise_exception`).
  public func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, special: SpecialTexts = SpecialTexts()
  ) throws(TextError) -> String {
    let turns = messages.map { message in
      TemplateValue.table(
        TemplateTable([
          ("role", .string(message.role)), ("content", .string(message.content)),
        ]))
    }
    var names: [String: TemplateValue] = [
      "messages": .list(turns), "add_generation_prompt": .bool(addGenerationPrompt),
      "tools": .none, "documents": .none,
      "range": .function(.range), "dict": .function(.dict),
      "namespace": .function(.namespace), "raise_exception": .function(.raiseException),
    ]
    names["bos_token"] = special.bos.map { .string($0) }
    names["eos_token"] = special.eos.map { .string($0) }
    names["pad_token"] = special.pad.map { .string($0) }
    names["unk_token"] = special.unknown.map { .string($0) }
    var limits = limits
    for message in messages { limits.steps += message.role.utf8.count + message.content.utf8.count }
    var renderer = TemplateRenderer(names, limits)
    do throws(TemplateFailure) {
      _ = try renderer.run(statements)
      return renderer.output
    } catch {
      throw TextError(file: file, place: error.line.map { "line \($0)" }, error.message)
    }
  }

  /// As `render(_:addGenerationPrompt:special:)`.
  public func render(
    _ messages: [ChatMessage], addGenerationPrompt: Bool, bos: String?, eos: String?,
    pad: String? = nil, unknown: String? = nil
  ) throws(TextError) -> String {
    try render(
      messages, addGenerationPrompt: addGenerationPrompt,
      special: SpecialTexts(bos: bos, eos: eos, pad: pad, unknown: unknown))
  }
}
