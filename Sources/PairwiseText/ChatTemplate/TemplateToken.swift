/// What the lexer finds between and inside the marks of a template.
struct TemplateToken {
  enum Kind: Equatable {
    /// Text outside marks.
    case data(String)
    /// `{{` and `}}`
    case variableBegin, variableEnd
    /// `{%` and `%}`
    case blockBegin, blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case number(Double)
    /// Punctuation: `+`, `==`, `[`, …
    case sign(String)
    case end
  }

  var kind: Kind
  /// From 1.
  var line: Int

  func isName(_ name: String) -> Bool {
    if case .name(let found) = kind { found == name } else { false }
  }

  func isSign(_ sign: String) -> Bool {
    if case .sign(let found) = kind { found == sign } else { false }
  }

  /// For "found …".
  var words: String {
    switch kind {
    case .data: "text"
    case .variableBegin: "'{{'"
    case .variableEnd: "'}}'"
    case .blockBegin: "'{%'"
    case .blockEnd: "'%}'"
    case .name(let name): "'\(name)'"
    case .string: "a string"
    case .integer, .number: "a number"
    case .sign(let sign): "'\(sign)'"
    case .end: "the end of the template"
    }
  }
}

extension Unicode.Scalar {
  /// White space as Python's `str.isspace` sees it.
  var isTemplateSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
      0x205F, 0x3000:
      true
    default: false
    }
  }

  var isDigit: Bool { (0x30...0x39).contains(value) }

  /// A character of a name: a letter, a digit or `_`.
  var isNamePart: Bool {
    self == "_" || isDigit || (value < 0x80 ? isASCIILetter : properties.isXIDContinue)
  }

  private var isASCIILetter: Bool {
    (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value)
  }
}
